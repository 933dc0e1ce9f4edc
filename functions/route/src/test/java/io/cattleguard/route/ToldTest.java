package io.cattleguard.route;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import io.cattleguard.route.slack.message.SlackMessage;
import io.cattleguard.route.slack.message.SlackPreview;
import io.cattleguard.route.slack.message.SlackView;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ToldTest {
  private static Notice.About alert(Notices notices) {
    return new Notice.Scored(notices.scored());
  }

  private static Notice.About outcome(
      String action, String target, ResponseOutcome outcome, int second) {
    return new Notice.Decided(
        new ResponseDecided(
            Notices.alert().scored(),
            "reverse-shell",
            action,
            target,
            outcome,
            List.of(),
            "done",
            T0.plusSeconds(second),
            null));
  }

  /** An action that this version does not know, with the effect that its event states. */
  private static Notice.About stated(ResponseDecided.Effect effect) {
    return outcome("newest-action", "pod a", ResponseOutcome.TAKEN, 1) instanceof Notice.Decided one
        ? new Notice.Decided(one.decided().with(effect))
        : fail("an outcome");
  }

  private static Told told(List<Notice.About> notices) {
    Told told = Told.NOTHING;
    for (Notice.About notice : notices) {
      told = told.with(notice);
    }
    return told;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void theOrderOfNoticesAndOfBatchesDoesNotMatter(long seed) {
    List<Severity> severities = List.of(Severity.LOW, Severity.MEDIUM, Severity.HIGH);
    List<Notice.About> notices = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      notices.add(
          alert(
              Notices.alert()
                  .id("a" + i)
                  .fingerprint("f" + i % 4)
                  .repeated(i + 1, T0.plusSeconds(i))
                  .severity(severities.get(i % 3))
                  .score(50 + i % 2)));
    }
    for (int i = 0; i < 4; i++) {
      notices.add(
          alert(
              Notices.alert()
                  .id("d" + i)
                  .fingerprint("d")
                  .deviation("file:/x" + i)
                  .repeated(i + 1, T0.plusSeconds(i))
                  .severity(Severity.LOW)));
    }
    notices.add(outcome("isolate-pod", "pod a", ResponseOutcome.TAKEN, 3));
    notices.add(outcome("isolate-pod", "pod a", ResponseOutcome.RELEASED, 9));
    notices.add(outcome("delete-pod", "pod a", ResponseOutcome.REFUSED, 4));
    Told all = told(notices);
    Random random = new Random(seed);
    for (int i = 0; i < 50; i++) {
      Collections.shuffle(notices, random);
      int cut = random.nextInt(notices.size());
      Told one = told(notices.subList(0, cut));
      Told other = told(notices.subList(random.nextInt(cut + 1), notices.size()));

      assertTrue(all.looksLike(told(notices)));
      assertTrue(all.looksLike(one.merged(other)));
      assertTrue(all.looksLike(other.merged(one)));
      assertTrue(all.looksLike(all.merged(one)), "and knowing it twice changes nothing");
    }
  }

  static Stream<Arguments> states() {
    Notice.About free = alert(Notices.alert());
    Notice.About blocked = alert(Notices.alert().fingerprint("b").traits("blocked"));
    Notice.About isolated = outcome("isolate-pod", "pod a", ResponseOutcome.TAKEN, 1);
    return Stream.of(
        Arguments.of("nothing was done", Told.State.OPEN, List.of(free)),
        Arguments.of("all was blocked", Told.State.BLOCKED, List.of(blocked)),
        Arguments.of("not all was blocked", Told.State.OPEN, List.of(blocked, free)),
        Arguments.of("isolated", Told.State.CONTAINED, List.of(free, isolated)),
        Arguments.of(
            "isolated, but the pod must stay",
            Told.State.CONTAINED,
            List.of(isolated, outcome("delete-pod", "pod a", ResponseOutcome.REFUSED, 2))),
        Arguments.of(
            "isolated, and another pod was refused",
            Told.State.PARTLY_CONTAINED,
            List.of(isolated, outcome("isolate-pod", "pod b", ResponseOutcome.REFUSED, 2))),
        Arguments.of(
            "two pods isolated",
            Told.State.CONTAINED,
            List.of(isolated, outcome("isolate-pod", "pod b", ResponseOutcome.EXTENDED, 2))),
        Arguments.of(
            "undone",
            Told.State.RELEASED,
            List.of(isolated, outcome("isolate-pod", "pod a", ResponseOutcome.RELEASED, 9))),
        Arguments.of(
            "undone, as an older outcome says later",
            Told.State.RELEASED,
            List.of(outcome("isolate-pod", "pod a", ResponseOutcome.RELEASED, 9), isolated)),
        Arguments.of(
            "evidence alone contains nothing",
            Told.State.OPEN,
            List.of(outcome("capture-evidence", "pod a", ResponseOutcome.TAKEN, 1))),
        Arguments.of(
            "one denied address contains nothing",
            Told.State.OPEN,
            List.of(outcome("block-egress", "pod a", ResponseOutcome.TAKEN, 1))),
        Arguments.of(
            "a new action that states no effect on an attack",
            Told.State.OPEN,
            List.of(stated(ResponseDecided.Effect.NONE))),
        Arguments.of(
            "a new action that states that an attack may go on",
            Told.State.OPEN,
            List.of(stated(ResponseDecided.Effect.LIMITS))),
        Arguments.of(
            "a new action that states that it contains",
            Told.State.CONTAINED,
            List.of(stated(ResponseDecided.Effect.CONTAINS))),
        Arguments.of(
            "one denied address hides no refusal",
            Told.State.REFUSED,
            List.of(
                outcome("block-egress", "pod a", ResponseOutcome.TAKEN, 1),
                outcome("isolate-pod", "pod a", ResponseOutcome.REFUSED, 2))),
        Arguments.of(
            "undone, and the pod must stay",
            Told.State.RELEASED,
            List.of(
                isolated,
                outcome("isolate-pod", "pod a", ResponseOutcome.RELEASED, 9),
                outcome("delete-pod", "pod a", ResponseOutcome.REFUSED, 2))),
        Arguments.of(
            "undone, and another pod was refused",
            Told.State.REFUSED,
            List.of(
                isolated,
                outcome("isolate-pod", "pod a", ResponseOutcome.RELEASED, 9),
                outcome("isolate-pod", "pod b", ResponseOutcome.REFUSED, 2))),
        Arguments.of(
            "undone, and another pod was only observed",
            Told.State.OBSERVED,
            List.of(
                isolated,
                outcome("isolate-pod", "pod a", ResponseOutcome.RELEASED, 9),
                outcome("isolate-pod", "pod b", ResponseOutcome.OBSERVED, 2))),
        Arguments.of(
            "undone, and another pod is isolated",
            Told.State.PARTLY_CONTAINED,
            List.of(
                isolated,
                outcome("isolate-pod", "pod a", ResponseOutcome.RELEASED, 9),
                outcome("isolate-pod", "pod b", ResponseOutcome.TAKEN, 2))),
        Arguments.of(
            "requested",
            Told.State.REQUESTED,
            List.of(outcome("isolate-pod", "pod a", ResponseOutcome.REQUESTED, 1))),
        Arguments.of(
            "failed, and the other pod was refused",
            Told.State.FAILED,
            List.of(
                outcome("isolate-pod", "pod a", ResponseOutcome.FAILED, 1),
                outcome("isolate-pod", "pod b", ResponseOutcome.REFUSED, 1))),
        Arguments.of(
            "waits",
            Told.State.AWAITING_APPROVAL,
            List.of(outcome("isolate-pod", "pod a", ResponseOutcome.AWAITING_APPROVAL, 1))),
        Arguments.of(
            "observed",
            Told.State.OBSERVED,
            List.of(outcome("isolate-pod", "pod a", ResponseOutcome.OBSERVED, 1))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("states")
  void theStateIsWhatBecameOfEachObject(String what, Told.State state, List<Notice.About> notices) {
    assertEquals(state, told(notices).state());
  }

  @Test
  void aReleaseKeepsWhyItEnded() {
    Told told =
        told(
            List.of(
                outcome("isolate-pod", "pod a", ResponseOutcome.TAKEN, 1),
                outcome("isolate-pod", "pod a", ResponseOutcome.RELEASED, 9)));

    assertEquals("done", told.responses().getFirst().why());
    List<String> message =
        SlackPreview.lines(
            SlackMessage.incident(told.with(alert(Notices.alert())), SlackView.PLAIN), "#security");
    assertTrue(
        message.stream().anyMatch(line -> line.contains("Ended: isolate-pod on pod a")),
        message.toString());
  }

  @Test
  void theGravestSeverityIsShownAlsoIfItsAlertWasNotTold() {
    Told told = told(List.of(alert(Notices.alert().severity(Severity.LOW).incident("i", "shell"))));

    assertEquals(Optional.of(Severity.HIGH), told.severity(), "of the step");
    assertFalse(told.isGraver(Notices.alert().severity(Severity.LOW).scored()));
  }

  @Test
  void inAStormOnlyAProblemThatOpensIsGraveNews() {
    Told told = Told.NOTHING;
    for (int i = 0; i < 40; i++) {
      told = told.with(alert(Notices.alert().fingerprint("f" + i)));
    }

    assertFalse(told.isGraveNews(Notices.alert().fingerprint("f1").scored()), "known");
    assertTrue(told.isGraveNews(Notices.alert().fingerprint("x").scored()));
    assertFalse(
        told.isGraveNews(Notices.alert().fingerprint("x").repeated(10, T0).scored()),
        "not in the list, which is full");
  }

  @Test
  void aStormMakesNoStoredStateGrowForEver() {
    Told told = Told.NOTHING;
    for (int i = 0; i < 300; i++) {
      told =
          told.with(alert(Notices.alert().fingerprint("f" + i).rule("r".repeat(5_000))))
              .with(outcome("isolate-pod", "pod " + i, ResponseOutcome.TAKEN, i))
              .replied("r" + i);
    }

    assertEquals(40, told.problems().size());
    assertEquals(40, told.responses().size());
    assertEquals("pod 299", told.responses().getLast().target(), "the latest are kept");
    assertEquals(100, told.replies().size());
    assertTrue(told.replies().contains("r299"));
    assertTrue(
        told.problems().stream().allMatch(one -> String.valueOf(one.rule()).length() <= 502));
    assertEquals("", told.gravest().orElseThrow().alert().raw());
  }
}
