package io.cattleguard.deduplicate.silence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.deduplicate.Arrival;
import io.cattleguard.deduplicate.DeduplicationSettings;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.Quiet;
import io.cattleguard.deduplicate.StoredSightings;
import io.cattleguard.deduplicate.Suppressions;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.deduplicate.inhibition.Inhibitions;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Silenced;
import io.cattleguard.events.TestAlerts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SilencesTest {
  /** Other values than the defaults, so that the defaults can change. */
  private static final DeduplicationSettings WINDOWS =
      new DeduplicationSettings(
          Duration.ofHours(1), Duration.ofMinutes(15), Duration.ofDays(7), 100);

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Instant AT = TestAlerts.AT;
  private static final Duration HOUR = Duration.ofHours(1);
  private static final String RULE = "Terminal shell in container";
  private static final String SHELLS = "{\"alert\":{\"rule\":[\"" + RULE + "\"]}}";

  private final InMemoryTable table = new InMemoryTable();
  private final StoredSilences silences = new StoredSilences(table, Duration.ZERO);
  private final Deduplicator deduplicator =
      new Deduplicator(
          new StoredSightings(table),
          Suppressions.none(),
          WINDOWS,
          Quiet.in(table, Duration.ZERO, Inhibitions.none(), sentence -> {}));
  private int ids;

  private static ObjectNode json(String text) {
    try {
      return (ObjectNode) JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  private static Silence silence(String match, Severity upTo, boolean responders) {
    return Silence.of(json(match), "ana", "load test", AT, AT.plus(HOUR), upTo, responders, false);
  }

  private Silence set(String match) {
    Silence silence = silence(match, Severity.HIGH, false);
    silences.add(silence, AT);
    return silence;
  }

  private Alert alert(String pod, Severity severity, Duration after) {
    ids++;
    return TestAlerts.alert(
            String.format("%016x%016x", ids * 0x9E3779B97F4A7C15L, ids), RULE, severity)
        .pod(pod)
        .at(AT.plus(after))
        .build();
  }

  private Verdict judge(Alert alert) {
    Instant at = java.util.Objects.requireNonNull(alert.observedAt());
    return deduplicator.deduplicate(List.of(new Arrival(alert, at))).getFirst();
  }

  private Verdict judge(String pod, Severity severity, Duration after) {
    return judge(alert(pod, severity, after));
  }

  @Test
  void promise3ASilencedAlertIsCountedAndPublishedWithItsMark() {
    Silence silence = set(SHELLS);

    Verdict opened = judge("web-1", Severity.LOW, Duration.ofMinutes(1));
    Verdict spread = judge("web-2", Severity.LOW, Duration.ofMinutes(2));

    assertEquals(Verdict.Column.OPENED, opened.column());
    assertEquals(Verdict.Column.SPREAD, spread.column());
    Silenced mark = new Silenced("silence " + silence.id(), "load test", false);
    assertEquals(mark, opened.publish().map(AcceptedAlert::silenced).orElseThrow());
    assertEquals(mark, spread.publish().map(AcceptedAlert::silenced).orElseThrow());
  }

  @Test
  void anAlertOfAnotherRuleIsNotSilenced() {
    set(SHELLS.replace("shell", "SHELL"));

    assertFalse(judge("web-1", Severity.LOW, Duration.ofMinutes(1)).isSilenced());
  }

  @Test
  void aGraverAlertThanItsCeilingIsToldAndSaysWhy() {
    Silence silence = set(SHELLS);

    Verdict critical = judge("web-1", Severity.CRITICAL, Duration.ofMinutes(1));

    assertFalse(critical.isSilenced());
    assertEquals(
        List.of("silence " + silence.id() + " does not hide it: it is more severe than high"),
        critical.publish().orElseThrow().alert().notes());
  }

  @Test
  void anEscalationOfASilencedProblemIsTold() {
    Alert first = alert("web-1", Severity.LOW, Duration.ofMinutes(1));
    set(HidingPattern.ofProblem(Fingerprint.of(first)).toString());
    assertTrue(judge(first).isSilenced());

    Verdict escalated = judge("web-1", Severity.HIGH, Duration.ofMinutes(2));

    assertEquals(
        Optional.of(Acceptance.ESCALATED), escalated.publish().map(AcceptedAlert::acceptance));
    assertFalse(escalated.isSilenced());
    assertTrue(
        escalated.publish().orElseThrow().alert().notes().getFirst().contains("more severe"));
  }

  @Test
  void aProblemThatGoesOnIsToldWhenItsSilenceEnds() {
    set(SHELLS);
    assertTrue(judge("web-1", Severity.LOW, Duration.ofMinutes(58)).isSilenced());
    assertEquals(Optional.empty(), judge("web-1", Severity.LOW, Duration.ofMinutes(59)).publish());

    Alert afterwards = alert("web-1", Severity.LOW, Duration.ofMinutes(61));
    Verdict told = judge(afterwards);
    Verdict next = judge("web-1", Severity.LOW, Duration.ofMinutes(62));

    assertEquals(Optional.of(Acceptance.REPEATED), told.publish().map(AcceptedAlert::acceptance));
    assertFalse(told.isSilenced());
    assertEquals(Optional.empty(), next.publish(), "once is enough");
    assertEquals(
        told.publish().map(AcceptedAlert::id),
        judge(afterwards).publish().map(AcceptedAlert::id),
        "its copy is told too, because the first one may have been lost");
  }

  @ParameterizedTest
  @ValueSource(strings = {"OPENED", "SPREAD", "REPEATED"})
  void aCopyOfWhatWasToldIsToldAlthoughASilenceCameSince(Acceptance kind) {
    Verdict told = judge("web-1", Severity.LOW, Duration.ZERO);
    if (kind == Acceptance.SPREAD) {
      told = judge("web-2", Severity.LOW, Duration.ZERO);
    } else if (kind == Acceptance.REPEATED) {
      told = judge("web-1", Severity.LOW, Duration.ofHours(2));
    }
    assertEquals(Optional.of(kind), told.publish().map(AcceptedAlert::acceptance));
    set(SHELLS);

    Verdict copy =
        deduplicator
            .deduplicate(List.of(new Arrival(told.alert(), AT.plus(Duration.ofMinutes(5)))))
            .getFirst();

    assertEquals(Optional.of(kind), copy.publish().map(AcceptedAlert::acceptance));
    assertFalse(copy.isSilenced(), "its original may have been lost on the way");
  }

  @Test
  void aCopyOfAHiddenAlertIsHiddenAndIsToldOnceItsSilenceHasEnded() {
    set(SHELLS);
    Alert opener = alert("web-1", Severity.LOW, Duration.ZERO);
    Alert spread = alert("web-2", Severity.LOW, Duration.ZERO);
    for (Alert alert : List.of(opener, spread, opener, spread)) {
      assertTrue(judge(alert).isSilenced());
    }

    Verdict later =
        deduplicator.deduplicate(List.of(new Arrival(spread, AT.plus(HOUR)))).getFirst();

    assertEquals(Optional.of(Acceptance.SPREAD), later.publish().map(AcceptedAlert::acceptance));
    assertFalse(later.isSilenced());
  }

  @Test
  void copiesOfALargeHiddenBatchAreHidden() {
    set(SHELLS);
    List<Arrival> batch = new ArrayList<>();
    for (int pod = 0; pod < 300; pod++) {
      batch.add(new Arrival(alert("web-" + pod, Severity.LOW, Duration.ZERO), AT));
    }
    deduplicator.deduplicate(batch);

    assertTrue(deduplicator.deduplicate(batch).stream().allMatch(Verdict::isSilenced));
  }

  @Test
  void aCopyOfAnAlertThatWasHiddenLongAgoIsHidden() {
    set(SHELLS);
    Alert opener = alert("web-0", Severity.LOW, Duration.ZERO);
    judge(opener);
    for (int pod = 1; pod < 90; pod++) {
      judge("web-" + pod, Severity.LOW, Duration.ofSeconds(pod));
    }

    assertTrue(judge(opener).isSilenced());
  }

  @Test
  void anObjectThatWasHiddenIsToldWhenItsSilenceEndsThoughAnotherOneWasTold() {
    set("{\"alert\":{\"target\":{\"pod\":[\"web-1\"]}}}");
    assertTrue(judge("web-1", Severity.LOW, Duration.ofMinutes(1)).isSilenced());
    assertFalse(judge("web-2", Severity.LOW, Duration.ofMinutes(2)).isSilenced());

    assertEquals(
        Optional.of(Acceptance.CONTINUING),
        judge("web-2", Severity.LOW, Duration.ofMinutes(61))
            .publish()
            .map(AcceptedAlert::acceptance));
    Verdict told = judge("web-1", Severity.LOW, Duration.ofMinutes(62));

    assertEquals(Optional.of(Acceptance.REPEATED), told.publish().map(AcceptedAlert::acceptance));
    assertFalse(told.isSilenced());
    assertEquals(Optional.empty(), judge("web-1", Severity.LOW, Duration.ofMinutes(63)).publish());
  }

  @Test
  void oneForRespondersTooComesFirst() {
    set(SHELLS);
    silences.add(silence(SHELLS, Severity.HIGH, true), AT);

    Verdict verdict = judge("web-1", Severity.LOW, Duration.ofMinutes(1));

    assertEquals(
        Optional.of(true),
        verdict.publish().map(AcceptedAlert::silenced).map(Silenced::responders));
  }

  @Test
  void aRemovedOneHidesNothing() {
    Silence silence = set(SHELLS);

    assertEquals(Optional.of(silence.id()), silences.remove(silence.id(), AT).map(Silence::id));
    assertEquals(Optional.empty(), silences.remove(silence.id(), AT));
    assertFalse(judge("web-1", Severity.LOW, Duration.ofMinutes(1)).isSilenced());
  }

  @Test
  void whileTheTableIsAwayTheKnownSilencesHoldUntilTheyEnd() {
    set(SHELLS);
    assertFalse(silences.activeAt(AT).isEmpty());
    table.away = true;

    assertFalse(silences.activeAt(AT.plusSeconds(1)).isEmpty());
    assertTrue(silences.activeAt(AT.plus(HOUR)).isEmpty());
    assertTrue(new StoredSilences(table, Duration.ZERO).activeAt(AT).isEmpty());
    assertThrows(Unavailable.class, () -> silences.all());
  }

  @Test
  void aReadingIsUsedForAWhile() {
    StoredSilences cached = new StoredSilences(table, Duration.ofSeconds(10));
    for (int second = 0; second < 20; second++) {
      assertTrue(cached.activeAt(AT.plusSeconds(second)).isEmpty());
    }

    assertEquals(2, table.reads);
  }

  @Test
  void aStoredOneIsReadWhole() {
    Silence silence = silence(SHELLS, Severity.FATAL, true);
    silences.add(silence, AT);

    assertEquals(silence.toJson(), silences.all().all().getFirst().toJson());
  }

  @Test
  void aHundredAreTheMost() {
    for (int i = 0; i < StoredSilences.MOST; i++) {
      set(SHELLS.replace("Terminal", "Terminal " + i));
    }

    assertThrows(IllegalArgumentException.class, () -> set(SHELLS));
    silences.add(
        Silence.of(
            json(SHELLS),
            "ana",
            "afterwards",
            AT.plus(HOUR),
            AT.plus(HOUR).plus(HOUR),
            Severity.HIGH,
            false,
            false),
        AT.plus(HOUR));
  }

  private static Silence ofLength(int number, String reason, String filler, Instant since) {
    return Silence.of(
        json(SHELLS.replace("Terminal", number + filler)),
        "ana",
        reason,
        since,
        since.plusSeconds(60),
        Severity.HIGH,
        false,
        false);
  }

  @Test
  void onlyTheLatestEndedOnesAreKept() {
    for (int i = 0; i < 150; i++) {
      Instant now = AT.plusSeconds(i * 60L);
      silences.add(ofLength(i, "r", "", now), now);
    }

    List<Silence> kept = silences.all().all();

    assertEquals(StoredSilences.MOST_ENDED + 1, kept.size());
    assertEquals(AT.plusSeconds(149 * 60L), kept.getLast().since());
    assertEquals(AT.plusSeconds(49 * 60L), kept.getFirst().since());
  }

  @Test
  void theItemFitsTheTableHoweverLongTheTextsAre() {
    String pattern = "x".repeat(1_900);
    String reason = "\u6f22\"".repeat(150);
    int active = 0;
    for (int i = 0; i < 200; i++) {
      Instant now = i < 100 ? AT : AT.plusSeconds(60);
      try {
        silences.add(ofLength(i, reason, pattern, now), now);
        active++;
      } catch (IllegalArgumentException e) {
        assertTrue(String.valueOf(e.getMessage()).contains("cattleguard unsilence"), e::getMessage);
      }
      int bytes =
          table
              .read("silences")
              .orElseThrow()
              .text()
              .getBytes(java.nio.charset.StandardCharsets.UTF_8)
              .length;
      assertTrue(bytes <= 300_000, bytes + " bytes after " + i);
    }
    assertTrue(active > 160, active + " were set; ended ones give way to them");
    assertTrue(
        silences.remove(silences.all().all().getLast().id(), AT.plusSeconds(61)).isPresent());
  }

  @Test
  void aPatternIsBoundedInBytes() {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class, () -> ofLength(1, "r", "\u6f22".repeat(1_000), AT));

    assertTrue(String.valueOf(refused.getMessage()).contains("2000 bytes"), refused::getMessage);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"fingerprint\":[\"f00d\"]}",
        "{\"alert\":{\"rule\":[\"a\"]}}",
        "{\"alert\":{\"target\":{\"namespace\":[{\"prefix\":\"load-\"}]}}}",
        "{\"alert\":{\"severity\":[\"low\"],\"process\":{\"name\":[\"sh\"]}}}",
        "{\"alert\":{\"$or\":[{\"rule\":[\"a\"]},{\"file\":{\"path\":[\"/b\"]}}]}}",
      })
  void aPatternThatNamesWhatItIsAboutIsTaken(String match) {
    assertEquals(json(match).toString(), silence(match, Severity.LOW, false).match());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"alert\":{\"class\":[\"runtime\"]}}",
        "{\"alert\":{\"severity\":[\"low\"],\"source\":[\"falco\"]}}",
        "{\"alert\":{\"target\":{\"cluster\":[\"prod\"]}}}",
        "{\"alert\":{\"rule\":[{\"exists\":true}]}}",
        "{\"alert\":{\"rule\":[{\"anything-but\":\"x\"}]}}",
        "{\"alert\":{\"rule\":[{\"prefix\":\"\"}]}}",
        "{\"alert\":{\"rule\":[\"a\",{\"wildcard\":\"*\"}]}}",
        "{\"alert\":{\"$or\":[{\"rule\":[\"a\"]},{\"class\":[\"runtime\"]}]}}",
      })
  void aPatternThatHidesWhateverComesNeedsToBeMeant(String match) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> silence(match, Severity.LOW, false));

    assertTrue(String.valueOf(refused.getMessage()).contains("--all"), refused::getMessage);
    Silence meant =
        Silence.of(json(match), "ana", "r", AT, AT.plus(HOUR), Severity.LOW, false, true);
    assertTrue(meant.isActive(AT));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"alert\":{\"ruel\":[\"a\"]}}           | 'ruel'",
        "{\"alert\":{\"severity\":[\"Low\"]}}     | no event has the severity 'Low'",
        "{\"score\":[80]}                         | 'score'",
        "{\"alert\":{\"rule\":\"a\"}}             | pattern",
      })
  void aPatternThatNeverMatchesIsAnError(String match, String reason) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> silence(match, Severity.LOW, false));

    assertTrue(String.valueOf(refused.getMessage()).contains(reason), refused::getMessage);
  }

  @Test
  void itIsBounded() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            Silence.of(
                json(SHELLS),
                "ana",
                "r",
                AT,
                AT.plus(Duration.ofDays(31)),
                Severity.LOW,
                false,
                true));
    assertThrows(
        IllegalArgumentException.class,
        () -> Silence.of(json(SHELLS), "ana", "r", AT, AT, Severity.LOW, false, true));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            Silence.of(
                json(SHELLS.replace("shell", "x".repeat(3_000))),
                "ana",
                "r",
                AT,
                AT.plus(HOUR),
                Severity.LOW,
                false,
                true));
    Silence hostile =
        Silence.of(
            json(SHELLS),
            "an\na",
            "r\u202e".repeat(5_000),
            AT,
            AT.plus(HOUR),
            Severity.LOW,
            false,
            true);
    assertEquals("an\\na", hostile.by());
    assertTrue(hostile.reason().length() <= 310 && hostile.reason().contains("\\u202e"));
  }

  @Test
  void theRecentProblemsShowWhatASilenceWouldHide() {
    judge("web-1", Severity.LOW, Duration.ofMinutes(1));
    judge("web-2", Severity.LOW, Duration.ofMinutes(2));
    judge(TestAlerts.alert("f00d", "other", Severity.CRITICAL).at(AT.plusSeconds(200)).build());

    List<RecentProblems.Recent> recents = new RecentProblems(table).all();

    assertEquals(
        List.of("other", RULE),
        recents.stream().map(one -> one.event().path("alert").path("rule").asText()).toList());
    assertEquals(Severity.CRITICAL, recents.getFirst().severity());
    assertTrue(silence(SHELLS, Severity.LOW, false).when().matches(recents.getLast().event()));
  }
}
