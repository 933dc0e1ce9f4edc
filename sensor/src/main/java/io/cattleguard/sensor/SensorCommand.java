package io.cattleguard.sensor;

import io.cattleguard.events.Severity;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The settings as flags and environment variables; what is wrong is refused with a sentence. */
@Command(
    name = "cattleguard sensor",
    sortOptions = false,
    description = {
      "The node agent: takes alerts in, keeps them on disk, and sends them to EventBridge.",
      "Each setting is also an environment variable: --falco-file is CATTLEGUARD_FALCO_FILE.",
      ""
    })
@SuppressWarnings("NullAway.Init") // picocli sets every field that has a default
final class SensorCommand implements Callable<Integer> {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
  private static final Pattern CLUSTER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,99}");

  private final PrintStream out;
  @Spec private CommandSpec spec;

  @SuppressWarnings("UnusedVariable") // picocli sets it, and prints the text itself
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this text.")
  private boolean help;

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      defaultValue = "${env:CATTLEGUARD_CLUSTER}",
      description = "The cluster's name; events are sent as cattleguard.sensor.NAME. Required.")
  private @Nullable String cluster;

  @Option(
      names = "--node",
      paramLabel = "NAME",
      defaultValue = "${env:CATTLEGUARD_NODE}",
      description = "The node's name, for heartbeats; else the host's.")
  private @Nullable String node;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:CATTLEGUARD_LISTEN:-127.0.0.1:2801}",
      description = "Where Falco's http_output posts to; ${DEFAULT-VALUE}.")
  private String listen;

  @Option(
      names = "--operations-listen",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:CATTLEGUARD_OPERATIONS_LISTEN:-127.0.0.1:2802}",
      description = "Where /healthz, /readyz and /metrics are; ${DEFAULT-VALUE}.")
  private String operationsListen;

  @Option(
      names = "--spool",
      paramLabel = "DIR",
      defaultValue = "${env:CATTLEGUARD_SPOOL:-cattleguard-spool}",
      description = "Where alerts wait; ${DEFAULT-VALUE}.")
  private Path spool;

  @Option(
      names = "--spool-megabytes",
      paramLabel = "N",
      defaultValue = "${env:CATTLEGUARD_SPOOL_MEGABYTES:-256}",
      description = "How much may wait, 1 to 100000; ${DEFAULT-VALUE}.")
  private String spoolMegabytes;

  @Option(
      names = "--spool-sync",
      paramLabel = "commit|os",
      defaultValue = "${env:CATTLEGUARD_SPOOL_SYNC:-commit}",
      description = {
        "commit: flushed to the device before the answer; a power loss takes nothing.",
        "os: handed to the operating system; a killed sensor loses nothing, a power loss may."
      })
  private String spoolSync;

  @Option(
      names = "--bus",
      paramLabel = "NAME",
      defaultValue = "${env:CATTLEGUARD_BUS:-cattleguard}",
      description = "The EventBridge bus, by name or ARN; ${DEFAULT-VALUE}.")
  private String bus;

  @Option(
      names = "--falco-file",
      paramLabel = "FILE",
      defaultValue = "${env:CATTLEGUARD_FALCO_FILE}",
      description = "Falco's file_output, to follow.")
  private @Nullable String falcoFile;

  @Option(
      names = "--tetragon-file",
      paramLabel = "FILE",
      defaultValue = "${env:CATTLEGUARD_TETRAGON_FILE}",
      description = "Tetragon's export file, to follow.")
  private @Nullable String tetragonFile;

  @Option(
      names = "--fold-window",
      paramLabel = "DURATION",
      defaultValue = "${env:CATTLEGUARD_FOLD_WINDOW:-1s}",
      description = "Equal alerts within it travel as one, 10ms to 1m; ${DEFAULT-VALUE}.")
  private String foldWindow;

  @Option(
      names = "--flush-severity",
      paramLabel = "SEVERITY",
      defaultValue = "${env:CATTLEGUARD_FLUSH_SEVERITY:-high}",
      description = "From here on, news is sent at once; ${DEFAULT-VALUE}.")
  private String flushSeverity;

  @Option(
      names = "--call-kilobytes",
      paramLabel = "N",
      defaultValue = "${env:CATTLEGUARD_CALL_KILOBYTES:-200}",
      description = "What one PutEvents entry may have, 16 to 1000; ${DEFAULT-VALUE}.")
  private String callKilobytes;

  @Option(
      names = "--body-kilobytes",
      paramLabel = "N",
      defaultValue = "${env:CATTLEGUARD_BODY_KILOBYTES:-1024}",
      description = "The largest body of a POST, 16 to 4096; ${DEFAULT-VALUE}.")
  private String bodyKilobytes;

  @Option(
      names = "--tls-certificate",
      paramLabel = "FILE",
      defaultValue = "${env:CATTLEGUARD_TLS_CERTIFICATE}",
      description = "PEM; with the next two, clients must show a certificate.")
  private @Nullable String tlsCertificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      defaultValue = "${env:CATTLEGUARD_TLS_KEY}",
      description = "PEM, PKCS #8, without a password.")
  private @Nullable String tlsKey;

  @Option(
      names = "--tls-client-ca",
      paramLabel = "FILE",
      defaultValue = "${env:CATTLEGUARD_TLS_CLIENT_CA}",
      description = "PEM; who signs the clients' certificates.")
  private @Nullable String tlsClientCa;

  @Option(
      names = "--heartbeat",
      paramLabel = "DURATION",
      defaultValue = "${env:CATTLEGUARD_HEARTBEAT:-60s}",
      description = "How often it says that it is alive, 1s to 1h; ${DEFAULT-VALUE}.")
  private String heartbeat;

  @Option(
      names = "--cpu-limit",
      paramLabel = "PERCENT",
      defaultValue = "${env:CATTLEGUARD_CPU_LIMIT:-50}",
      description = {
        "Of one core, over a minute; ${DEFAULT-VALUE}. Beyond it the sensor says so, folds over"
            + " five",
        "windows and reads files more slowly; HTTP is answered as before."
      })
  private String cpuLimit;

  @Option(
      names = "--memory-limit",
      paramLabel = "MEGABYTES",
      defaultValue = "${env:CATTLEGUARD_MEMORY_LIMIT:-200}",
      description = "Resident; ${DEFAULT-VALUE}. Beyond it the sensor says so.")
  private String memoryLimit;

  SensorCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() throws InterruptedException {
    SensorSettings settings = settings();
    SensorLog log = new SensorLog(out, Clock.systemUTC());
    Bus target;
    try {
      target =
          new EventBridgeBus(
              EventBridgeBus.client(), settings.bus(), "cattleguard.sensor." + settings.cluster());
    } catch (RuntimeException e) {
      throw new SensorException(
          "the AWS SDK finds no region; set AWS_REGION, for example eu-central-1 ("
              + e.getMessage()
              + ")",
          e);
    }
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

  SensorSettings settings() {
    Optional<SensorSettings.Tls> tls = tls();
    return new SensorSettings(
        cluster(),
        given(node).orElseGet(SensorCommand::hostName),
        address("--listen", listen, tls.isPresent()),
        address("--operations-listen", operationsListen, true),
        spool,
        number("--spool-megabytes", spoolMegabytes, 1, 100_000) << 20,
        oneOf("--spool-sync", spoolSync, Spool.Sync.values()),
        bus,
        given(falcoFile).map(Path::of),
        given(tetragonFile).map(Path::of),
        duration("--fold-window", foldWindow, Duration.ofMillis(10), Duration.ofMinutes(1)),
        oneOf("--flush-severity", flushSeverity, Severity.values()),
        (int) number("--call-kilobytes", callKilobytes, 16, 1_000) * 1_000,
        (int) number("--body-kilobytes", bodyKilobytes, 16, 4_096) << 10,
        tls,
        duration("--heartbeat", heartbeat, Duration.ofSeconds(1), Duration.ofHours(1)),
        (int) number("--cpu-limit", cpuLimit, 1, 10_000),
        number("--memory-limit", memoryLimit, 32, 1_000_000) << 20);
  }

  private String cluster() {
    String name =
        given(cluster)
            .orElseThrow(
                () ->
                    wrong(
                        "--cluster or CATTLEGUARD_CLUSTER is missing: the name of the cluster this"
                            + " node is of"));
    if (!CLUSTER.matcher(name).matches()) {
      throw wrong(
          "--cluster: a name of letters, digits, '-', '_' and '.', as EKS gives it, not: " + name);
    }
    return name;
  }

  private Optional<SensorSettings.Tls> tls() {
    Optional<Path> certificate = file("--tls-certificate", tlsCertificate);
    Optional<Path> key = file("--tls-key", tlsKey);
    Optional<Path> clientCa = file("--tls-client-ca", tlsClientCa);
    if (certificate.isEmpty() && key.isEmpty() && clientCa.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new SensorSettings.Tls(
            certificate.orElseThrow(() -> incomplete("--tls-certificate")),
            key.orElseThrow(() -> incomplete("--tls-key")),
            clientCa.orElseThrow(() -> incomplete("--tls-client-ca"))));
  }

  private ParameterException incomplete(String missing) {
    return wrong(
        missing
            + " is missing: TLS needs --tls-certificate, --tls-key and --tls-client-ca together");
  }

  private Optional<Path> file(String option, @Nullable String value) {
    Optional<Path> path = given(value).map(Path::of);
    if (path.isPresent() && !Files.isReadable(path.get())) {
      throw wrong(option + ": " + path.get() + " cannot be read");
    }
    return path;
  }

  private InetSocketAddress address(String option, String value, boolean wildcardAllowed) {
    int colon = value.lastIndexOf(':');
    if (colon < 1) {
      throw wrong(option + ": HOST:PORT, for example 127.0.0.1:2801, not: " + value);
    }
    String host = value.substring(0, colon).replace("[", "").replace("]", "");
    long port = number(option, value.substring(colon + 1), 0, 65_535);
    try {
      InetAddress address = InetAddress.getByName(host);
      if (address.isAnyLocalAddress() && !wildcardAllowed) {
        throw wrong(
            option
                + ": "
                + host
                + " is every address of this machine, and without TLS whoever reaches it can"
                + " report alerts; name one address, or set --tls-certificate, --tls-key and"
                + " --tls-client-ca");
      }
      return new InetSocketAddress(address, (int) port);
    } catch (UnknownHostException e) {
      throw wrong(option + ": " + host + " is no address and no name I can resolve");
    }
  }

  private long number(String option, String value, long least, long most) {
    try {
      long number = Long.parseLong(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below, in the same words.
    }
    throw wrong(option + ": a number from " + least + " to " + most + ", not: " + value);
  }

  private Duration duration(String option, String value, Duration least, Duration most) {
    Matcher matcher = DURATION.matcher(value);
    if (matcher.matches()) {
      long amount = Long.parseLong(matcher.group(1));
      Duration duration =
          switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            default -> Duration.ofHours(amount);
          };
      if (duration.compareTo(least) >= 0 && duration.compareTo(most) <= 0) {
        return duration;
      }
    }
    throw wrong(
        option
            + ": a duration from "
            + inWords(least)
            + " to "
            + inWords(most)
            + ", such as 500ms, 2s or 1m, not: "
            + value);
  }

  private static String inWords(Duration duration) {
    return duration.toString().substring(2).toLowerCase(Locale.ROOT);
  }

  private <T extends Enum<T>> T oneOf(String option, String value, T[] values) {
    for (T one : values) {
      if (one.name().equalsIgnoreCase(value)) {
        return one;
      }
    }
    throw wrong(
        option
            + ": one of "
            + String.join(
                ", ",
                Arrays.stream(values).map(one -> one.name().toLowerCase(Locale.ROOT)).toList())
            + ", not: "
            + value);
  }

  private static Optional<String> given(@Nullable String value) {
    return Optional.ofNullable(value).filter(text -> !text.isBlank());
  }

  private static String hostName() {
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
