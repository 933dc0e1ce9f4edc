package io.cattleguard.sensor.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Severity;
import io.cattleguard.events.build.BuildVersion;
import io.cattleguard.sensor.settings.SensorSettings;
import io.cattleguard.sensor.spool.Spool;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SensorCommandTest {

  private static SensorSettings settings(String... arguments) {
    List<String> all = new ArrayList<>(List.of("--cluster", "blue"));
    all.addAll(Arrays.asList(arguments));
    return SensorCommand.settings(all.toArray(String[]::new));
  }

  @Test
  void withoutFurtherWordsItIsSafe() {
    SensorSettings settings = settings();
    assertTrue(settings.listen().getAddress().isLoopbackAddress());
    assertEquals(2801, settings.listen().getPort());
    assertTrue(settings.operationsListen().getAddress().isLoopbackAddress());
    assertEquals(Spool.Sync.COMMIT, settings.spoolSync());
    assertEquals(256L << 20, settings.spoolBytes());
    assertEquals(Duration.ofSeconds(1), settings.foldWindow());
    assertEquals(Severity.HIGH, settings.flushSeverity());
    assertEquals(200_000, settings.callBytes());
    assertTrue(settings.tls().isEmpty());
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "--cluster a/b | --cluster: use letters, digits",
        "--cluster a.b | --cluster: a cluster that sends to EventBridge has no '.' in its name:"
            + " a.b",
        "--pod sensor-x2x4k | --pod: use NAMESPACE/UID/NAME of a pod, not: sensor-x2x4k",
        "--pod a.b/0b3f/sensor-x2x4k | --pod: use NAMESPACE/UID/NAME of a pod",
        "--bus my!bus | --bus: use the name or ARN of an EventBridge bus, not: my!bus",
        "--listen 2801 | --listen: use HOST:PORT, for example 127.0.0.1:2801, not: 2801",
        "--listen 0.0.0.0:2801 | --listen: 0.0.0.0:2801 listens on every address",
        "--listen [::]:2801 | listens on every address",
        "--listen 127.0.0.1:99999 | --listen: use a number from 0 to 65535, not: 99999",
        "--spool-megabytes lots | --spool-megabytes: use a number from 1 to 100000, not: lots",
        "--spool-sync maybe | --spool-sync: use one of commit, os, not: maybe",
        "--fold-window 1 | --fold-window: use a duration from 10ms to 1m, such as 500ms",
        "--fold-window 2m | --fold-window: use a duration from 10ms to 1m",
        "--flush-severity urgent | use one of informational, low, medium, high, critical, fatal",
        "--call-kilobytes 5000 | --call-kilobytes: use a number from 16 to 1000, not: 5000",
        "--tls-key pom.xml | --tls-certificate is missing: TLS needs",
        "--tls-key /nowhere/key.pem | --tls-key: /nowhere/key.pem cannot be read",
        "--heartbeat soon | --heartbeat: use a duration from 1s to 1h",
        "--up cattleguard-up:2801 | --up: use a URL such as http://",
        "--up http://user@here/ | --up: use a URL such as http://",
        "--up http://here:2801/ --up-token /nowhere/token | --up-token: /nowhere/token cannot be",
        "--fast | unknown option '--fast'",
        "--falco-fil x | unknown option '--falco-fil'; did you mean '--falco-file'?",
        "--flush-severity hihg | critical, fatal, not: hihg; did you mean 'high'?",
        "start | unexpected argument 'start'",
      })
  void whatIsWrongIsRefusedWithASentence(String arguments, String sentence) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    List<String> all = new ArrayList<>(List.of("--cluster", "blue"));
    if (arguments.startsWith("--cluster")) {
      all.clear();
    }
    all.addAll(Arrays.asList(arguments.split(" ", -1)));
    int code =
        Main.run(
            System.out,
            new PrintStream(err, true, StandardCharsets.UTF_8),
            all.toArray(String[]::new));
    String said = err.toString(StandardCharsets.UTF_8);
    assertEquals(2, code, said);
    assertTrue(said.contains(sentence), said);
  }

  @Test
  void itSaysItsVersion() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int code =
        Main.run(new PrintStream(out, true, StandardCharsets.UTF_8), System.err, "--version");
    assertEquals(0, code);
    assertEquals(
        "cattleguard " + BuildVersion.current(), out.toString(StandardCharsets.UTF_8).strip());
  }

  @Test
  void withoutAClusterItSaysWhatIsMissing() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    assertEquals(2, Main.run(System.out, new PrintStream(err, true, StandardCharsets.UTF_8)));
    assertTrue(
        err.toString(StandardCharsets.UTF_8).contains("set --cluster or CATTLEGUARD_CLUSTER"));
  }

  /** In separate processes, because the AWS SDK reads the environment. */
  @ParameterizedTest(name = "AWS_REGION={0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "Frankfurt | AWS_REGION: use a region such as eu-central-1, not: Frankfurt",
        "'' | no region: set AWS_REGION, for example eu-central-1",
      })
  void aRegionThatIsNoneIsRefusedAtStart(String region, String sentence, @TempDir Path spool)
      throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "--cluster",
            "blue",
            "--listen",
            "127.0.0.1:0",
            "--operations-listen",
            "127.0.0.1:0",
            "--spool",
            spool.toString());
    builder.redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("AWS_"));
    builder.environment().put("AWS_EC2_METADATA_DISABLED", "true");
    builder.environment().put("AWS_CONFIG_FILE", spool.resolve("none").toString());
    if (!region.isEmpty()) {
      builder.environment().put("AWS_REGION", region);
    }
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it started");
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(said.contains(sentence), said);
      assertTrue(!said.contains("software.amazon"), said);
      assertTrue(process.exitValue() != 0, said);
    } finally {
      process.destroyForcibly();
    }
  }
}
