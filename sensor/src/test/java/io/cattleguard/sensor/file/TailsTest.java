package io.cattleguard.sensor.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Corpora;
import io.cattleguard.sensor.cli.SensorCommand;
import io.cattleguard.sensor.intake.Intake;
import io.cattleguard.sensor.operations.Exposition;
import io.cattleguard.sensor.operations.MetricsText;
import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.operations.SensorMetrics;
import io.cattleguard.sensor.settings.SensorSettings;
import io.cattleguard.sensor.spool.GroupCommit;
import io.cattleguard.sensor.spool.Round;
import io.cattleguard.sensor.spool.Spool;
import io.cattleguard.sources.FalcoEvent;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TailsTest {
  @TempDir private Path directory;
  private Path falco;
  private Path tetragon;
  private SensorMetrics metrics = new SensorMetrics();
  private Spool spool;
  private Tails tails;

  @BeforeEach
  void begin() {
    falco = directory.resolve("falco.log");
    tetragon = directory.resolve("tetragon.log");
    start();
  }

  private void start() {
    SensorSettings settings =
        SensorCommand.settings(
            "--cluster", "blue",
            "--spool", directory.resolve("spool").toString(),
            "--falco-file", falco.toString(),
            "--tetragon-file", tetragon.toString());
    metrics = new SensorMetrics();
    spool = Spool.open(settings.spool(), 64 << 20, Spool.Sync.OS, Instant.now());
    SensorLog quiet =
        new SensorLog(
            new PrintStream(PrintStream.nullOutputStream(), true, StandardCharsets.UTF_8),
            Clock.systemUTC());
    GroupCommit commits = new GroupCommit(spool, metrics::shed, observations -> {});
    tails =
        new Tails(settings, new Intake("blue"), spool, commits, metrics, quiet, Clock.systemUTC());
    tails.start();
  }

  @AfterEach
  void end() {
    tails.close();
    spool.close();
  }

  private static String event(String rule) {
    return new FalcoEvent(rule, "Critical").toString();
  }

  private static void append(Path file, String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static void await(BooleanSupplier what) {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!what.getAsBoolean()) {
      assertTrue(System.nanoTime() < until, "not within 20 s");
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private List<String> texts() {
    return spool.next(Long.MAX_VALUE).alerts().stream().map(Round.Folded::text).sorted().toList();
  }

  @Test
  void linesOfBothFilesAreKeptAndCountedByTheirInput() throws IOException {
    append(falco, event("one") + "\n" + event("two") + "\n");
    append(tetragon, "{\"process_exec\":{\"process\":{\"binary\":\"/bin/sh\"}}}\n");
    await(() -> metrics.receivedSoFar() == 3);
    assertEquals(List.of(event("one"), event("two")), texts());
    assertEquals(1, metrics.ignored.sum());
    MetricsText text = new MetricsText();
    metrics.writeInputs(text);
    Map<String, Double> samples =
        Exposition.read(new String(text.bytes(), StandardCharsets.UTF_8)).samples();
    assertEquals(2.0, samples.get("cattleguard_sensor_received_total{input=\"falco_file\"}"));
    assertEquals(1.0, samples.get("cattleguard_sensor_received_total{input=\"tetragon_file\"}"));
  }

  @Test
  void aRestartGoesOnWhereItWasKeptAndDoublesNothing() throws IOException {
    append(falco, event("one") + "\n");
    await(() -> spool.alerts() == 1);
    end();
    append(falco, event("two") + "\n");
    start();
    // It counts the lines that it has stored.
    await(() -> metrics.receivedSoFar() > 0);
    assertEquals(List.of(event("one"), event("two")), texts());
    assertEquals(1, metrics.receivedSoFar());
  }

  @Test
  void aLineOfManyEventsIsKeptWhole() throws IOException {
    append(falco, "[" + "{},".repeat(9_999) + "{}]\n" + event("behind") + "\n");
    await(() -> metrics.receivedSoFar() == 10_001);
    end();
    start();
    append(falco, event("later") + "\n");
    await(() -> metrics.receivedSoFar() > 0);
    assertEquals(1, metrics.receivedSoFar(), "nothing is read twice");
    assertEquals(10_002, spool.alerts());
  }

  @Test
  void aLineWaitsForItsEnd() throws IOException {
    String event = event("one");
    append(falco, event("zero") + "\n" + event.substring(0, 30));
    await(() -> spool.alerts() == 1);
    append(falco, event.substring(30) + "\n");
    await(() -> spool.alerts() == 2);
    assertEquals(List.of(event("one"), event("zero")), texts());
  }

  @Test
  void whileTheSpoolCannotBeWrittenNothingIsPassedOver() throws IOException {
    spool.close();
    append(falco, event("one") + "\n");
    assertEquals(0, metrics.receivedSoFar());
    tails.close();
    start();
    await(() -> spool.alerts() == 1);
  }

  @Test
  void everyRecordedEventOfFalcoAndTetragonIsKeptOrIgnoredAndNothingElse() throws IOException {
    List<String> lines = new ArrayList<>();
    for (Path file : Corpora.files("falco", "tetragon", "nasty")) {
      String text = Corpora.read(file).replace("\r", " ").replace("\n", " ");
      lines.add(text);
    }
    append(falco, String.join("\n", lines) + "\n");
    append(falco, event("the last") + "\n");
    await(() -> texts().contains(event("the last")));
    await(() -> spool.alerts() + metrics.ignored.sum() == metrics.receivedSoFar());
    assertTrue(metrics.receivedSoFar() >= lines.stream().filter(line -> !line.isBlank()).count());
  }
}
