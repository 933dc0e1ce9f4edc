package io.cattleguard.deduplicate.silence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.operators.IdentityPattern;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorCommand.About;
import io.cattleguard.events.operator.OperatorCommand.Verb;
import io.cattleguard.events.operator.OperatorCommand.Who;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests commands about silences that arrive as events. */
final class SilenceCommandsTest {
  private static final Instant AT = Instant.parse("2026-03-02T09:20:00Z");
  private static final String MATCH = "{\"fingerprint\":[\"b1946ac92492d2347c6235b4d2611184\"]}";
  private static final Who ANNA = new Who("slack:U1", Optional.of("anna"));

  private final InMemoryTable table = new InMemoryTable();
  private final StoredSilences silences = new StoredSilences(table, Duration.ZERO);
  private final SilenceCommands commands =
      new SilenceCommands(
          silences,
          new RecentProblems(table),
          new Operators(
              Map.of(
                  Verb.SILENCE,
                  List.of(new IdentityPattern("slack:U1")),
                  Verb.UNSILENCE,
                  List.of(new IdentityPattern("slack:U1")))));

  private static OperatorCommand silence(Who who, String match, Duration lasts) {
    return OperatorCommand.of(
        Verb.SILENCE,
        who,
        "known",
        AT,
        Optional.empty(),
        About.silence("7a1b2c3d", Optional.of(AT.plus(lasts)), Optional.of(match), false));
  }

  private static OperatorCommand unsilence(String id, Instant at) {
    return OperatorCommand.of(
        Verb.UNSILENCE,
        ANNA,
        "fixed",
        at,
        Optional.empty(),
        About.silence(id, Optional.empty(), Optional.empty(), false));
  }

  @Test
  void aKnownProblemIsSilencedAsGraveAsItIs() {
    new RecentProblems(table)
        .remember(
            TestAlerts.alert("a", "a rule", Severity.CRITICAL).build(),
            "b1946ac92492d2347c6235b4d2611184",
            AT);

    assertEquals(
        Optional.empty(), commands.carryOut(silence(ANNA, MATCH, Duration.ofHours(1)), AT));
    assertEquals(Severity.CRITICAL, silences.all().all().getFirst().upTo());
  }

  @Test
  void aProblemThatIsNotKnownIsSilencedUpToHigh() {
    assertEquals(
        Optional.empty(), commands.carryOut(silence(ANNA, MATCH, Duration.ofHours(1)), AT));
    assertEquals(Severity.HIGH, silences.all().all().getFirst().upTo());
  }

  @Test
  void aSilenceIsSetWithItsIdAndWhoSetIt() {
    assertEquals(
        Optional.empty(), commands.carryOut(silence(ANNA, MATCH, Duration.ofHours(1)), AT));

    Silence silence = silences.all().all().getFirst();
    assertEquals("7a1b2c3d", silence.id());
    assertEquals("anna (slack:U1)", silence.by());
    assertEquals(AT.plus(Duration.ofHours(1)), silence.until());
    assertFalse(silence.responders());
    assertTrue(silence.isActive(AT));
  }

  @Test
  void aCommandThatComesTwiceDoesNotSetAgainWhatWasEndedMeanwhile() {
    OperatorCommand set = silence(ANNA, MATCH, Duration.ofHours(1));
    commands.carryOut(set, AT);
    assertEquals(Optional.empty(), commands.carryOut(set, AT.plusSeconds(1)));
    assertEquals(1, silences.all().all().size());

    OperatorCommand end = unsilence("7a1b2c3d", AT.plusSeconds(2));
    assertEquals(Optional.empty(), commands.carryOut(end, AT.plusSeconds(2)));
    assertEquals(Optional.empty(), commands.carryOut(end, AT.plusSeconds(3)));
    assertEquals(Optional.empty(), commands.carryOut(set, AT.plusSeconds(4)));

    assertFalse(silences.all().all().getFirst().isActive(AT.plusSeconds(4)));
    assertEquals(1, silences.all().all().size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "slack:U2 | {\"fingerprint\":[\"b1\"]} | PT1H  | PT0S   | settings.yaml allows it to"
            + " slack:U1",
        "aws:A:x  | {\"fingerprint\":[\"b1\"]} | PT1H  | PT0S   | settings.yaml allows it to"
            + " slack:U1",
        "slack:U1 | {\"fingerprint\":[\"b1\"]} | PT1H  | PT16M  | more than 15 min ago",
        "slack:U1 | {\"fingerprint\":[\"b1\"]} | PT1H  | PT-3M  | in the future",
        "slack:U1 | {\"fingerprint\":[\"b1\"]} | PT-1H | PT0S   | passed already",
        "slack:U1 | {\"fingerprint\":[\"b1\"]} | P31D  | PT0S   | at most 30 days",
        "slack:U1 | {\"alert\":{\"class\":[\"runtime\"]}} | PT1H | PT0S | may hide any alert",
        "slack:U1 | {}                         | PT1H  | PT0S   | pattern",
        "slack:U1 | {\"alert\":{\"ruel\":[\"x\"]}} | PT1H | PT0S | unknown key",
        "slack:U1 | nonsense                   | PT1H  | PT0S   | not JSON",
        "slack:U1 | []                         | PT1H  | PT0S   | not a JSON object",
      })
  void aCommandThatMayNotBeOrIsWrongChangesNothing(
      String who, String match, Duration lasts, Duration age, String reason) {
    Optional<String> why =
        commands.carryOut(silence(new Who(who, Optional.empty()), match, lasts), AT.plus(age));

    assertTrue(why.orElse("").contains(reason), why::toString);
    assertEquals(List.of(), silences.all().all());
  }

  @Test
  void aSilenceOfRespondersNeedsTheRightToStop() {
    OperatorCommand set =
        OperatorCommand.of(
            Verb.SILENCE,
            ANNA,
            "known",
            AT,
            Optional.empty(),
            About.silence(
                "7a1b2c3d", Optional.of(AT.plusSeconds(3_600)), Optional.of(MATCH), true));
    List<IdentityPattern> anna = List.of(new IdentityPattern("slack:U1"));

    Optional<String> why = commands.carryOut(set, AT);

    assertTrue(why.orElse("").contains("also needs the right to stop"), why::toString);
    assertEquals(List.of(), silences.all().all());
    assertEquals(
        Optional.empty(),
        new SilenceCommands(
                silences,
                new RecentProblems(table),
                new Operators(Map.of(Verb.SILENCE, anna, Verb.STOP, anna)))
            .carryOut(set, AT));
    assertTrue(silences.all().all().getFirst().responders());
    OperatorCommand end = unsilence("7a1b2c3d", AT.plusSeconds(1));
    assertEquals(Optional.empty(), commands.carryOut(end, AT.plusSeconds(1)), "the safe direction");
  }

  @Test
  void theAnswerSaysWhatItCoversAndItsEndSaysWhetherRespondersWereSilenced() {
    new RecentProblems(table)
        .remember(
            TestAlerts.alert("a", "a rule", Severity.HIGH).build(),
            "b1946ac92492d2347c6235b4d2611184",
            AT);
    List<IdentityPattern> anna = List.of(new IdentityPattern("slack:U1"));
    SilenceCommands all =
        new SilenceCommands(
            silences,
            new RecentProblems(table),
            new Operators(Map.of(Verb.SILENCE, anna, Verb.STOP, anna, Verb.UNSILENCE, anna)));
    OperatorCommand set =
        OperatorCommand.of(
            Verb.SILENCE,
            ANNA,
            "known",
            AT,
            Optional.empty(),
            About.silence(
                "7a1b2c3d",
                Optional.of(AT.plusSeconds(60)),
                Optional.of("{\"alert\":{\"rule\":[\"a rule\"]}}"),
                true));

    OperatorCommand answer = all.answer(set, all.carryOut(set, AT), AT);
    OperatorCommand end = unsilence("7a1b2c3d", AT.plusSeconds(1));
    OperatorCommand ended =
        all.answer(end, all.carryOut(end, AT.plusSeconds(1)), AT.plusSeconds(1));

    assertTrue(answer.concernsResponders() && ended.concernsResponders());
    String covers = answer.about().covers().orElseThrow();
    assertTrue(covers.startsWith("alerts up to high; 1 of 1 recent problems: a rule in "), covers);
    assertEquals(answer.about().covers(), ended.about().covers());
    OperatorCommand refused = all.answer(set, Optional.of("no"), AT);
    assertFalse(refused.concernsResponders());
    assertEquals(Optional.empty(), refused.about().covers());
  }

  /**
   * Otherwise a command that was carried out would be retried, and people would not be notified of
   * it.
   */
  @Test
  void theAnswerDoesNotDependOnTheRecentProblems() {
    OperatorCommand set = silence(ANNA, MATCH, Duration.ofHours(1));
    Optional<String> ignored = commands.carryOut(set, AT);
    table.onlySingleReads = true;

    OperatorCommand answer = commands.answer(set, ignored, AT);

    assertTrue(answer.applied());
    assertEquals(Optional.of("alerts up to high"), answer.about().covers());
  }

  @Test
  void toEndASilenceIsNeverTooLate() {
    commands.carryOut(silence(ANNA, MATCH, Duration.ofDays(1)), AT);

    assertEquals(
        Optional.empty(),
        commands.carryOut(unsilence("7a1b2c3d", AT), AT.plus(Duration.ofHours(2))));
    assertFalse(silences.all().all().getFirst().isActive(AT.plus(Duration.ofHours(2))));
  }

  @Test
  void anUnknownSilenceCannotBeEnded() {
    assertEquals(Optional.of("no silence has that id"), commands.carryOut(unsilence("0", AT), AT));
  }

  @Test
  void whatItsWriterHasDoneIsNotDoneAgain() {
    assertEquals(
        Optional.empty(),
        commands.carryOut(silence(ANNA, MATCH, Duration.ofHours(1)).carriedOut(), AT));
    assertEquals(List.of(), silences.all().all());
  }

  @Test
  void aSilenceThatHasEndedMeanwhileIsNotToldAsInForce() {
    OperatorCommand set = silence(ANNA, MATCH, Duration.ofHours(1));
    commands.carryOut(set, AT);
    commands.carryOut(unsilence("7a1b2c3d", AT.plusSeconds(60)), AT.plusSeconds(60));
    Instant again = AT.plusSeconds(120);

    OperatorCommand answer = commands.answer(set, commands.carryOut(set, again), again);

    assertFalse(answer.applied());
    assertEquals(
        Optional.of(
            "it was carried out when it was given, at "
                + AT
                + "; the silence has ended since, at "
                + AT.plusSeconds(60)),
        answer.ignored());
    assertEquals(commands.answer(set, Optional.empty(), AT).id(), answer.id(), "told once");
  }

  @Test
  void whatItsWriterClaimsToHaveDoneIsComparedWithTheTable() {
    OperatorCommand set = silence(ANNA, MATCH, Duration.ofHours(1));
    OperatorCommand end = unsilence("7a1b2c3d", AT);
    assertEquals(Optional.of("no silence has that id"), commands.confirm(set, AT));
    assertEquals(Optional.of("no silence has that id"), commands.confirm(end, AT));
    assertEquals(List.of(), silences.all().all());

    commands.carryOut(set, AT);
    assertEquals(Optional.empty(), commands.confirm(set, AT));
    assertEquals(Optional.of("the silence is still in force"), commands.confirm(end, AT));
    OperatorCommand other = silence(ANNA, "{\"fingerprint\":[\"b2\"]}", Duration.ofHours(1));
    assertEquals(
        Optional.of("the silence of that id has another pattern"), commands.confirm(other, AT));

    commands.carryOut(end, AT.plusSeconds(1));
    assertEquals(Optional.empty(), commands.confirm(end, AT.plusSeconds(2)));
  }

  /**
   * The id of a silence is public; a person who may not silence must not be able to extend a
   * silence by claiming its id.
   */
  @Test
  void aClaimAboutAnothersSilenceIsNotBelieved() {
    commands.carryOut(silence(ANNA, MATCH, Duration.ofHours(1)), AT);

    assertEquals(
        Optional.of("the silence of that id has another end"),
        commands.confirm(silence(ANNA, MATCH, Duration.ofDays(20)), AT));
    assertEquals(
        Optional.of("the silence of that id has another author"),
        commands.confirm(
            silence(new Who("aws:AROAX:bob", Optional.of("boss")), MATCH, Duration.ofHours(1)),
            AT));
  }

  @Test
  void aSilenceThatIsInForceIsNotIgnoredWhenItsCommandComesAgainLate() {
    OperatorCommand set = silence(ANNA, MATCH, Duration.ofHours(1));
    assertEquals(Optional.empty(), commands.carryOut(set, AT));

    assertEquals(Optional.empty(), commands.carryOut(set, AT.plus(Duration.ofMinutes(16))));
    assertEquals(1, silences.all().all().size());
  }
}
