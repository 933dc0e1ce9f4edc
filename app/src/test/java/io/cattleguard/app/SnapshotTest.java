package io.cattleguard.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.events.TakesLong;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Checks what a function has loaded when SnapStart takes its snapshot, by the classes loaded in a
 * separate process.
 */
@TakesLong
final class SnapshotTest {
  private static final Pattern LOADED = Pattern.compile("(\\S+) source: .*");
  private static final Pattern INITIALIZED = Pattern.compile(".*Initializing '([^']+)'.*");

  /**
   * Classes that open connections, hold credentials, or create unique values from a generator that
   * all copies of the snapshot would share. SecureRandom is not among them: on Linux it reads the
   * kernel's generator, which is reseeded after a restore.
   */
  private static final Set<String> FORBIDDEN =
      Set.of(
          "java.net.Socket",
          "sun.nio.ch.NioSocketImpl",
          "sun.net.www.http.HttpClient",
          "java.util.UUID$Holder",
          "java.util.concurrent.ThreadLocalRandom",
          "software.amazon.awssdk.auth.credentials.internal.HttpCredentialsLoader$LoadedCredentials");

  /** Classes that the first batch after a restore needs: the SDK's pipeline, and TLS. */
  private static final Set<String> WARM =
      Set.of(
          "software.amazon.awssdk.http.auth.aws.internal.signer.DefaultAwsV4HttpSigner",
          "software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient$RequestCallable",
          "software.amazon.awssdk.services.dynamodb.model.AttributeValue",
          "sun.security.ssl.ClientHello$ClientHelloMessage");

  @TempDir private Path folder;
  private final AtomicInteger asked = new AtomicInteger();
  private HttpServer aws;

  /** The program of the process: it runs only the function's init phase. */
  static final class Init {
    private Init() {}

    public static void main(String[] arguments) throws ReflectiveOperationException {
      Object handler = Class.forName(arguments[0]).getConstructor().newInstance();
      Class<?> type = Class.forName("com.amazonaws.services.lambda.runtime.RequestStreamHandler");
      System.out.println("ready: " + type.isInstance(handler));
    }
  }

  @BeforeEach
  void start() throws IOException {
    aws = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    aws.createContext(
        "/",
        exchange -> {
          asked.incrementAndGet();
          exchange.close();
        });
    aws.start();
  }

  @AfterEach
  void stop() {
    aws.stop(0);
  }

  /**
   * A process after init.
   *
   * @param said on standard output and error, line by line
   * @param classes what the JVM told of classes, line by line
   */
  private record Inited(List<String> said, List<String> classes) {
    Set<String> loaded() {
      return named(LOADED);
    }

    /** The initialised classes; others are only loaded. */
    Set<String> initialized() {
      Set<String> initialized = new TreeSet<>();
      named(INITIALIZED).forEach(name -> initialized.add(name.replace('/', '.')));
      return initialized;
    }

    private Set<String> named(Pattern pattern) {
      Set<String> named = new TreeSet<>();
      for (String line : classes) {
        Matcher matcher = pattern.matcher(line);
        if (matcher.matches()) {
          named.add(matcher.group(1));
        }
      }
      return named;
    }
  }

  private Inited init(String handler, String type) throws Exception {
    Path classes = folder.resolve("classes.log");
    Path clusters = folder.resolve("clusters.json");
    Files.writeString(
        clusters,
        """
        {"blue":{"endpoint":"https://127.0.0.1:1","region":"eu-central-1",
                 "certificateAuthority":"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="}}
        """);
    String here = "http://127.0.0.1:" + aws.getAddress().getPort();
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xlog:class+load,class+init=info:file=" + classes + ":none",
                "-cp",
                System.getProperty("java.class.path"),
                Init.class.getName(),
                handler)
            .redirectErrorStream(true);
    builder.environment().clear();
    builder
        .environment()
        .putAll(
            Map.ofEntries(
                Map.entry("AWS_LAMBDA_INITIALIZATION_TYPE", type),
                Map.entry("AWS_REGION", "eu-central-1"),
                Map.entry("AWS_ENDPOINT_URL", here),
                Map.entry("AWS_CONTAINER_CREDENTIALS_FULL_URI", here + "/credentials"),
                Map.entry("AWS_CONTAINER_AUTHORIZATION_TOKEN", "may I"),
                Map.entry("BUS_NAME", "cattleguard"),
                Map.entry("QUEUE_URL", here + "/queue"),
                Map.entry("SIGHTINGS_TABLE", "sightings"),
                Map.entry("HISTORIES_TABLE", "histories"),
                Map.entry("CONVERSATIONS_TABLE", "conversations"),
                Map.entry("LEDGER_TABLE", "ledger"),
                Map.entry("INCIDENTS_TABLE", "incidents"),
                Map.entry("RETENTION_DAYS", "90"),
                Map.entry(
                    "SIGNING_SECRET_ARN",
                    "arn:aws:secretsmanager:eu-central-1:111122223333:secret:slack-a1b2c3"),
                Map.entry("SLACK_TEAMS", "T0EXAMPLE"),
                Map.entry("POLICY_DIRECTORY", Policies.defaultPolicy().toString()),
                Map.entry("CLUSTERS_FILE", clusters.toString()),
                Map.entry("RESPONSE_MODE", "enforce"),
                Map.entry("CATTLEGUARD_SLACK_TOKEN", "token"),
                Map.entry("CATTLEGUARD_SLACK_CHANNEL", "C1"),
                Map.entry("CATTLEGUARD_SPLUNK_URL", here),
                Map.entry("CATTLEGUARD_SPLUNK_TOKEN", "token")));
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    return new Inited(said.lines().toList(), Files.readAllLines(classes));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "io.cattleguard.deduplicate.lambda.DeduplicateHandler, io.cattleguard.deduplicate.Verdict",
    "io.cattleguard.score.lambda.ScoreHandler, io.cattleguard.events.Points",
    "io.cattleguard.route.lambda.RouteHandler, io.cattleguard.route.ocsf.OcsfFinding",
    "io.cattleguard.record.lambda.RecordHandler, io.cattleguard.record.IncidentSummary",
    "io.cattleguard.operate.lambda.OperateHandler, io.cattleguard.events.operator.CommandButton",
    "io.cattleguard.answer.lambda.AnswerHandler, io.cattleguard.route.slack.message.SlackList",
    "io.cattleguard.respond.kubernetes.KubernetesHandler, io.cattleguard.respond.Decision",
    "io.cattleguard.respond.aws.AwsHandler, io.cattleguard.respond.action.Situation"
        + " javax.xml.stream.XMLEventReader",
  })
  void aSnapshotHasPlayedItsFirstBatchAndHoldsNothingThatIsSecretOrUnique(
      String handler, String proofs) throws Exception {
    Inited inited = init(handler, "snap-start");
    Set<String> loaded = inited.loaded();

    assertEquals(List.of("ready: true"), inited.said(), "not a word, and no metric");
    assertTrue(loaded.containsAll(List.of(proofs.split(" "))), "it has not played");
    Set<String> cold = new TreeSet<>(WARM);
    if (handler.contains(".operate.")) {
      // It has no table.
      cold.removeIf(name -> name.contains(".dynamodb."));
    }
    cold.removeAll(loaded);
    assertEquals(Set.of(), cold);
    Set<String> initialized = inited.initialized();
    assertTrue(initialized.contains("javax.net.ssl.SSLContext"), "no word of classes");
    initialized.retainAll(FORBIDDEN);
    assertEquals(Set.of(), initialized);
    assertEquals(0, asked.get());
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "io.cattleguard.deduplicate.lambda.DeduplicateHandler, io.cattleguard.deduplicate.Verdict",
  })
  void aStartWithoutASnapshotDoesNotPlay(String handler, String proof) throws Exception {
    assertEquals(false, init(handler, "on-demand").loaded().contains(proof));
  }
}
