package io.cattleguard.sensor.cli;

import io.cattleguard.events.HostileText;
import io.cattleguard.events.SensorSource;
import io.cattleguard.events.Severity;
import io.cattleguard.sensor.Sensor;
import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.send.Bus;
import io.cattleguard.sensor.send.EventBridgeBus;
import io.cattleguard.sensor.send.UpBus;
import io.cattleguard.sensor.settings.OptionValue;
import io.cattleguard.sensor.settings.SensorException;
import io.cattleguard.sensor.settings.SensorSettings;
import io.cattleguard.sensor.spool.Spool;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;

/**
 * The sensor's command line and environment variables. Invalid settings are refused with one
 * sentence.
 */
@Command(
    name = "cattleguard sensor",
    sortOptions = false,
    description = {
      "Node agent: receives alerts, stores them on disk, and sends them to EventBridge.",
      "Every option is also an environment variable: --falco-file is CATTLEGUARD_FALCO_FILE.",
      ""
    })
@SuppressWarnings("NullAway.Init") // picocli sets every field that has a default
public final class SensorCommand implements Callable<Integer> {
  private static final Pattern BUS =
      Pattern.compile(
          "(arn:aws[\\w-]*:events:[a-z]+-[\\w-]+:\\d{12}:event-bus/)?[/.\\-_A-Za-z0-9]{1,256}");
  private static final Pattern REGION = Pattern.compile("[a-z]+(-[a-z]+)+-\\d+");

  private final PrintStream out;
  @Spec private CommandSpec spec;

  @SuppressWarnings("UnusedVariable") // picocli sets it, and prints the text itself
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      defaultValue = "${env:CATTLEGUARD_CLUSTER}",
      description = "Name of the cluster; the events' source is cattleguard.sensor.NAME. Required.")
  private @Nullable String cluster;

  @Option(
      names = "--node",
      paramLabel = "NAME",
      defaultValue = "${env:CATTLEGUARD_NODE}",
      description = "Name of the node, for heartbeats. Default: the host name.")
  private @Nullable String node;

  @Option(
      names = "--pod",
      paramLabel = "NAMESPACE/UID/NAME",
      defaultValue = "${env:CATTLEGUARD_POD}",
      description =
          "The sensor's own pod. With EKS Pod Identity, EventBridge accepts alerts of this pod only"
              + " from this pod, which proves their node. Default: alerts name only the cluster.")
  private @Nullable String pod;

  @Mixin private final ListenOptions listen = new ListenOptions();

  @Option(
      names = "--spool",
      paramLabel = "DIR",
      defaultValue = "${env:CATTLEGUARD_SPOOL:-cattleguard-spool}",
      description = "Directory of the spool. Default: ${DEFAULT-VALUE}.")
  private Path spool;

  @Option(
      names = "--spool-megabytes",
      paramLabel = "N",
      defaultValue = "${env:CATTLEGUARD_SPOOL_MEGABYTES:-256}",
      description = "Maximum size of the spool, 1 to 100000. Default: ${DEFAULT-VALUE}.")
  private String spoolMegabytes;

  @Option(
      names = "--spool-sync",
      paramLabel = "commit|os",
      defaultValue = "${env:CATTLEGUARD_SPOOL_SYNC:-commit}",
      description = {
        "commit: flush to the device before each answer; a power loss loses nothing.",
        "os: leave the flush to the operating system; a killed sensor loses nothing,"
            + " a power loss may lose alerts.",
        "Default: ${DEFAULT-VALUE}."
      })
  private Spool.Sync spoolSync;

  @Option(
      names = "--bus",
      paramLabel = "NAME",
      defaultValue = "${env:CATTLEGUARD_BUS:-cattleguard}",
      description = "EventBridge bus, by name or ARN. Default: ${DEFAULT-VALUE}.")
  private String bus;

  @Option(
      names = "--up",
      paramLabel = "URL",
      defaultValue = "${env:CATTLEGUARD_UP}",
      description = "Send to this cattleguard up instead of EventBridge.")
  private @Nullable String up;

  @Option(
      names = "--up-token",
      paramLabel = "FILE",
      defaultValue = "${env:CATTLEGUARD_UP_TOKEN:-/var/run/secrets/cattleguard/token}",
      description =
          "File with the bearer token for --up: a service account token, audience cattleguard."
              + " Default: ${DEFAULT-VALUE}.")
  private Path upToken;

  @Option(
      names = "--falco-file",
      paramLabel = "FILE",
      defaultValue = "${env:CATTLEGUARD_FALCO_FILE}",
      description = "File of Falco's file_output, which the sensor follows.")
  private @Nullable String falcoFile;

  @Option(
      names = "--tetragon-file",
      paramLabel = "FILE",
      defaultValue = "${env:CATTLEGUARD_TETRAGON_FILE}",
      description = "Export file of Tetragon, which the sensor follows.")
  private @Nullable String tetragonFile;

  @Option(
      names = "--fold-window",
      paramLabel = "DURATION",
      defaultValue = "${env:CATTLEGUARD_FOLD_WINDOW:-1s}",
      description =
          "Equal alerts within this time are sent as one, 10ms to 1m. Default: ${DEFAULT-VALUE}.")
  private String foldWindow;

  @Option(
      names = "--flush-severity",
      paramLabel = "SEVERITY",
      defaultValue = "${env:CATTLEGUARD_FLUSH_SEVERITY:-high}",
      description =
          "New alerts of this severity or higher are sent at once. Default: ${DEFAULT-VALUE}.")
  private Severity flushSeverity;

  @Option(
      names = "--call-kilobytes",
      paramLabel = "N",
      defaultValue = "${env:CATTLEGUARD_CALL_KILOBYTES:-200}",
      description = "Maximum size of one PutEvents call, 16 to 1000. Default: ${DEFAULT-VALUE}.")
  private String callKilobytes;

  @Option(
      names = "--body-kilobytes",
      paramLabel = "N",
      defaultValue = "${env:CATTLEGUARD_BODY_KILOBYTES:-1024}",
      description = "Maximum size of a request body, 16 to 4096. Default: ${DEFAULT-VALUE}.")
  private String bodyKilobytes;

  @Mixin private final TlsOptions tls = new TlsOptions();

  @Option(
      names = "--heartbeat",
      paramLabel = "DURATION",
      defaultValue = "${env:CATTLEGUARD_HEARTBEAT:-60s}",
      description = "Interval of heartbeats, 1s to 1h. Default: ${DEFAULT-VALUE}.")
  private String heartbeat;

  @Option(
      names = "--cpu-limit",
      paramLabel = "PERCENT",
      defaultValue = "${env:CATTLEGUARD_CPU_LIMIT:-50}",
      description = {
        "CPU limit in percent of one core, over one minute. Default: ${DEFAULT-VALUE}.",
        "Above it the sensor warns, folds over five windows and reads files more slowly.",
        "HTTP requests are answered as before."
      })
  private String cpuLimit;

  @Option(
      names = "--memory-limit",
      paramLabel = "MEGABYTES",
      defaultValue = "${env:CATTLEGUARD_MEMORY_LIMIT:-200}",
      description =
          "Limit of resident memory. Default: ${DEFAULT-VALUE}. Above it the sensor warns.")
  private String memoryLimit;

  @Option(
      names = "--learn",
      paramLabel = "true|false",
      arity = "0..1",
      fallbackValue = "true",
      defaultValue = "${env:CATTLEGUARD_LEARN:-false}",
      description = {
        "Report what the node's workloads run and connect to, for models of them.",
        "At most four calls per hour on average. Default: ${DEFAULT-VALUE}."
      })
  private boolean learn;

  @Option(
      names = "--learn-facts",
      paramLabel = "FILE",
      defaultValue = "${env:CATTLEGUARD_LEARN_FACTS}",
      description = {
        "Services and volumes of the cluster, as cattleguard model facts prints them. Read again"
            + " every minute.",
        "Default: none; services are private addresses, and files on volumes are reported."
      })
  private @Nullable String learnFacts;

  SensorCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() throws InterruptedException {
    SensorSettings settings = settings();
    SensorLog log = new SensorLog(out, Clock.systemUTC());
    Bus target = given(up).<Bus>map(this::upBus).orElseGet(() -> eventBridge(settings));
    Sensor sensor = Sensor.start(settings, target, log, Clock.systemUTC());
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .unstarted(
                    () -> {
                      sensor.close();
                      ended.countDown();
                    }));
    ended.await();
    return 0;
  }

  private Bus upBus(String url) {
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException e) {
      throw wrong("--up: use a URL such as http://cattleguard-up.cattleguard:2801/, not: " + url);
    }
    boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    if (!http || uri.getHost() == null || uri.getUserInfo() != null || uri.getFragment() != null) {
      throw wrong("--up: use a URL such as http://cattleguard-up.cattleguard:2801/, not: " + url);
    }
    if (!Files.isReadable(upToken)) {
      throw wrong("--up-token: " + upToken + " cannot be read");
    }
    return new UpBus(uri, upToken);
  }

  private Bus eventBridge(SensorSettings settings) {
    SensorSource source = source(settings.cluster());
    EventBridgeClient client;
    try {
      client = EventBridgeBus.client();
    } catch (RuntimeException e) {
      throw new SensorException("no region: set AWS_REGION, for example eu-central-1", e);
    }
    String region = client.serviceClientConfiguration().region().id();
    if (!REGION.matcher(region).matches()) {
      client.close();
      throw new SensorException(
          "AWS_REGION: use a region such as eu-central-1, not: "
              + HostileText.visible(region, 100));
    }
    return new EventBridgeBus(client, settings.bus(), source);
  }

  private String bus() {
    if (!BUS.matcher(bus).matches()) {
      throw wrong("--bus: use the name or ARN of an EventBridge bus, not: " + bus);
    }
    return bus;
  }

  private SensorSource source(String name) {
    if (name.contains(".")) {
      throw wrong("--cluster: a cluster that sends to EventBridge has no '.' in its name: " + name);
    }
    return new SensorSource(
        name,
        given(pod)
            .map(
                text ->
                    SensorSource.Pod.read(text)
                        .orElseThrow(
                            () -> wrong("--pod: use NAMESPACE/UID/NAME of a pod, not: " + text))));
  }

  /** The settings that a command line and the environment give. */
  public static SensorSettings settings(String... arguments) {
    SensorCommand command = new SensorCommand(System.out);
    Main.commandLine(command).parseArgs(arguments);
    return command.settings();
  }

  private SensorSettings settings() {
    Optional<SensorSettings.Tls> tls = checked(this.tls::settings);
    return new SensorSettings(
        cluster(),
        given(node).orElseGet(SensorCommand::hostName),
        address("--listen", listen.alerts(), tls.isPresent()),
        address("--operations-listen", listen.operations(), true),
        spool,
        number("--spool-megabytes", spoolMegabytes, 1, 100_000) << 20,
        spoolSync,
        bus(),
        given(falcoFile).map(Path::of),
        given(tetragonFile).map(Path::of),
        duration("--fold-window", foldWindow, Duration.ofMillis(10), Duration.ofMinutes(1)),
        flushSeverity,
        (int) number("--call-kilobytes", callKilobytes, 16, 1_000) * 1_000,
        (int) number("--body-kilobytes", bodyKilobytes, 16, 4_096) << 10,
        tls,
        duration("--heartbeat", heartbeat, Duration.ofSeconds(1), Duration.ofHours(1)),
        (int) number("--cpu-limit", cpuLimit, 1, 10_000),
        number("--memory-limit", memoryLimit, 32, 1_000_000) << 20,
        learn,
        given(learnFacts).map(Path::of));
  }

  private String cluster() {
    String name =
        given(cluster)
            .orElseThrow(() -> wrong("no cluster name: set --cluster or CATTLEGUARD_CLUSTER"));
    return checked(() -> OptionValue.cluster("--cluster", name));
  }

  private InetSocketAddress address(String option, String value, boolean wildcardAllowed) {
    return checked(
        () ->
            wildcardAllowed
                ? OptionValue.address(option, value)
                : OptionValue.singleAddress(
                    option,
                    value,
                    "use one address, or set --tls-certificate, --tls-key and --tls-client-ca"));
  }

  private long number(String option, String value, long least, long most) {
    return checked(() -> OptionValue.number(option, value, least, most));
  }

  private <T> T checked(Supplier<T> value) {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private Duration duration(String option, String value, Duration least, Duration most) {
    return checked(() -> OptionValue.duration(option, value, least, most));
  }

  private static Optional<String> given(@Nullable String value) {
    return Optional.ofNullable(value).filter(text -> !text.isBlank());
  }

  /** The name of this machine, which is the default name of the node. */
  public static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown";
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
