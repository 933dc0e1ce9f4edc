package io.cattleguard.sensor.learn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.TakesLong;
import io.cattleguard.events.observed.ObservedBehaviour;
import io.cattleguard.events.observed.ObservedWorkload;
import io.cattleguard.events.observed.WorkloadObserved;
import io.cattleguard.models.Observations;
import io.cattleguard.sensor.send.Bus;
import io.cattleguard.sensor.spool.Entry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests which behaviour a sensor reports, how often, and within which limits. */
final class NodeObserverTest {
  private static final boolean LONG = Boolean.getBoolean(TakesLong.PROPERTY);
  private static final int HOURS = LONG ? 24 : 8;
  private static final int HOURS_OF_FLOOD = LONG ? 10 : 3;

  private static final Instant START = Instant.parse("2026-03-02T00:00:00Z");
  private static final int ENTRY_BYTES = 200_000;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir private Path directory;

  private final List<Entry> sent = new ArrayList<>();
  private final List<Instant> calls = new ArrayList<>();
  private final List<String> troubles = new ArrayList<>();
  private Instant now = START;
  private Bus.Outcome answer = new Bus.Outcome.Accepted();

  private NodeObserver observer() {
    Bus bus =
        entries -> {
          calls.add(now);
          if (answer instanceof Bus.Outcome.Accepted) {
            sent.addAll(entries);
          }
          return entries.stream().map(entry -> answer).toList();
        };
    return new NodeObserver(
        "blue", "node-a", ENTRY_BYTES, bus, directory, new Observations(), troubles::add, now);
  }

  /** Lets time pass, in steps of ten seconds. */
  private void pass(NodeObserver observer, Duration time) {
    for (Instant end = now.plus(time); now.isBefore(end); ) {
      now = now.plusSeconds(10);
      observer.tick(now);
    }
  }

  private List<WorkloadObserved> reports() {
    return sent.stream()
        .map(
            entry -> {
              try {
                return WorkloadObserved.read(JSON.readTree(entry.detail()));
              } catch (JsonProcessingException e) {
                throw new AssertionError(e);
              }
            })
        .toList();
  }

  private List<ObservedBehaviour> behaviour() {
    return reports().stream()
        .flatMap(report -> report.workloads().stream())
        .flatMap(workload -> workload.behaviour().stream())
        .toList();
  }

  @Test
  void aNewProgramIsReportedOnceWithinSeconds() {
    NodeObserver observer = observer();
    for (int i = 0; i < 100; i++) {
      observer.take(TetragonLines.exec("web", "web-1", "/usr/bin/convert", now), now);
      pass(observer, Duration.ofSeconds(10));
    }

    WorkloadObserved report = reports().getFirst();
    ObservedWorkload workload = report.workloads().getFirst();
    assertEquals(DetailType.WORKLOAD_OBSERVED, sent.getFirst().type());
    assertEquals("node-a", report.node());
    assertEquals(
        List.of("shop", "Deployment", "web", "main"),
        List.of(workload.namespace(), workload.kind(), workload.name(), workload.container()));
    ObservedBehaviour program = workload.behaviour().getFirst();
    assertEquals(
        List.of("executable", "/usr/bin/convert", "/usr/sbin/init", "running", "web-1"),
        List.of(
            program.kind(),
            program.subject(),
            program.detail(),
            program.phase(),
            program.instance()));
    assertEquals(1, behaviour().size(), "only once");
    assertTrue(Duration.between(START, calls.getFirst()).toSeconds() <= 10);
  }

  @Test
  void whatIsKnownIsReportedAgainOnceADayWithItsCount() {
    NodeObserver observer = observer();
    for (int hour = 0; hour < 3 * 24; hour++) {
      observer.take(TetragonLines.exec("web", "web-1", "/bin/date", now), now);
      pass(observer, Duration.ofHours(1));
    }

    assertEquals(3, behaviour().size(), () -> behaviour().toString());
    long count = behaviour().getLast().count();
    assertTrue(count == 24 || count == 25, () -> count + ": once an hour since the last report");
  }

  @Test
  void aSecondStartIsReportedBecauseItConfirmsAndAThirdIsNot() {
    NodeObserver observer = observer();
    for (String pod : List.of("web-1", "web-2", "web-3", "web-4")) {
      observer.take(TetragonLines.exec("web", pod, "/bin/date", now), now);
      pass(observer, Duration.ofHours(2));
    }

    assertEquals(
        List.of("web-1", "web-2"), behaviour().stream().map(ObservedBehaviour::instance).toList());
  }

  @Test
  void eachCallIsReportedForTwoStartsAndEachRecordedStart() {
    NodeObserver observer = observer();
    for (String pod : List.of("web-1", "web-2", "web-3")) {
      for (int number : List.of(0, 1, 257, 0, 1)) {
        observer.take(TetragonLines.call("web", pod, number, now), now);
      }
      pass(observer, Duration.ofHours(2));
    }

    List<String> told =
        behaviour().stream()
            .map(one -> one.instance() + " " + one.detail() + " " + one.subject())
            .sorted()
            .toList();
    assertEquals(
        List.of(
            "web-1  *",
            "web-1 x64 openat",
            "web-1 x64 read",
            "web-1 x64 write",
            "web-2  *",
            "web-2 x64 openat",
            "web-2 x64 read",
            "web-2 x64 write",
            "web-3  *"),
        told);
    assertTrue(calls.size() <= 3, calls.toString());
  }

  @Test
  void aTracerOfManyPodsTakesNoRoomOfOtherBehaviour() {
    NodeObserver observer = observer();
    for (int workload = 0; workload < 20; workload++) {
      for (int number = 0; number < 300; number++) {
        observer.take(TetragonLines.call("app-" + workload, "app-0", number, now), now);
      }
    }
    assertEquals(NodeBook.CALLS, observer.book().facts());
    observer.take(TetragonLines.exec("web", "web-1", "/usr/bin/convert", now), now);
    assertEquals(NodeBook.CALLS + 1, observer.book().facts());
    pass(observer, Duration.ofMinutes(1));
    assertTrue(
        reports().stream()
            .flatMap(report -> report.workloads().stream())
            .anyMatch(workload -> workload.refused().containsKey("system-call")),
        "a report says that a record is not complete");
    Instant later = now.plus(Duration.ofDays(8));
    observer.book().forget(later);
    observer.take(TetragonLines.call("web", "web-1", 0, later), later);
    assertTrue(observer.book().facts() > 0, "what was forgotten leaves its room");
  }

  @Test
  void whatAStartDoesAndARunningContainerDoesTooIsReportedForBoth() {
    NodeObserver observer = observer();
    byte[] atStart = TetragonLines.exec("shop", "web", "web-1", "/bin/date", now, now);
    observer.take(atStart, now);
    pass(observer, Duration.ofHours(2));
    observer.take(TetragonLines.exec("shop", "web", "web-1", "/bin/date", now, START), now);
    pass(observer, Duration.ofHours(2));

    assertEquals(
        List.of("startup", "running"), behaviour().stream().map(ObservedBehaviour::phase).toList());
  }

  /**
   * A day (or a part of one) of a node with 30 workloads; each hour one is replaced and one is new.
   */
  @Test
  void onAnOrdinaryDayTheCallsStayBelowFiveAnHour() {
    NodeObserver observer = observer();
    Random random = new Random(20);
    TreeMap<Integer, Integer> perHour = new TreeMap<>();
    int events = 0;
    for (int minute = 0; minute < HOURS * 60; minute++) {
      now = START.plus(Duration.ofMinutes(minute));
      for (int i = 0; i < 20; i++) {
        int workload = random.nextInt(30);
        int hour = minute / 60;
        String pod = "app-" + workload + "-" + (workload == hour % 30 ? hour : 0);
        // Mostly the same programs; seldom a new one.
        int program = random.nextInt(1_000) == 0 ? 100 + random.nextInt(400) : random.nextInt(25);
        observer.take(
            TetragonLines.exec(
                "app-" + workload,
                pod,
                "/usr/bin/tool-" + (char) ('a' + program % 26) + (char) ('a' + program / 26),
                now),
            now);
        events++;
      }
      observer.tick(now);
      observer.tick(now.plusSeconds(30));
    }
    calls.forEach(
        at -> perHour.merge((int) Duration.between(START, at).toHours(), 1, Integer::sum));
    perHour.remove(0); // it meets the node

    assertEquals(HOURS * 60 * 20, events);
    assertTrue(perHour.values().stream().allMatch(count -> count < 5), () -> perHour.toString());
    assertTrue(calls.size() > 5, "it reports at all");
  }

  @Test
  void aFloodOfNewProgramsMakesNoMoreCallsThanTheAllowance() {
    NodeObserver observer = observer();
    for (int minute = 0; minute < 24 * 60; minute++) {
      now = now.plusSeconds(60);
      observer.take(
          TetragonLines.exec(
              "w" + minute % 40, "p", "/opt/" + "x".repeat(minute % 200) + "/y", now),
          now);
      observer.tick(now);
    }

    assertTrue(calls.size() <= 24 * 4 + CallAllowance.BURST, () -> calls.size() + " calls");
  }

  @Test
  void everyReportFitsIntoAnEntryAndTheRestFollows() {
    NodeObserver observer = observer();
    Set<String> programs = new HashSet<>();
    for (int workload = 0; workload < 10; workload++) {
      for (int i = 0; i < 300; i++) {
        String program = "/opt/" + letters(i) + "/" + "日\"".repeat(60) + letters(workload);
        programs.add(program);
        observer.take(TetragonLines.exec("w" + workload, "pod", program, now), now);
      }
    }
    pass(observer, Duration.ofHours(12));

    for (Entry entry : sent) {
      int bytes = entry.detail().getBytes(StandardCharsets.UTF_8).length;
      assertTrue(bytes < ENTRY_BYTES, () -> bytes + " bytes");
    }
    assertTrue(sent.size() > 3);
    assertEquals(programs.size(), behaviour().size());
  }

  private static String letters(int number) {
    return "" + (char) ('a' + number % 26) + (char) ('a' + number / 26 % 26);
  }

  @Test
  void atItsBoundAWorkloadIsRefusedMoreAndItsReportsSaySo() {
    NodeObserver observer = observer();
    for (int i = 0; i < NodeBook.FACTS_OF_A_WORKLOAD + 50; i++) {
      String program = "/opt/" + letters(i) + letters(i / 676) + "/tool";
      observer.take(TetragonLines.exec("greedy", "pod", program, now), now);
    }
    observer.take(TetragonLines.exec("other", "pod", "/bin/date", now), now);
    pass(observer, Duration.ofHours(3));

    assertEquals(NodeBook.FACTS_OF_A_WORKLOAD + 1, observer.book().facts());
    assertEquals(50, observer.book().refused());
    List<ObservedWorkload> workloads =
        reports().stream().flatMap(report -> report.workloads().stream()).toList();
    assertEquals(
        50,
        workloads.stream()
            .filter(workload -> workload.name().equals("greedy"))
            .mapToLong(workload -> workload.refused().getOrDefault("executable", 0L))
            .sum());
    assertTrue(
        workloads.stream().anyMatch(workload -> workload.name().equals("other")),
        "another workload still has room");
    assertEquals(1, troubles.size(), troubles::toString);
  }

  @Test
  void aFullWorkloadStillReportsWhatIntrudersDoAndThatItIsFull() {
    NodeObserver observer = observer();
    for (int i = 0; i < NodeBook.FACTS_OF_A_WORKLOAD; i++) {
      String program = "/opt/" + letters(i) + letters(i / 676) + "/tool";
      observer.take(TetragonLines.exec("greedy", "pod", program, now), now);
    }
    pass(observer, Duration.ofHours(3));
    sent.clear();
    observer.take(TetragonLines.exec("greedy", "pod", "/bin/sh", now), now);
    observer.take(TetragonLines.exec("greedy", "pod", "/opt/more/tool", now), now);
    pass(observer, Duration.ofMinutes(1));

    assertEquals(List.of("/bin/sh"), behaviour().stream().map(ObservedBehaviour::subject).toList());
    assertEquals(Map.of("executable", 1L), reports().getFirst().workloads().getFirst().refused());
  }

  @Test
  void aRefusalAloneIsReportedWithinSecondsAndOnce() {
    NodeObserver observer = observer();
    for (int i = 0; i < NodeBook.FACTS_OF_A_WORKLOAD; i++) {
      String program = "/opt/" + letters(i) + letters(i / 676) + "/tool";
      observer.take(TetragonLines.exec("greedy", "pod", program, now), now);
    }
    pass(observer, Duration.ofHours(3));
    sent.clear();
    for (int i = 0; i < 100; i++) {
      observer.take(TetragonLines.exec("greedy", "pod", "/opt/more/tool", now), now);
      pass(observer, Duration.ofMinutes(1));
    }

    assertEquals(1, reports().size());
    assertEquals(Map.of("executable", 1L), reports().getFirst().workloads().getFirst().refused());
  }

  @Test
  void aFloodOfWhatIntrudersDoIsBounded() {
    NodeObserver observer = observer();
    for (int i = 0; i < 3_000; i++) {
      String parent = letters(i) + letters(i / 676);
      observer.take(TetragonLines.exec("w" + i % 3, "pod", "/opt/" + parent + "/sh", now), now);
    }

    assertEquals(3 * NodeBook.RISKY_FACTS_OF_A_WORKLOAD, observer.book().facts());
  }

  @Test
  void whatIntrudersDoDoesNotWaitForTheAllowanceOfHarmlessNews() {
    NodeObserver observer = observer();
    for (int i = 0; i < 60; i++) {
      observer.take(TetragonLines.exec("web", "web-1", "/opt/" + letters(i) + "/x", now), now);
      pass(observer, Duration.ofSeconds(20));
    }
    sent.clear();
    observer.take(TetragonLines.exec("web", "web-1", "/bin/sh", now), now);
    pass(observer, Duration.ofSeconds(30));

    assertEquals("/bin/sh", behaviour().getFirst().subject());
  }

  @Test
  void aFloodOfWhatIntrudersDoMakesTwelveCallsAnHourMore() {
    NodeObserver observer = observer();
    for (int minute = 0; minute < HOURS_OF_FLOOD * 60; minute++) {
      String program = "/opt/" + letters(minute) + "/sh";
      observer.take(TetragonLines.exec("w" + minute % 40, "p", program, now), now);
      pass(observer, Duration.ofMinutes(1));
    }

    assertTrue(
        calls.size() <= HOURS_OF_FLOOD * (4 + 12) + 2 * CallAllowance.BURST,
        () -> calls.size() + "");
    assertTrue(calls.size() >= HOURS_OF_FLOOD * 12, () -> calls.size() + "");
  }

  @Test
  void theIntruderInEveryReplacementPodIsReportedAtOnce() {
    NodeObserver observer = observer();
    for (String pod : List.of("web-1", "web-2", "web-3", "web-4")) {
      observer.take(TetragonLines.exec("web", pod, "/bin/sh", now), now);
      pass(observer, Duration.ofMinutes(10));
    }

    assertEquals(
        List.of("web-1", "web-2", "web-3", "web-4"),
        behaviour().stream().map(ObservedBehaviour::instance).toList());
  }

  @Test
  void whatAnIntruderGoesOnDoingIsRepeatedEvery15Minutes() {
    NodeObserver observer = observer();
    for (int minute = 0; minute < 60; minute++) {
      observer.take(TetragonLines.exec("web", "web-1", "/bin/sh", now), now);
      pass(observer, Duration.ofMinutes(1));
    }

    assertEquals(4, behaviour().size(), () -> behaviour().toString());
  }

  @Test
  void memoryIsBoundedForAnyNumberOfWorkloads() {
    NodeObserver observer = observer();
    for (int i = 0; i < 10_000; i++) {
      String long1 = letters(i) + letters(i / 676) + "x".repeat(240);
      observer.take(TetragonLines.exec("w" + i, "pod-" + long1, "/opt/" + long1, now), now);
    }

    assertTrue(observer.book().facts() <= NodeBook.FACTS);
    assertTrue(observer.book().characters() <= NodeBook.CHARACTERS);
    assertTrue(observer.book().refused() >= 2_000);
  }

  @Test
  void aRestartRemembersWhatWasReportedAndWhatWasNot() {
    NodeObserver before = observer();
    before.take(TetragonLines.exec("web", "web-1", "/bin/date", now), now);
    pass(before, Duration.ofHours(3));
    assertEquals(1, behaviour().size());
    answer = new Bus.Outcome.Later("unanswered", "down");
    before.take(TetragonLines.exec("web", "web-1", "/tmp/dropper", now), now);
    pass(before, Duration.ofMinutes(2));
    assertEquals(1, behaviour().size(), "the bus was down");

    answer = new Bus.Outcome.Accepted();
    NodeObserver after = observer(); // as after kill -9: nothing was closed
    after.take(TetragonLines.exec("web", "web-1", "/bin/date", now), now);
    pass(after, Duration.ofHours(2));

    assertEquals(
        List.of("/bin/date", "/tmp/dropper"),
        behaviour().stream().map(ObservedBehaviour::subject).toList());
    assertEquals(List.of(), troubles);
  }

  @Test
  void aSensorThatCrashesAgainAndAgainMakesNoMoreCallsThanOneThatRuns() {
    for (int i = 0; i < 200; i++) {
      NodeObserver one = observer();
      one.take(TetragonLines.exec("web", "web-1", "/bin/tool-" + letters(i), now), now);
      pass(one, Duration.ofSeconds(30));
    }

    assertTrue(calls.size() <= 8, () -> calls.size() + " calls in 100 minutes");
    assertTrue(calls.size() >= 4, () -> calls.size() + " calls in 100 minutes");
  }

  @Test
  void aDamagedFileIsReportedAndEverythingIsReportedAgain() throws IOException {
    NodeObserver before = observer();
    before.take(TetragonLines.exec("web", "web-1", "/bin/date", now), now);
    pass(before, Duration.ofMinutes(1));
    Path file = directory.resolve(BookFile.NAME);
    assertTrue(Files.exists(file));
    Files.writeString(file, Files.readString(file).substring(0, 100));
    NodeObserver after = observer();
    after.take(TetragonLines.exec("web", "web-1", "/bin/date", now), now);
    pass(after, Duration.ofHours(1));

    assertEquals(1, troubles.size(), troubles::toString);
    assertEquals(2, behaviour().size());
  }

  @Test
  void aBusThatIsDownIsCalledWithinTheAllowanceAndGetsAllOfItLater() {
    NodeObserver observer = observer();
    answer = new Bus.Outcome.Later("unanswered", "down");
    observer.take(TetragonLines.exec("web", "web-1", "/bin/date", now), now);
    pass(observer, Duration.ofHours(10));
    int inVain = calls.size();
    answer = new Bus.Outcome.Accepted();
    pass(observer, Duration.ofHours(1));

    assertTrue(inVain <= 44, () -> inVain + " calls");
    assertEquals(1, behaviour().size());
  }

  @Test
  void aReportThatTheBusRejectsForGoodHoldsUpNoOther() {
    NodeObserver observer = observer();
    answer = new Bus.Outcome.Never("malformed");
    observer.take(TetragonLines.exec("web", "web-1", "/bin/date", now), now);
    pass(observer, Duration.ofHours(1));
    answer = new Bus.Outcome.Accepted();
    observer.take(TetragonLines.exec("web", "web-1", "/bin/cat", now), now);
    pass(observer, Duration.ofHours(1));

    assertEquals(
        List.of("/bin/cat"), behaviour().stream().map(ObservedBehaviour::subject).toList());
    assertEquals(1, troubles.size(), troubles::toString);
  }

  @Test
  void whatWasNotSeenForAWeekIsForgotten() {
    NodeObserver observer = observer();
    observer.take(TetragonLines.exec("web", "web-1", "/bin/date", now), now);
    pass(observer, Duration.ofHours(1));
    assertEquals(1, observer.book().facts());
    pass(observer, Fact.FORGOTTEN.plusHours(2));

    assertEquals(0, observer.book().facts());
    assertEquals(0, observer.book().characters());
  }

  @Test
  void namesOfAMegabyteAndControlCharactersAreBoundedAndVisible() {
    NodeObserver observer = observer();
    String hostile = "\u001b[2J\u202e\n\"}]}'; --".repeat(3_000);
    observer.take(TetragonLines.exec(hostile, hostile, "/tmp/" + hostile, now), now);
    observer.take("not JSON".getBytes(StandardCharsets.UTF_8), now);
    observer.take("[".repeat(50_000).getBytes(StandardCharsets.UTF_8), now);
    observer.take(new byte[] {(byte) 0xff, 0}, now);
    pass(observer, Duration.ofHours(1));

    ObservedWorkload workload = reports().getFirst().workloads().getFirst();
    for (String text :
        List.of(
            workload.name(),
            workload.behaviour().getFirst().subject(),
            workload.behaviour().getFirst().instance())) {
      assertTrue(text.length() <= ObservedBehaviour.LONGEST, () -> text.length() + " characters");
      assertFalse(text.chars().anyMatch(c -> c < 0x20 || c == 0x202e), text);
    }
    assertEquals(List.of(), troubles);
  }

  @Test
  void aReportIsAnEventOfItsSchemaAndReadsBack() {
    NodeObserver observer = observer();
    observer.take(TetragonLines.exec("web", "web-1", "/bin/date", now), now);
    pass(observer, Duration.ofMinutes(1));

    assertEquals(reports().getFirst().write().toString(), sent.getFirst().detail());
  }
}
