package io.cattleguard.sensor.send;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.RuntimeAlerts;
import io.cattleguard.events.Severity;
import io.cattleguard.sensor.cli.SensorCommand;
import io.cattleguard.sensor.intake.Observation;
import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.operations.SensorMetrics;
import io.cattleguard.sensor.settings.SensorSettings;
import io.cattleguard.sensor.spool.Entry;
import io.cattleguard.sensor.spool.GroupCommit;
import io.cattleguard.sensor.spool.Round;
import io.cattleguard.sensor.spool.Spool;
import io.cattleguard.sensor.store.CountFile;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SenderTest {
  private static final Instant AT = Instant.parse("2026-03-02T11:00:00Z");
  private static final Bus.Outcome TAKEN = new Bus.Outcome.Accepted();
  private static final Bus.Outcome LATER = new Bus.Outcome.Later("throttled", "slow down");
  private static final Bus.Outcome REFUSED = new Bus.Outcome.Later("refused", "HTTP 403");
  private static final Bus.Outcome NEVER = new Bus.Outcome.Never("malformed");

  @TempDir private Path directory;
  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
  private final SensorMetrics metrics = new SensorMetrics();
  private final ScriptedBus bus = new ScriptedBus();
  private Spool spool;
  private GroupCommit commits;
  private final AtomicReference<Sender> sender = new AtomicReference<>();

  /** Gives the prepared answers, entry by entry. */
  private static final class ScriptedBus implements Bus {
    private final List<List<Entry>> calls = new ArrayList<>();
    private volatile Judge judge = (entry, attempt) -> TAKEN;

    /** Whether the answer for one entry applies to the whole call. */
    private volatile boolean together;

    interface Judge {
      Outcome judge(Entry entry, int call);
    }

    @Override
    public synchronized List<Outcome> put(List<Entry> entries) {
      calls.add(List.copyOf(entries));
      List<Outcome> outcomes =
          entries.stream().map(entry -> judge.judge(entry, calls.size())).toList();
      return together && outcomes.stream().anyMatch(outcome -> !outcome.equals(TAKEN))
          ? Collections.nCopies(
              entries.size(),
              outcomes.stream().filter(outcome -> !outcome.equals(TAKEN)).findFirst().orElseThrow())
          : outcomes;
    }

    synchronized int calls() {
      return calls.size();
    }

    /** How often each text was sent, by its counts. */
    synchronized Map<String, Long> counts() {
      Map<String, Long> counts = new TreeMap<>();
      for (List<Entry> call : calls) {
        for (Entry entry : call) {
          try {
            RuntimeAlerts.read(JsonMapper.builder().build().readTree(entry.detail()))
                .alerts()
                .forEach(sensed -> counts.merge(sensed.event(), sensed.count(), Long::sum));
          } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
          }
        }
      }
      return counts;
    }
  }

  @BeforeEach
  void start() {
    begin(Duration.ofMillis(150));
  }

  private void begin(Duration window) {
    SensorSettings settings = settings(window);
    spool = Spool.open(directory, 64 << 20, Spool.Sync.OS, AT);
    commits =
        new GroupCommit(
            spool,
            metrics::shed,
            observations -> {
              Sender to = sender.get();
              if (to != null) {
                to.arrived(observations);
              }
            });
    SensorLog log =
        new SensorLog(new PrintStream(logged, true, StandardCharsets.UTF_8), Clock.systemUTC());
    sender.set(new Sender(spool, commits, bus, settings, metrics, log, Clock.systemUTC()));
    sender.get().start();
  }

  private SensorSettings settings(Duration window) {
    String[] arguments = {
      "--cluster",
      "blue",
      "--spool",
      directory.toString(),
      "--call-kilobytes",
      "16",
      "--fold-window",
      window.toMillis() + "ms"
    };
    return SensorCommand.settings(arguments);
  }

  @AfterEach
  void end() {
    sender.get().close();
    spool.close();
  }

  private static Observation observation(Severity severity, String text) {
    return new Observation(severity, Fingerprint.hash(text), AT, Instant.now(), text);
  }

  private void keep(Observation... observations) {
    commits.append(Arrays.asList(observations));
  }

  private static void await(BooleanSupplier what) {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!what.getAsBoolean()) {
      assertTrue(System.nanoTime() < until, "not within 30 s");
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private void awaitEmptySpool() {
    await(() -> spool.alerts() == 0);
  }

  @Test
  void aRetrySaysWhenItIsSentAndStillWhenItWasPacked() throws Exception {
    bus.judge = (entry, call) -> call < 3 ? LATER : TAKEN;
    keep(observation(Severity.HIGH, "one"));
    await(() -> bus.calls() >= 3);

    List<RuntimeAlerts> sent = new ArrayList<>();
    for (List<Entry> call : List.copyOf(bus.calls)) {
      sent.add(RuntimeAlerts.read(JsonMapper.builder().build().readTree(call.getFirst().detail())));
    }
    assertEquals(1, sent.stream().map(RuntimeAlerts::id).distinct().count());
    assertEquals(1, sent.stream().map(RuntimeAlerts::observedAt).distinct().count());
    assertEquals(3, sent.stream().map(RuntimeAlerts::sentAt).distinct().count());
    assertTrue(sent.get(2).sentAt().orElseThrow().isAfter(sent.get(0).sentAt().orElseThrow()));
  }

  @Test
  void severeNewsLeaveAtOnceAndTheirRepeatsWaitForTheWindow() {
    end();
    begin(Duration.ofMinutes(1));
    keep(observation(Severity.LOW, "low"));
    keep(observation(Severity.CRITICAL, "critical"));
    await(() -> bus.counts().containsKey("critical"));
    awaitEmptySpool();
    int calls = bus.calls();
    for (int i = 0; i < 50; i++) {
      keep(observation(Severity.CRITICAL, "critical"));
    }
    keep(observation(Severity.LOW, "low"));
    assertEquals(51, spool.alerts());
    assertEquals(calls, bus.calls());
    sender.get().close();
    assertEquals(Map.of("critical", 51L, "low", 2L), bus.counts());
  }

  @Test
  void aStormOfTwentyProblemsCostsAHandfulOfCalls() {
    for (int i = 0; i < 20_000; i += 20) {
      Observation[] burst = new Observation[20];
      for (int j = 0; j < 20; j++) {
        burst[j] = observation(Severity.CRITICAL, "problem " + j);
      }
      keep(burst);
    }
    awaitEmptySpool();
    assertEquals(20, bus.counts().size());
    assertTrue(bus.counts().values().stream().allMatch(count -> count == 1_000));
    assertTrue(bus.calls() <= 100, bus.calls() + " calls for 20,000 alerts");
  }

  @Test
  void anEntryThatFailsInsideACallThatSucceedsIsSentAgainAlone() {
    bus.judge = (entry, call) -> call == 1 && bus.calls.get(0).indexOf(entry) == 0 ? LATER : TAKEN;
    Observation[] many = new Observation[30];
    for (int i = 0; i < many.length; i++) {
      many[i] = observation(Severity.LOW, "alert " + i + " " + "x".repeat(1_000));
    }
    keep(many);
    awaitEmptySpool();
    Map<String, Long> counts = bus.counts();
    assertEquals(30, counts.size());
    long again = counts.values().stream().filter(count -> count == 2).count();
    long once = counts.values().stream().filter(count -> count == 1).count();
    assertEquals(30, again + once);
    assertTrue(again > 0 && once > 0, again + " sent again, " + once + " once");
    assertEquals(30, metrics.sent.sum());
  }

  @Test
  void anOutageLosesNothingAndEndsByItself() {
    bus.judge = (entry, call) -> call < 4 ? LATER : TAKEN;
    keep(observation(Severity.CRITICAL, "one"));
    await(() -> sender.get().isFailing());
    keep(observation(Severity.LOW, "two"));
    awaitEmptySpool();
    assertEquals(Set.of("one", "two"), bus.counts().keySet());
    assertTrue(logged.toString(StandardCharsets.UTF_8).contains("PutEvents works again"));
  }

  @Test
  void whatTheBusWillNeverTakeIsFoundAndParkedAndTheRestArrives() {
    bus.judge = (entry, call) -> entry.detail().contains("poison") ? NEVER : TAKEN;
    Observation[] many = new Observation[9];
    for (int i = 0; i < many.length; i++) {
      many[i] = observation(Severity.LOW, i == 5 ? "poison" : "alert " + i);
    }
    keep(many);
    awaitEmptySpool();
    assertEquals(8, metrics.sent.sum());
    assertEquals(1, metrics.undeliverable.sum());
    assertTrue(!logged.toString(StandardCharsets.UTF_8).contains("poison"), "its text is logged");
  }

  @Test
  void whatWaitedBeforeAStartIsSent() {
    bus.judge = (entry, call) -> LATER;
    keep(observation(Severity.LOW, "from before"));
    await(() -> bus.calls() > 0);
    sender.get().end(Duration.ofMillis(50));
    spool.close();
    bus.judge = (entry, call) -> TAKEN;
    begin(Duration.ofMillis(100));
    awaitEmptySpool();
    assertTrue(bus.counts().containsKey("from before"));
  }

  @Test
  void anOrderlyEndSendsWhatWaits() {
    end();
    begin(Duration.ofMinutes(1));
    keep(observation(Severity.LOW, "at the last moment"));
    end();
    assertEquals(Map.of("at the last moment", 1L), bus.counts());
    begin(Duration.ofMinutes(1));
    assertEquals(0, spool.alerts());
  }

  @Test
  void aRoundThatFailedIsSentLaterWithoutANewAlert() throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("spool.db"));
        Statement statement = connection.createStatement()) {
      statement.execute("drop table mark"); // the store creates it again after the first error
    }
    keep(observation(Severity.LOW, "one"));
    await(() -> bus.counts().containsKey("one"));
    await(() -> spool.alerts() == 0);
    assertTrue(logged.toString(StandardCharsets.UTF_8).contains("spool unavailable"));
  }

  @Test
  void eachReasonOfAnOutageIsLoggedOnceWhateverItsRequestId() {
    bus.judge =
        (entry, call) ->
            call > 4
                ? TAKEN
                : call > 2
                    ? new Bus.Outcome.Later("refused", "ExpiredToken, request a1b2-" + call)
                    : new Bus.Outcome.Later("unanswered", "HTTP error, request 77" + call);
    keep(observation(Severity.LOW, "one"));
    await(() -> spool.alerts() == 0);
    List<String> lines =
        logged.toString(StandardCharsets.UTF_8).lines().filter(l -> l.contains("failing")).toList();
    assertEquals(2, lines.size(), lines::toString);
    assertTrue(lines.get(1).contains("ExpiredToken"), lines::toString);
  }

  @Test
  void aDefectOfTheClientIsRetried() {
    bus.judge =
        (entry, call) -> {
          if (call < 3) {
            throw new IllegalStateException("a defect");
          }
          return TAKEN;
        };
    keep(observation(Severity.LOW, "one"));
    await(() -> spool.alerts() == 0);
    assertEquals(3, bus.calls());
  }

  private static Bus.Outcome unlessPoison(Entry entry) {
    return entry.detail().contains("poison") ? REFUSED : TAKEN;
  }

  @Test
  void anAlertThatAProxyRejectsForItsContentHoldsUpNoOthers() {
    for (boolean together : List.of(false, true)) {
      long before = metrics.sent.sum();
      bus.together = together;
      bus.judge = (entry, call) -> unlessPoison(entry);
      Observation[] many = new Observation[40];
      for (int i = 0; i < many.length; i++) {
        String text = (i % 9 == 5 ? "poison " : "alert ") + i + together;
        many[i] = observation(Severity.LOW, text + "x".repeat(i % 2 == 0 ? 2_000 : 1));
      }
      keep(many);
      awaitEmptySpool();
      assertEquals(before + 36, metrics.sent.sum());
    }
    assertEquals(8, sender.get().setAside());
    assertEquals(0, metrics.undeliverable.sum());
    assertTrue(!sender.get().isFailing(), "it calls that an outage");
    assertTrue(!logged.toString(StandardCharsets.UTF_8).contains("poison"), "a text is logged");

    // The proxy works again, also after a restart of the sensor.
    end();
    bus.judge = (entry, call) -> TAKEN;
    long before = metrics.sent.sum();
    begin(Duration.ofMillis(100));
    await(() -> sender.get().setAside() == 0);
    assertEquals(before + 8, metrics.sent.sum());
  }

  @Test
  void whileEverythingIsRejectedNothingIsHalvedOrSetAside() {
    bus.judge = (entry, call) -> REFUSED;
    Observation[] many = new Observation[80];
    for (int i = 0; i < many.length; i++) {
      many[i] = observation(Severity.LOW, "alert " + i + " " + "x".repeat(1_000));
    }
    keep(many);
    await(() -> bus.calls() >= 7);
    assertEquals(0, sender.get().setAside());
    assertEquals(80, spool.alerts());
    bus.judge = (entry, call) -> TAKEN;
    int calls = bus.calls();
    awaitEmptySpool();
    assertEquals(80, metrics.sent.sum());
    int after = bus.calls.subList(calls, bus.calls()).stream().mapToInt(List::size).sum();
    assertTrue(after <= 8, after + " entries in place of 7");
  }

  /** An outage ends with an accepted sample, and the sensor ends before the rest is accepted. */
  @Test
  void afterARestartASampleIsSentAgainUnderItsIdOnly() {
    Map<String, Set<String>> ids = new ConcurrentHashMap<>();
    bus.judge = (entry, call) -> entry.alerts().size() > 1 ? REFUSED : accept(entry, ids);
    Observation[] many = new Observation[40];
    for (int i = 0; i < many.length; i++) {
      many[i] = observation(Severity.LOW, "alert " + i);
    }
    keep(many);
    await(() -> !ids.isEmpty());
    sender.get().end(Duration.ZERO);
    assertTrue(spool.alerts() == many.length, "the round ended");
    spool.close();

    bus.judge = (entry, call) -> accept(entry, ids);
    begin(Duration.ofMillis(10));
    awaitEmptySpool();
    assertEquals(many.length, ids.size());
    ids.forEach((alert, of) -> assertEquals(1, of.size(), alert + " under " + of));
  }

  private static Bus.Outcome accept(Entry entry, Map<String, Set<String>> ids) {
    entry
        .alerts()
        .forEach(
            alert ->
                ids.computeIfAbsent(alert.text(), absent -> ConcurrentHashMap.newKeySet())
                    .add(id(entry)));
    return TAKEN;
  }

  private static String id(Entry entry) {
    try {
      return RuntimeAlerts.read(JsonMapper.builder().build().readTree(entry.detail())).id();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aloneOnAQuietNodeItWaitsUntilAnotherAlertShowsThatItIsToBlame() {
    bus.judge = (entry, call) -> unlessPoison(entry);
    keep(observation(Severity.LOW, "poison"));
    await(() -> bus.calls() >= 4);
    assertEquals(0, sender.get().setAside());
    keep(observation(Severity.LOW, "another"));
    await(() -> metrics.sent.sum() == 1);
    assertEquals(1, sender.get().setAside());
  }

  @Test
  void manyRejectedAlertsAndNoOtherHoldUpNothingBehindThem() {
    bus.judge = (entry, call) -> unlessPoison(entry);
    keep(observation(Severity.LOW, "good"));
    awaitEmptySpool();
    Observation[] many = new Observation[60];
    for (int i = 0; i < many.length; i++) {
      many[i] = observation(Severity.LOW, "poison " + i);
    }
    keep(many);
    await(() -> bus.calls() >= 3);
    keep(observation(Severity.LOW, "behind"));
    await(() -> metrics.sent.sum() == 2);
    awaitEmptySpool();
    assertEquals(60, sender.get().setAside());
  }

  @Test
  void aRejectedAlertForWhichThereIsNoRoomIsNotLost() {
    end();
    spool = Spool.open(directory, 64 << 20, Spool.Sync.OS, AT);
    CountFile count = CountFile.open(directory, "aside.count");
    Aside earlier =
        new Aside(
            spool,
            new GroupCommit(spool, shed -> {}, stored -> {}),
            count,
            InstantSource.fixed(AT),
            System::nanoTime);
    for (int i = 0; i < 8; i++) {
      String text = "poison " + i + "x".repeat(1_040_000);
      assertTrue(
          earlier.add(new Round.Folded(Severity.LOW, "key " + i, text, 1, AT, AT, AT), false, 0));
    }
    count.close();
    spool.close();
    bus.judge = (entry, call) -> unlessPoison(entry);
    begin(Duration.ofMillis(10));
    keep(observation(Severity.LOW, "poison, small"), observation(Severity.LOW, "good"));
    await(() -> sender.get().setAside() == 9);

    keep(
        observation(Severity.LOW, "poison, large" + "x".repeat(200_000)),
        observation(Severity.LOW, "also good"));
    await(() -> metrics.sent.sum() == 2 && spool.alerts() == 1);
    keep(observation(Severity.LOW, "behind it"));
    await(() -> metrics.sent.sum() == 3 && spool.alerts() == 1);
    assertEquals(0, metrics.undeliverable.sum(), "given up without the usual proof");
    assertEquals(9, sender.get().setAside());

    // It is retried until the bus accepts some of the others, which makes room for it.
    bus.judge = (entry, call) -> entry.detail().contains("large") ? REFUSED : TAKEN;
    await(() -> sender.get().setAside() < 9);
    keep(observation(Severity.LOW, "another"));
    awaitEmptySpool();
    await(() -> sender.get().setAside() == 1);
    assertEquals(13, metrics.sent.sum());
    assertEquals(0, metrics.undeliverable.sum());
  }

  @Test
  void aCallThatIsTooLargeAsAWholeCostsNoAlert() {
    bus.together = true;
    bus.judge = (entry, call) -> bus.calls.get(call - 1).size() > 1 ? NEVER : TAKEN;
    Observation[] many = new Observation[30];
    for (int i = 0; i < many.length; i++) {
      many[i] = observation(Severity.LOW, "alert " + i + " " + "x".repeat(1_000));
    }
    keep(many);
    awaitEmptySpool();
    assertEquals(30, metrics.sent.sum());
    assertEquals(0, metrics.undeliverable.sum());
  }
}
