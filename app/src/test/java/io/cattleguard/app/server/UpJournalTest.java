package io.cattleguard.app.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.sources.parsing.Reading;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The server's output: one line per incident, whatever text an attacker puts into an alert. */
final class UpJournalTest {
  private static final String FORGED = "2026-03-02T09:15:03Z  opened    score 100  shop/victim";

  /** Time, event, and a text without control or formatting characters. */
  private static final Pattern LINE =
      Pattern.compile(
          "2026-03-02T09:15:02Z  [a-z]+ +[^\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Zl}\\p{Zp}]+");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final UpJournal journal =
      new UpJournal(
          new PrintStream(out, false, StandardCharsets.UTF_8), () -> TestAlerts.AT.plusSeconds(2));

  private List<String> lines() {
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  static Stream<Arguments> hostile() {
    return Stream.of(
        Arguments.of("a new line", "web\n" + FORGED),
        Arguments.of("a carriage return", "web\r" + FORGED),
        Arguments.of("Windows' new line", "web\r\n" + FORGED),
        Arguments.of("Unicode's next line", "web\u0085" + FORGED),
        Arguments.of("Unicode's line separator", "web\u2028" + FORGED),
        Arguments.of("Unicode's paragraph separator", "web\u2029" + FORGED),
        Arguments.of("a vertical tab and a form feed", "web\u000b\f" + FORGED),
        Arguments.of("an escape that clears the screen", "\u001b[2J\u001b[H" + FORGED),
        Arguments.of("an escape that goes up a line", "\u001b[1A\u001b[2K" + FORGED),
        Arguments.of("an escape that sets the title", "\u001b]0;all is well\u0007"),
        Arguments.of("an escape of one character", "\u009b31m" + FORGED),
        Arguments.of("backspaces", "web" + "\b".repeat(60) + FORGED),
        Arguments.of("a NUL and a DEL", "web\u0000\u007f"),
        Arguments.of("a bidirectional override", "web\u202e" + FORGED + "\u202c"),
        Arguments.of("a bidirectional isolate", "web\u2067" + FORGED + "\u2069"),
        Arguments.of("what has no width", "we\u200bb\u200d\ufeff\u2060"),
        Arguments.of("tags outside of the first plane", "web\udb40\udc41\udb40\udc7f"),
        Arguments.of("half of a pair", "web\ud83d"),
        Arguments.of("a hundred thousand characters", "x".repeat(100_000)),
        Arguments.of("a hundred thousand new lines", "\n".repeat(100_000)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostile")
  void anAttackersTextNeverBreaksALine(String name, String text) {
    Target target = Target.builder().cluster("blue").node(text).namespace(text).pod(text).build();
    ScoredAlert alert =
        TestAlerts.scored(
            TestAlerts.alert("a-1", text, Severity.CRITICAL).target(target).build(), 90);
    journal.answered(alert, List.of(decision(alert, ResponseOutcome.TAKEN, text)), true);
    journal.respondedLater(decision(alert, ResponseOutcome.RELEASED, text));
    journal.read(new Reading.Unreadable(text));

    String all = out.toString(StandardCharsets.UTF_8);
    assertEquals(3, all.chars().filter(c -> c == '\n').count(), all);
    assertEquals(3, lines().size(), all);
    for (String line : lines()) {
      assertTrue(LINE.matcher(line).matches(), line);
      assertTrue(line.length() < 2_100, line.length() + " characters");
    }
  }

  private static ResponseDecided decision(ScoredAlert alert, ResponseOutcome outcome, String text) {
    return new ResponseDecided(
        alert,
        "reverse-shell",
        "delete-pod",
        "pod " + text,
        outcome,
        List.of(text),
        text,
        TestAlerts.AT,
        null);
  }

  private static ScoredAlert alert(String id, Acceptance acceptance, int count) {
    return new ScoredAlert(
        new AcceptedAlert(
            TestAlerts.reverseShell(id),
            "5d41402abc4b2a76b9719d911017c592",
            acceptance,
            count,
            TestAlerts.AT,
            TestAlerts.AT,
            1,
            1),
        90,
        List.of(new Points(90, "a test says so")));
  }

  @Test
  void anIncidentOfSeveralPlaybooksIsOneLine() {
    ScoredAlert alert = alert("a-1", Acceptance.OPENED, 1);
    journal.answered(
        alert,
        List.of(
            decision(alert, ResponseOutcome.TAKEN, "it is gone"),
            decision(alert, ResponseOutcome.REFUSED, "the last one that is ready")),
        true);

    assertEquals(1, lines().size(), out.toString(StandardCharsets.UTF_8));
    assertTrue(lines().get(0).contains("delete-pod taken: it is gone"), lines().get(0));
    assertTrue(lines().get(0).contains("delete-pod refused: the last one"), lines().get(0));
    assertFalse(lines().get(0).contains("mode: enforce"), lines().get(0));
  }

  @Test
  void aCopyOfAnIncidentIsNoSecondLine() {
    ScoredAlert alert = alert("a-1", Acceptance.OPENED, 1);
    journal.answered(alert, List.of(), false);
    journal.answered(alert, List.of(), false);

    assertEquals(1, lines().size());
    assertTrue(lines().get(0).contains("no playbook matches"), lines().get(0));
  }

  @ParameterizedTest
  @EnumSource(
      value = Acceptance.class,
      names = {"REPEATED", "CONTINUING"})
  void aRepeatIsALineOnlyWhereSomethingWasDone(Acceptance again) {
    ScoredAlert tenth = alert("a-10", again, 10);
    journal.answered(
        tenth, List.of(decision(tenth, ResponseOutcome.OBSERVED, "would delete it")), true);
    assertEquals(List.of(), lines());

    ScoredAlert hundredth = alert("a-100", again, 100);
    journal.answered(
        hundredth, List.of(decision(hundredth, ResponseOutcome.TAKEN, "it is gone")), true);
    assertEquals(1, lines().size());
  }

  @Test
  void aRetriedReleaseIsPrintedOnce() {
    ScoredAlert alert = alert("a-1", Acceptance.OPENED, 1);
    for (int tries = 0; tries < 3; tries++) {
      journal.respondedLater(
          decision(
              alert, ResponseOutcome.RELEASED, "lease expired: the pod is back on the network"));
    }
    assertEquals(1, lines().size());
    assertTrue(lines().get(0).contains("released"), lines().get(0));
  }

  @Test
  void anObservedStepIsPrintedWithItsReasonAndHowToEnforceIt() {
    ScoredAlert alert = alert("a-1", Acceptance.SPREAD, 2);
    journal.answered(
        alert, List.of(decision(alert, ResponseOutcome.OBSERVED, "would delete it")), true);

    String line = lines().get(0);
    assertTrue(
        line.contains("observe mode: delete-pod would have been refused (would delete it)"), line);
    assertTrue(line.contains("mode: enforce in the copy's playbooks/reverse-shell.yaml"), line);
  }
}
