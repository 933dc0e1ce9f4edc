package io.cattleguard.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Entry.Kind;
import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.PeerKind;
import io.cattleguard.models.Entry.WrittenFile;
import io.cattleguard.models.Learner.Outcome;
import io.cattleguard.models.review.Readiness;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An intruder who is there while a model is learned teaches it nothing. */
final class TeachingTest {
  private static final Observation SHELL = Seen.program("a", "/bin/bash", "/usr/sbin/nginx");
  private static final Duration AGE = Duration.ofDays(30);

  @ParameterizedTest
  @EnumSource(Mode.class)
  void aShellInOneStartStaysADeviationInEveryMode(Mode mode) {
    Model model = Seen.learned(SHELL, SHELL, Seen.later(SHELL, Duration.ofDays(9))).withMode(mode);
    assertEquals("Shell not in model", rule(model, SHELL));
  }

  @Test
  void learningTheSameRecordingAgainDoesNotConfirmAShell() {
    Model model = Seen.learned(SHELL);
    for (int i = 0; i < 5; i++) {
      model = Merge.of(model, Seen.learned(SHELL), AGE);
    }
    assertEquals("Shell not in model", rule(model, SHELL));
    assertEquals(1, count(model));
  }

  @Test
  void aLaterRecordingOfTheSameStartDoesNotConfirmAShell() {
    Model model =
        Merge.of(Seen.learned(SHELL), Seen.learned(Seen.later(SHELL, Duration.ofDays(2))), AGE);
    assertEquals("Shell not in model", rule(model, SHELL));
    assertEquals(2, count(model));
  }

  @Test
  void oneStartStaysOneWhenAModelHasForgottenItsName() {
    Model model = Seen.learned(SHELL);
    for (int i = 0; i < Merge.NAMES + 1; i++) {
      Observation nginx = Seen.program("n" + i, "/usr/sbin/nginx", "/bin/sh");
      model = Merge.of(model, Seen.learned(Seen.later(nginx, Duration.ofHours(i))), AGE);
    }
    model = Merge.of(model, Seen.learned(Seen.later(SHELL, Duration.ofDays(2))), AGE);
    assertFalse(model.starts().size() < Merge.NAMES);
    assertEquals("Shell not in model", rule(model, SHELL));
  }

  @Test
  void aTimeInTheFutureDoesNotEraseAModel() {
    Model model =
        Merge.of(
            Seen.web(),
            Seen.learned(Seen.later(SHELL, Duration.ofDays(30_000))),
            AGE,
            Seen.START.plus(Duration.ofDays(1)));
    assertEquals("", rule(model, Seen.program("a", "/usr/sbin/nginx", "/bin/sh")));
    assertTrue(model.entries().size() > 5);
  }

  @Test
  void anotherStartConfirmsIt() {
    Observation other = Seen.program("b", "/bin/bash", "/usr/sbin/nginx");
    assertEquals("", rule(Seen.learned(SHELL, other), SHELL));
    assertEquals("", rule(Merge.of(Seen.learned(SHELL), Seen.learned(other), AGE), SHELL));
  }

  @Test
  void aPersonAcceptsIt() {
    Model model = Seen.web().accepting(SHELL.entry(), Seen.START);
    assertEquals("", rule(model, SHELL));
    Model aged =
        Merge.of(
            model,
            Seen.learned(
                Seen.later(Seen.program("z", "/usr/sbin/nginx", "/bin/sh"), Duration.ofDays(99))),
            AGE);
    assertEquals("", rule(aged, SHELL));
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void whatIsLearnedDoesNotChangeTheModeThatPeopleSet(Mode mode) {
    Model known = Seen.learned(SHELL).withMode(mode);
    assertEquals(mode, Merge.of(known, Seen.learned(SHELL), AGE).mode());
  }

  @Test
  void whatOnlyTheStartDoesIsADeviationWhileRunning() {
    Observation atStart = Seen.in(SHELL, Phase.STARTUP);
    Observation other = Seen.in(Seen.program("b", "/bin/bash", "/usr/sbin/nginx"), Phase.STARTUP);
    Model model = Seen.learned(atStart, other).withMode(Mode.OBSERVING);
    assertEquals("", rule(model, atStart));
    assertEquals("Shell not in model", rule(model, SHELL));
    assertEquals("Shell not in model", rule(model, Seen.in(SHELL, Phase.UNKNOWN)));
  }

  @Test
  void countsDoNotGrowBeyondWhatAModelFileHolds() {
    Model model = Seen.learned(times(SHELL, Long.MAX_VALUE), times(SHELL, Long.MAX_VALUE));
    model = Merge.of(model, Seen.learned(times(Seen.later(SHELL, AGE), 5)), AGE);
    assertEquals(Sighting.MOST, count(model));
  }

  private static Observation times(Observation seen, long count) {
    return new Observation(
        seen.workload(),
        seen.entry(),
        seen.phase(),
        seen.at(),
        seen.instance(),
        seen.start(),
        seen.image(),
        seen.digest(),
        count);
  }

  @Test
  void aFloodNeitherPushesOutNorIsAcceptedNorIsSilent() {
    Learner learner = new Learner(Limits.DEFAULT);
    Observation nginx = Seen.program("a", "/usr/sbin/nginx", "/bin/sh");
    learner.observe(nginx);
    int refused = 0;
    for (int i = 0; i < 50_000; i++) {
      String letters = Integer.toString(i, 26).replaceAll("[0-9]", "z") + i % 7;
      Observation flood = Seen.program("a", "/usr/bin/tool" + letters + "q" + i, "/bin/sh");
      refused += learner.observe(flood) == Outcome.REFUSED ? 1 : 0;
    }
    Model model = learner.model(Seen.WEB).orElseThrow().withMode(Mode.OBSERVING);
    assertTrue(refused > 49_000);
    assertEquals(Map.of(Kind.EXECUTABLE, (long) refused), model.refused());
    assertEquals("", rule(model, nginx));
    assertEquals(
        "Program not in model", rule(model, Seen.program("a", "/usr/bin/next", "/bin/sh")));
    assertEquals("Shell not in model", rule(model, SHELL));
    assertFalse(model.isComplete());
    assertEquals(
        List.of("not complete: more was observed than a model holds"),
        new Readiness(Duration.ZERO, 0).objections(model));
  }

  @Test
  void aFloodOfOneKindLeavesRoomForTheOthers() {
    Learner learner = new Learner(Limits.DEFAULT);
    for (int i = 0; i < 9_999; i++) {
      learner.observe(Seen.of(new WrittenFile("/data/" + "x".repeat(90) + i), "a"));
    }
    assertEquals(Outcome.NEW, learner.observe(Seen.of(new Executable("/bin/a", ""), "a")));
  }

  @Test
  void aFloodOfPeersIsNotGeneralised() {
    Learner learner = new Learner(Limits.DEFAULT);
    for (int i = 0; i < 20_000; i++) {
      String network = (i >> 8) % 200 + 20 + "." + (i & 255) + ".3.0/24";
      learner.observe(Seen.of(new Peer(PeerKind.NETWORK, network, 443), "a"));
      learner.observe(Seen.of(new Peer(PeerKind.NETWORK, network, 443), "b"));
    }
    Model model = learner.model(Seen.WEB).orElseThrow();
    assertEquals(
        "Public peer not in model",
        rule(model, Seen.of(new Peer(PeerKind.NETWORK, "198.51.100.0/24", 443), "a")));
  }

  @Test
  void aFloodOfMergesDoesNotGrowAModel() {
    Model model = Seen.web();
    for (int i = 0; i < 6; i++) {
      Learner learner = new Learner(Limits.DEFAULT);
      for (int j = 0; j < 100; j++) {
        learner.observe(
            Seen.later(
                Seen.of(new WrittenFile("/data/n" + i + "x" + j + "y"), "c" + i),
                Duration.ofHours(i)));
      }
      model = Merge.of(model, learner.model(Seen.WEB).orElseThrow(), AGE);
    }
    assertTrue(model.entries().size() < 200, "entries: " + model.entries().size());
    assertTrue(model.refused().containsKey(Kind.WRITTEN_FILE));
  }

  @Test
  void moreWorkloadsThanThereIsRoomForPushNoneOut() {
    Learner learner = new Learner(new Limits(2, 9, 9, 9, 9, 9, 9, 999));
    Entry entry = new Executable("/bin/a", "");
    for (int i = 0; i < 5; i++) {
      Workload other = new Workload("prod", "shop", "Deployment", "w" + i, "c");
      learner.observe(Seen.of(other, entry, "a", Phase.RUNNING, Seen.START));
    }
    assertEquals(2, learner.size());
    assertEquals(3, learner.refusedWorkloads());
    assertEquals("w0", learner.models().getFirst().workload().name());
  }

  private static long count(Model model) {
    return Optional.ofNullable(model.entries().get(SHELL.entry())).orElseThrow().count();
  }

  private static String rule(Model model, Observation seen) {
    return Deviations.of(model, seen).map(Deviation::rule).orElse("");
  }
}
