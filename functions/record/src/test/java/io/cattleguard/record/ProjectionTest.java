package io.cattleguard.record;

import static io.cattleguard.events.ResponseOutcome.AWAITING_APPROVAL;
import static io.cattleguard.events.ResponseOutcome.EXTENDED;
import static io.cattleguard.events.ResponseOutcome.FAILED;
import static io.cattleguard.events.ResponseOutcome.OBSERVED;
import static io.cattleguard.events.ResponseOutcome.REFUSED;
import static io.cattleguard.events.ResponseOutcome.RELEASED;
import static io.cattleguard.events.ResponseOutcome.REQUESTED;
import static io.cattleguard.events.ResponseOutcome.TAKEN;
import static io.cattleguard.record.TestIncidents.AT;
import static io.cattleguard.record.TestIncidents.decided;
import static io.cattleguard.record.TestIncidents.detail;
import static io.cattleguard.record.TestIncidents.opened;
import static io.cattleguard.record.TestIncidents.scored;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.Incident;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseDecided.GuardAnswers;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.events.notified.PeopleNotified;
import io.cattleguard.events.trait.Trait;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ProjectionTest {
  private static final Instant LEASE = AT.plus(Duration.ofHours(4));
  private final InMemoryIncidents incidents = new InMemoryIncidents();
  private final Recorder recorder = new Recorder(incidents);

  private IncidentRecord recorded(JsonNode... events) {
    for (JsonNode event : events) {
      assertTrue(recorder.record(event, Recorder.OPERATOR));
    }
    return incidents.find("one").orElseThrow();
  }

  @Test
  void anOutcomeAloneSaysWhatTheIncidentIsBecauseItsAlertMayComeLater() {
    JsonNode sample =
        ContractFiles.json("samples", "v1/response-decided-of-an-incident.json").path("detail");

    assertTrue(recorder.record(sample, "cattleguard.respond"));

    IncidentRecord record = incidents.find("b1946ac92492d2347c6235b4d2611184").orElseThrow();
    assertEquals(IncidentState.CONTAINED, record.state());
    assertEquals(Optional.of(Severity.CRITICAL), record.severity());
    Headline headline = record.headline().orElseThrow();
    assertEquals(90, headline.score());
    assertEquals("workload shop/web in blue", headline.subject());
    assertEquals("shop", headline.place().namespace());
    assertEquals(3, headline.reasons().size());
    assertEquals(Instant.parse("2026-03-02T09:14:20Z"), record.firstAt(), "the incident's opening");
    assertEquals(Instant.parse("2026-03-02T09:15:02Z"), record.lastAt());
    assertEquals(Optional.of(Duration.ofSeconds(2)), record.timeToContain());
    assertEquals(Optional.of(Instant.parse("2026-03-02T13:15:02Z")), record.leaseUntil());
    assertTrue(record.isHolding());
    assertEquals(
        List.of("opened falco", "taken playbook reverse-shell"),
        record.timeline().entries().stream().map(one -> one.what() + " " + one.who()).toList());
    IncidentRecord joined = incidents.find("591785b794601e212b260e25925636fd").orElseThrow();
    assertEquals(Set.of("b1946ac92492d2347c6235b4d2611184"), joined.continuedAs());
    assertFalse(joined.isListed(), "no alert of it is known");
    assertEquals(1, incidents.latest(Instant.EPOCH, 10).size());
  }

  private static JsonNode notified(String delivery, String destination) {
    return PeopleNotified.of(delivery, "one", AT, destination, AT.plusSeconds(90)).write();
  }

  @Test
  void messagesThatNotifiedPeopleAreCountedOnceEachByDestination() {
    IncidentRecord record =
        recorded(
            detail(opened("one")),
            notified("a1@pager", "pager"),
            notified("a1@pager", "pager"),
            notified("a1@channel", "security channel"),
            notified("a2@pager", "pager"));

    assertEquals(Map.of("pager", 2, "security channel", 1), record.notifications());
    assertEquals(OptionalInt.of(3), IncidentSummary.of(record).notified());
    assertEquals(recorded(detail(opened("one"))).lastAt(), record.lastAt(), "not news by itself");
  }

  @Test
  void anIncidentOfWhichNobodyWasNotifiedSaysSoAndAnEarlierSummaryIsNotKnown() {
    IncidentSummary summary = IncidentSummary.of(recorded(detail(opened("one"))));
    ObjectNode earlier = IncidentJson.write(summary);
    earlier.remove("notified");

    assertEquals(OptionalInt.of(0), summary.notified());
    assertEquals(
        OptionalInt.of(0),
        IncidentJson.readSummary(IncidentJson.write(summary).toString()).notified());
    assertEquals(OptionalInt.empty(), IncidentJson.readSummary(earlier.toString()).notified());
  }

  @Test
  void aPersonsOwnEventNotifiesNobody() {
    recorded(detail(opened("one")));

    assertThrows(
        ContractViolation.class,
        () -> recorder.record(notified("a1@pager", "pager"), "cattleguard.operator.AROA:anna"));
    assertEquals(Map.of(), incidents.find("one").orElseThrow().notifications());
  }

  @Test
  void moreNotificationsThanFitAreAtLeastThatMany() {
    List<JsonNode> events = new ArrayList<>(List.of(detail(opened("one"))));
    IntStream.range(0, 200).forEach(i -> events.add(notified("a" + i + "@pager", "pager")));

    assertEquals(
        Map.of("pager", IncidentRecord.NOTIFIED),
        recorded(events.toArray(new JsonNode[0])).notifications());
  }

  private static JsonNode event(String action, ResponseOutcome outcome, long seconds) {
    return detail(decided(opened("one"), action, outcome, seconds));
  }

  private static JsonNode leased(String action, ResponseOutcome outcome, long seconds) {
    return detail(decided(opened("one"), action, outcome, seconds, LEASE));
  }

  private static JsonNode alertAt(long seconds) {
    Alert alert =
        TestAlerts.alert("later-" + seconds, "another rule", Severity.LOW)
            .at(AT.plusSeconds(seconds))
            .build();
    return detail(scored("one", alert, "problem-later", Acceptance.OPENED, 1));
  }

  private static String raw(String model, String entry) {
    return JsonNodeFactory.instance
        .objectNode()
        .set(
            AcceptableEntry.KEY,
            JsonNodeFactory.instance.objectNode().put("model", model).put("entry", entry))
        .toString();
  }

  private static JsonNode deviation(String entry) {
    String raw = raw("blue/shop/Deployment/web/main", entry);
    ObjectNode event = detail(opened("one")).deepCopy();
    event.withObject("alert").put("source", "cattleguard").put("raw", raw);
    return event;
  }

  @Test
  void aDeviationKeepsTheFirstEntriesThatAPersonCouldAccept() {
    IncidentRecord record =
        recorded(
            deviation("file:/d"),
            deviation("file:/b"),
            deviation("file:/c"),
            deviation("file:/a"),
            deviation("file:/b"),
            deviation("file:/$(reboot)"));

    assertEquals(
        List.of("file:/a", "file:/b"),
        record.problems().values().stream()
            .flatMap(problem -> problem.acceptable().stream())
            .map(AcceptableEntry::entry)
            .toList());
    assertEquals(
        record.problems(),
        IncidentJson.readRecord(IncidentJson.write(record).toString()).problems());
  }

  static Stream<Arguments> states() {
    return Stream.of(
        arguments("an alert", IncidentState.OPEN, List.of(detail(opened("one")))),
        arguments("observed", IncidentState.OPEN, List.of(event("isolate-pod", OBSERVED, 1))),
        arguments("refused", IncidentState.REFUSED, List.of(event("isolate-pod", REFUSED, 1))),
        arguments("taken", IncidentState.CONTAINED, List.of(leased("isolate-pod", TAKEN, 1))),
        arguments("deleted", IncidentState.CONTAINED, List.of(event("delete-pod", TAKEN, 1))),
        arguments(
            "its effect cannot be seen",
            IncidentState.REQUESTED,
            List.of(leased("isolate-pod", REQUESTED, 1))),
        arguments(
            "requested and extended",
            IncidentState.REQUESTED,
            List.of(leased("isolate-pod", REQUESTED, 1), leased("isolate-pod", EXTENDED, 2))),
        arguments(
            "requested, then seen",
            IncidentState.CONTAINED,
            List.of(leased("isolate-pod", REQUESTED, 1), leased("isolate-pod", TAKEN, 2))),
        arguments(
            "taken, and refused for the next alert",
            IncidentState.CONTAINED,
            List.of(leased("isolate-pod", TAKEN, 1), event("isolate-pod", REFUSED, 2))),
        arguments(
            "one action refused, another one taken",
            IncidentState.CONTAINED,
            List.of(event("delete-pod", REFUSED, 1), leased("isolate-pod", TAKEN, 1))),
        arguments(
            "waiting", IncidentState.AWAITING_APPROVAL, List.of(event("a", AWAITING_APPROVAL, 1))),
        arguments(
            "waited, then refused",
            IncidentState.REFUSED,
            List.of(event("a", AWAITING_APPROVAL, 1), event("a", REFUSED, 2))),
        arguments("failed", IncidentState.FAILED, List.of(event("isolate-pod", FAILED, 1))),
        arguments(
            "failed, then taken",
            IncidentState.CONTAINED,
            List.of(event("isolate-pod", FAILED, 1), leased("isolate-pod", TAKEN, 2))),
        arguments(
            "its release fails",
            IncidentState.CONTAINED,
            List.of(leased("isolate-pod", TAKEN, 1), event("isolate-pod", FAILED, 20_000))),
        arguments(
            "released",
            IncidentState.RELEASED,
            List.of(leased("isolate-pod", TAKEN, 1), event("isolate-pod", RELEASED, 2))),
        arguments(
            "released after its release failed",
            IncidentState.RELEASED,
            List.of(
                leased("isolate-pod", TAKEN, 1),
                event("isolate-pod", FAILED, 2),
                event("isolate-pod", RELEASED, 3))),
        arguments(
            "released, and refused for the next alert",
            IncidentState.REFUSED,
            List.of(
                leased("isolate-pod", TAKEN, 1),
                event("isolate-pod", RELEASED, 2),
                event("isolate-pod", REFUSED, 3))),
        arguments(
            "released, and contained again",
            IncidentState.CONTAINED,
            List.of(
                leased("isolate-pod", TAKEN, 1),
                event("isolate-pod", RELEASED, 2),
                leased("isolate-pod", TAKEN, 3))),
        arguments(
            "alerts go on after the release",
            IncidentState.OPEN,
            List.of(
                leased("isolate-pod", TAKEN, 1), event("isolate-pod", RELEASED, 2), alertAt(3))),
        arguments(
            "alerts go on while it is contained",
            IncidentState.CONTAINED,
            List.of(leased("isolate-pod", TAKEN, 1), alertAt(3))));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("states")
  void theStateIsWhatPeopleWouldSay(String name, IncidentState state, List<JsonNode> events) {
    assertEquals(state, recorded(events.toArray(JsonNode[]::new)).state(), name);
  }

  @Test
  void aFailingReleaseStillHoldsTheObject() {
    IncidentRecord record =
        recorded(leased("isolate-pod", TAKEN, 1), event("isolate-pod", FAILED, 20_000));

    assertTrue(record.isHolding());
    assertTrue(record.actions().values().iterator().next().isReleaseFailing());
  }

  /** Its release does not fail: something else has ended its effect, and the lease stays. */
  @Test
  void aFailureWithALeaseIsOneOfTheActionAndHoldsNothing() {
    IncidentRecord record =
        recorded(leased("isolate-pod", TAKEN, 1), leased("isolate-pod", FAILED, 600));

    assertFalse(record.isHolding());
    assertFalse(record.actions().values().iterator().next().isReleaseFailing());
    assertEquals(IncidentState.FAILED, record.state());
  }

  @Test
  void aContainedIncidentTellsOfTheObjectThatWasLeftAlone() {
    ResponseDecided other =
        new ResponseDecided(
            opened("one"),
            "reverse-shell",
            "isolate-pod",
            "pod shop/web-2 (uid 2)",
            REFUSED,
            List.of("budget: used up"),
            "no action taken",
            AT.plusSeconds(3),
            null);
    IncidentRecord record =
        recorded(leased("isolate-pod", TAKEN, 1), event("delete-pod", REFUSED, 2), detail(other));

    assertEquals(IncidentState.CONTAINED, record.state());
    assertEquals(Set.of("pod shop/web-2 (uid 2)"), record.uncontained());
  }

  private static JsonNode on(
      String action,
      String target,
      ResponseOutcome outcome,
      long seconds,
      @Nullable Instant lease) {
    return detail(
        new ResponseDecided(
            opened("one"),
            "reverse-shell",
            action,
            target,
            outcome,
            outcome == REFUSED ? List.of("a guard objects") : List.of(),
            "a test says so",
            AT.plusSeconds(seconds),
            lease));
  }

  @ParameterizedTest
  @ValueSource(strings = {"capture-evidence", "cordon-node", "snapshot-instance", "block-egress"})
  void whatCutsOffNothingContainsNothing(String action) {
    String pod = "pod shop/web-1 (uid 1)";

    IncidentRecord evidence = recorded(on(action, pod, TAKEN, 1, LEASE));
    assertEquals(IncidentState.OPEN, evidence.state());
    assertEquals(Optional.empty(), evidence.timeToContain());
    assertEquals(Optional.empty(), evidence.leaseUntil());
    assertEquals(Set.of(), evidence.uncontained());
    assertTrue(evidence.isHolding(), "a lease");

    IncidentRecord refused = recorded(on("isolate-pod", pod, REFUSED, 2, null));
    assertEquals(IncidentState.REFUSED, refused.state());
    assertEquals(Set.of(pod), refused.uncontained());
    assertEquals("isolate-pod", IncidentSummary.of(refused).actions().getFirst().action());

    IncidentRecord taken = recorded(on("isolate-pod", pod, TAKEN, 90, LEASE.plusSeconds(60)));
    assertEquals(IncidentState.CONTAINED, taken.state());
    assertEquals(Optional.of(Duration.ofSeconds(90)), taken.timeToContain());
    assertEquals(Optional.of(LEASE.plusSeconds(60)), taken.leaseUntil());
    assertEquals(Set.of(), taken.uncontained());
  }

  @ParameterizedTest
  @EnumSource(ResponseDecided.Effect.class)
  void onlyAnActionThatStatesThatItContainsContains(ResponseDecided.Effect effect) {
    String pod = "pod shop/web-1 (uid 1)";
    ObjectNode event = on("newest-action", pod, TAKEN, 1, LEASE).deepCopy();
    ((ObjectNode) event.path("response")).put("effect", effect.jsonName());

    IncidentRecord record = recorded(event);

    boolean contains = effect == ResponseDecided.Effect.CONTAINS;
    assertEquals(contains ? IncidentState.CONTAINED : IncidentState.OPEN, record.state());
    assertEquals(contains, record.timeToContain().isPresent());
    assertEquals(record, IncidentJson.readRecord(IncidentJson.write(record).toString()));
    IncidentSummary summary = IncidentSummary.of(record);
    assertEquals(effect, summary.actions().getFirst().effect());
    assertEquals(summary, IncidentJson.readSummary(IncidentJson.write(summary).toString()));
  }

  @Test
  void aQuestionAboutEvidenceWaitsForPeopleToo() {
    assertEquals(
        IncidentState.AWAITING_APPROVAL,
        recorded(on("capture-evidence", "pod shop/web-1", AWAITING_APPROVAL, 1, null)).state());
  }

  @ParameterizedTest
  @EnumSource(
      value = ResponseOutcome.class,
      names = {"REFUSED", "FAILED", "AWAITING_APPROVAL", "OBSERVED", "RELEASED"})
  void anObjectOnWhichNothingIsInForceIsUncontained(ResponseOutcome outcome) {
    IncidentRecord record =
        recorded(
            leased("isolate-pod", TAKEN, 1),
            on("isolate-pod", "pod shop/web-2 (uid 2)", outcome, 2, null));

    assertEquals(IncidentState.CONTAINED, record.state());
    assertEquals(Set.of("pod shop/web-2 (uid 2)"), record.uncontained());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 20, 40})
  void noRefusalDisplacesAContainmentOrAQuestion(int when) {
    List<JsonNode> events = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String pod = "pod shop/a-" + i + " (uid 1)";
      events.add(on("isolate-pod", pod, i % 2 == 0 ? REFUSED : RELEASED, 100 + i, null));
    }
    events.add(when, on("isolate-pod", "pod shop/z (uid 9)", TAKEN, 1, LEASE));
    events.add(when, on("delete-pod", "pod shop/z (uid 9)", AWAITING_APPROVAL, 2, null));

    IncidentRecord record = recorded(events.toArray(JsonNode[]::new));

    assertEquals(IncidentState.CONTAINED, record.state());
    assertEquals(Optional.of(LEASE), record.leaseUntil());
    assertTrue(record.actions().values().stream().anyMatch(ActionRecord::isWaiting));
    assertTrue(record.moreActions() && IncidentSummary.of(record).moreActions());
    assertEquals(IncidentRecord.ACTIONS - 2, record.uncontained().size());
  }

  @Test
  void aFullRecordOfContainmentsStillTellsOfWhatWasRefused() {
    List<JsonNode> events = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      events.add(
          on("isolate-pod", "pod shop/a-" + i, i < 4 ? REFUSED : TAKEN, i, i < 4 ? null : LEASE));
    }

    assertEquals(4, recorded(events.toArray(JsonNode[]::new)).uncontained().size());
  }

  private static final String QUESTION = "blue/isolate-pod/1f2e";

  private static JsonNode about(@Nullable String question, JsonNode event) {
    if (question != null) {
      ((ObjectNode) event)
          .withObject("/response")
          .putObject("approval")
          .put("id", question)
          .put("until", AT.plusSeconds(1_800).toString())
          .put("then", "nothing");
    }
    return event;
  }

  @ParameterizedTest
  @CsvSource({
    "blue/isolate-pod/1f2e, blue/isolate-pod/1f2e, pod shop/web-1, true",
    "blue/isolate-pod/1f2e, blue/isolate-pod/1f2e, pod gone, true",
    "blue/isolate-pod/1f2e, , pod shop/web-1, true",
    ", , pod shop/web-1, true",
    "blue/isolate-pod/1f2e, blue/isolate-pod/9999, pod shop/web-1, false",
    "blue/isolate-pod/1f2e, , pod shop/web-10, false",
    "blue/isolate-pod/1f2e, , pod shop/web-1 (uid 2), false"
  })
  void aQuestionEndsAlsoIfItsObjectIsNamedOtherwiseBecauseItIsGone(
      @Nullable String question, @Nullable String answered, String target, boolean isOver) {
    JsonNode asked =
        about(question, on("isolate-pod", "pod shop/web-1 (uid 1)", AWAITING_APPROVAL, 1, null));
    JsonNode ended = about(answered, on("isolate-pod", target, REFUSED, 900, null));

    for (List<JsonNode> order : List.of(List.of(asked, ended, asked), List.of(ended, asked))) {
      InMemoryIncidents fresh = new InMemoryIncidents();
      order.forEach(event -> new Recorder(fresh).record(event, Recorder.OPERATOR));
      IncidentRecord record = fresh.find("one").orElseThrow();
      assertEquals(!isOver, record.isHolding());
      assertEquals(
          isOver ? IncidentState.REFUSED : IncidentState.AWAITING_APPROVAL, record.state());
    }
  }

  @ParameterizedTest
  @CsvSource({"isolate-pod, REFUSED", "capture-evidence, OPEN"})
  void anExpiredQuestionNoLongerWaitsThoughNoOutcomeWasReported(
      String action, IncidentState state) {
    IncidentRecord record =
        recorded(about(QUESTION, on(action, "pod shop/web-1 (uid 1)", AWAITING_APPROVAL, 1, null)));
    Instant until = AT.plusSeconds(1_800);
    IncidentSummary summary = IncidentSummary.of(record);

    assertEquals(record, record.asOf(until));
    assertEquals(summary, summary.asOf(until));
    assertEquals(Optional.of(until), record.holdsUntil());
    IncidentRecord later = record.asOf(until.plusSeconds(1));
    assertEquals(state, later.state());
    assertFalse(later.isHolding());
    IncidentSummary inList = summary.asOf(until.plusSeconds(1));
    assertEquals(state, inList.state());
    assertFalse(inList.holding());
    assertEquals(REFUSED, inList.actions().getFirst().outcome());
  }

  @Test
  void aLeaseHoldsAlsoAfterAQuestionHasExpired() {
    IncidentRecord record =
        recorded(
            leased("isolate-pod", TAKEN, 1),
            on("delete-pod", "pod shop/web-1 (uid 1)", AWAITING_APPROVAL, 2, null));
    Instant later = AT.plus(Duration.ofDays(8));

    assertTrue(record.asOf(later).isHolding());
    assertEquals(IncidentState.CONTAINED, IncidentSummary.of(record).asOf(later).state());
    assertTrue(IncidentSummary.of(record).asOf(later).holding());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2099-01-01T00:00:00Z",
        "+1000000000-12-31T23:59:59Z",
        "-1000000000-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z"
      })
  void aSensorsClockDoesNotMoveAnIncidentInTime(String time) {
    Alert alert = TestAlerts.alert("odd", "rule", Severity.LOW).at(Instant.parse(time)).build();
    AcceptedAlert accepted =
        new AcceptedAlert(alert, "odd", Acceptance.OPENED, 1, AT, AT.plusSeconds(9), 1, 1);
    IncidentRecord record =
        recorded(
            detail(
                new ScoredAlert(
                    accepted, 70, List.of(new Points(70, "why")), opened("one").incident())));

    assertFalse(record.firstAt().isBefore(AT.minus(Duration.ofDays(1))), record.toString());
    assertFalse(record.lastAt().isAfter(AT.plusSeconds(9 + 300)), record.toString());
    assertEquals(record, IncidentJson.readRecord(IncidentJson.write(record).toString()));
  }

  @ParameterizedTest
  @CsvSource({
    "+1000000000-12-31T23:59:59Z, 300",
    "2099-01-01T00:00:00Z, 300",
    "-1000000000-01-01T00:00:00Z, -86400"
  })
  void aCommandsOwnTimeIsNearTheTimeAtWhichTheBusTookIt(String time, long seconds) {
    ObjectNode command = TestIncidents.command("stop", null, AT).put("observedAt", time);

    recorder.record(command, "cattleguard.operator.AIDACKCEVSQ6C2EXAMPLE", Optional.of(AT));

    IncidentRecord record = incidents.find(IncidentRecord.DEPLOYMENT).orElseThrow();
    assertEquals(AT.plusSeconds(seconds), record.lastAt());
    assertEquals(AT.plusSeconds(seconds), record.timeline().entries().getFirst().at());
  }

  @Test
  void aCommandThatNothingCarriedOutIsARequestOnly() {
    ObjectNode undo = TestIncidents.command("undo", "one", AT.plusSeconds(5));
    undo.remove("applied");

    IncidentRecord record = recorded(leased("isolate-pod", TAKEN, 1), undo);

    assertEquals("undo requested", record.timeline().entries().getLast().what());
    assertFalse(IncidentSummary.of(record).undone(), "the settings may refuse it");
  }

  @Test
  void alertsAreCountedFromTheIncidentsFirstOneOn() {
    Alert tenth = TestAlerts.alert("a10", "noisy", Severity.LOW).count(3).build();
    Alert thousandth = TestAlerts.alert("a1000", "noisy", Severity.LOW).build();

    IncidentRecord record =
        recorded(
            detail(scored("one", thousandth, "noisy", Acceptance.REPEATED, 1_000)),
            detail(scored("one", tenth, "noisy", Acceptance.REPEATED, 500)),
            detail(opened("one")));

    assertEquals(1_000 - 500 + 3 + 1, record.alerts());
    assertEquals("noisy", IncidentSummary.of(record).rules().getFirst().rule());
  }

  @Test
  void theHeadlineIsTheAlertWithTheHighestScoreAndTheEarliestOfThose() {
    ScoredAlert low =
        new ScoredAlert(
            TestAlerts.opened(TestAlerts.terminalShell("low")),
            40,
            List.of(new Points(40, "low")),
            opened("one").incident());

    assertEquals(70, recorded(detail(low), detail(opened("one"))).headline().orElseThrow().score());
  }

  @Test
  void whatAPersonAskedForIsInTheIncidentsTimelineOrInTheDeployments() {
    IncidentRecord record =
        recorded(
            leased("isolate-pod", TAKEN, 1),
            TestIncidents.command("undo", "one", AT.plusSeconds(5)),
            TestIncidents.command("stop", null, AT.plusSeconds(6)));

    TimelineEntry last = record.timeline().entries().getLast();
    assertEquals("undo", last.what());
    assertEquals("unix:on-call", last.who());
    assertEquals("reason: a test says so", last.text());
    assertTrue(IncidentSummary.of(record).undone());
    IncidentRecord deployment = incidents.find(IncidentRecord.DEPLOYMENT).orElseThrow();
    assertEquals("stop", deployment.timeline().entries().getFirst().what());
    assertEquals(1, incidents.latest(AT.minusSeconds(60), 10).size());
  }

  @Test
  void promise14ACommandAboutAContainmentOrAQuestionIsInTheTimelineOfItsIncident() {
    ObjectNode contained = (ObjectNode) leased("isolate-pod", TAKEN, 1);
    contained.withObject("/response").put("containment", "blue/isolate-pod/uid-1");
    ObjectNode asked = (ObjectNode) event("delete-pod", AWAITING_APPROVAL, 2);
    asked
        .withObject("/response")
        .putObject("approval")
        .put("id", "blue/delete-pod/1f2e")
        .put("until", AT.plusSeconds(1_800).toString())
        .put("then", "nothing");
    ObjectNode undo = TestIncidents.command("undo", null, AT.plusSeconds(5));
    undo.put("id", "c1").put("containment", "blue/isolate-pod/uid-1");
    ObjectNode approve = TestIncidents.command("approve", null, AT.plusSeconds(6));
    approve.put("id", "c2").put("approval", "blue/delete-pod/1f2e");
    ObjectNode other = TestIncidents.command("undo", null, AT.plusSeconds(7));
    other.put("id", "c3").put("containment", "blue/isolate-pod/uid-9");

    IncidentRecord record = recorded(contained, asked, undo, approve, other);

    assertEquals(
        List.of("undo", "approve"),
        record.timeline().entries().stream()
            .filter(entry -> entry.kind() == TimelineEntry.Kind.COMMAND)
            .map(TimelineEntry::what)
            .toList());
    assertEquals(
        List.of("undo"),
        incidents.find(IncidentRecord.DEPLOYMENT).orElseThrow().timeline().entries().stream()
            .map(TimelineEntry::what)
            .toList(),
        "it is about nothing that is known");
    assertEquals(
        1, incidents.latest(AT.minusSeconds(60), 10).size(), "only the incident is listed");
  }

  @Test
  void promise14ACommandThatAResponderIgnoredIsNotRecordedAsDone() {
    ObjectNode stop = TestIncidents.command("stop", null, AT);
    stop.remove("applied");
    stop.put("ignored", "only bob may");

    assertTrue(recorder.record(stop, "cattleguard.respond"));

    TimelineEntry entry =
        incidents.find(IncidentRecord.DEPLOYMENT).orElseThrow().timeline().entries().getFirst();
    assertEquals("stop ignored", entry.what());
    assertTrue(entry.text().contains("ignored because only bob may"), entry.text());
    assertEquals(TimelineEntry.Kind.ANSWER, entry.kind(), "it displaces no command");
  }

  /** A person who may give commands may also write events to the bus. */
  @Test
  void promise14APersonCannotRecordWhatAResponderDidOrHowAnAlertScored() {
    String person = "cattleguard.operator.AIDACKCEVSQ6C2EXAMPLE";
    for (JsonNode forged : List.of(event("isolate-pod", TAKEN, 1), alertAt(1))) {
      assertThrows(ContractViolation.class, () -> recorder.record(forged, person));
    }
    assertEquals(List.of(), incidents.latest(Instant.EPOCH, 10));
  }

  @Test
  void promise14APersonCannotSayThatACommandWasIgnored() {
    ObjectNode undo = TestIncidents.command("undo", "one", AT).put("ignored", "nobody may");

    assertTrue(recorder.record(undo, "cattleguard.operator.AIDACKCEVSQ6C2EXAMPLE"));

    TimelineEntry entry = incidents.find("one").orElseThrow().timeline().entries().getFirst();
    assertEquals("undo requested", entry.what());
    assertEquals(TimelineEntry.Kind.COMMAND, entry.kind());
    assertFalse(entry.text().contains("nobody may"), entry.text());
  }

  @Test
  void promise14WhatACallerClaimsToHaveDoneIsRecordedAsAskedFor() {
    for (String command : List.of("stop", "undo", "silence", "unsilence")) {
      ObjectNode claimed = TestIncidents.command(command, command, AT).put("applied", true);

      assertTrue(recorder.record(claimed, "cattleguard.operator.AIDACKCEVSQ6C2EXAMPLE"));

      assertEquals(
          command + " requested",
          incidents.find(command).orElseThrow().timeline().entries().getFirst().what());
    }
  }

  @Test
  void whoGaveACommandInAwsIsWhatIamVerifiedAndNotWhatThePayloadSays() {
    ObjectNode command = TestIncidents.command("approve", "one", AT).put("name", "Anna");
    command.put("approval", "blue/isolate-pod/1f2e");

    assertTrue(recorder.record(command, "cattleguard.operator.AIDACKCEVSQ6C2EXAMPLE"));

    TimelineEntry entry = incidents.find("one").orElseThrow().timeline().entries().getFirst();
    assertEquals("Anna (aws:AIDACKCEVSQ6C2EXAMPLE)", entry.who());
    assertEquals("blue/isolate-pod/1f2e, reason: a test says so", entry.text());
  }

  @Test
  void anApprovalTellsWhoDecided() {
    ObjectNode asked = (ObjectNode) event("isolate-pod", AWAITING_APPROVAL, 1);
    asked
        .withObject("/response")
        .putObject("approval")
        .put("id", "blue/isolate-pod/1f2e")
        .put("until", AT.plusSeconds(1_800).toString())
        .put("then", "nothing");
    ObjectNode taken = (ObjectNode) leased("isolate-pod", TAKEN, 60);
    taken
        .withObject("/response")
        .putObject("approval")
        .put("id", "blue/isolate-pod/1f2e")
        .put("until", AT.plusSeconds(1_800).toString())
        .put("then", "nothing")
        .put("by", "unix:anna");

    IncidentRecord waiting = recorded(asked);
    assertEquals(
        "blue/isolate-pod/1f2e", waiting.actions().values().iterator().next().now().approval());
    IncidentRecord record = recorded(taken);
    assertEquals(IncidentState.CONTAINED, record.state());
    assertTrue(
        record.timeline().entries().getLast().text().endsWith("decided by unix:anna"),
        record.timeline().toString());
  }

  @Test
  void aReleaseThatAPersonAskedForCountsAsUndone() {
    ResponseDecided released =
        new ResponseDecided(
            opened("one"),
            "reverse-shell",
            "isolate-pod",
            "pod shop/web-1 (uid 1)",
            RELEASED,
            List.of(),
            "undone by anna (false positive): the policy is removed",
            AT.plusSeconds(9),
            null);

    assertFalse(IncidentSummary.of(recorded(leased("isolate-pod", TAKEN, 1))).undone());
    assertTrue(IncidentSummary.of(recorded(detail(released))).undone());
  }

  @Test
  void aCanaryAndAnAlertThatWasReplayedThroughTheRoadAreNoIncidents() {
    Alert canary = TestAlerts.canary("c");
    Alert replayed =
        TestAlerts.alert("r", "rule", Severity.LOW).traits(List.of(Trait.REPLAYED.id())).build();
    for (Alert alert : List.of(canary, replayed)) {
      ScoredAlert scored = TestAlerts.scored(alert, 70);
      assertFalse(recorder.record(detail(scored), "cattleguard.score"));
      assertFalse(
          recorder.record(detail(TestAlerts.decided(scored, OBSERVED)), "cattleguard.respond"));
    }

    assertEquals(List.of(), incidents.latest(AT.minusSeconds(3_600), 10));
  }

  @Test
  void anAlertInAClusterThatIsOnlyNamedCanaryIsAnIncident() {
    Alert finding =
        TestAlerts.alert("c", "Cattleguard canary", Severity.HIGH)
            .target(Target.builder().cluster("canary").account("111122223333").build())
            .build();

    assertTrue(recorder.record(detail(TestAlerts.scored(finding, 70)), "cattleguard.score"));
  }

  @Test
  void anEventOfAnotherKindIsAnError() {
    ObjectNode other = TestIncidents.command("stop", null, AT);
    other.remove("command");
    assertThrows(ContractViolation.class, () -> recorder.record(other, Recorder.OPERATOR));
    ObjectNode timeless = TestIncidents.command("stop", null, AT).put("observedAt", "now");
    assertThrows(ContractViolation.class, () -> recorder.record(timeless, Recorder.OPERATOR));
  }

  @Test
  void hostileTextIsBoundedAndVisible() {
    String hostile = "\u202eevil\u001b[2J\n" + "漢".repeat(5_000);
    Alert alert =
        TestAlerts.alert("hostile", hostile, Severity.CRITICAL)
            .target(Target.builder().pod(hostile).namespace(hostile).build())
            .build();
    ScoredAlert scored =
        new ScoredAlert(
            TestAlerts.opened(alert),
            1,
            List.of(new Points(1, hostile)),
            new Incident("one", AT, hostile, List.of(), List.of(), List.of()));
    IncidentRecord record =
        recorded(
            detail(
                new ResponseDecided(
                    scored, "p", "a", hostile, REFUSED, List.of(hostile), hostile, AT, null)));

    String json = IncidentJson.write(record).toString();
    assertTrue(json.length() < 6_000, "is " + json.length());
    assertTrue(json.chars().noneMatch(c -> c == '\u202e' || c == '\u001b' || c == '\n'));
    assertTrue(json.contains("\\\\u202eevil"), json);
  }

  @Test
  void theGuardsOfAQuestionAndTheAdviceOfAnOutcomeAreNotCutOff() {
    String guards =
        IntStream.rangeClosed(1, 25).mapToObj(i -> "a guard " + i).collect(joining(", "));
    ResponseDecided asked =
        decided(opened("one"), "isolate-pod", AWAITING_APPROVAL, 1)
            .answering(
                new ResponseDecided.Approval(
                    "blue/isolate-pod/1f2e",
                    AT.plusSeconds(60),
                    false,
                    List.of(),
                    null,
                    null,
                    null),
                "waits for approval until later; then no action is taken. No guard objects: "
                    + guards);

    IncidentRecord record = recorded(detail(asked));

    assertTrue(
        record.actions().values().iterator().next().now().explanation().endsWith(", a guard 25"),
        record::toString);
  }

  private ActionRecord action(ResponseDecided decided) {
    IncidentRecord record = recorded(detail(decided));
    assertEquals(record, IncidentJson.readRecord(IncidentJson.write(record).toString()));
    return record.actions().values().iterator().next();
  }

  private static ResponseDecided refused(List<String> objections, GuardAnswers answers) {
    return new ResponseDecided(
            opened("one"),
            "reverse-shell",
            "isolate-pod",
            "pod shop/web-1 (uid 1)",
            REFUSED,
            objections,
            "no action taken",
            AT.plusSeconds(1),
            null)
        .after(answers);
  }

  @Test
  void aDecisionKeepsWhatEachGuardAnswered() {
    GuardAnswers answers =
        new GuardAnswers(
            List.of("kill switch", "replayed event"),
            List.of(
                new GuardAnswers.Answer("freshness", "the alert is 2 h old"),
                new GuardAnswers.Answer("owner", "it has no owner"),
                new GuardAnswers.Answer("share of nodes", "too many"),
                new GuardAnswers.Answer("last replica", "it is the last")),
            List.of(
                new GuardAnswers.Answer("node", "cannot read the node"),
                new GuardAnswers.Answer("disruption budget", "the cluster was not queried")));

    ActionRecord action =
        action(
            refused(
                List.of(
                    "the alert is 2 h old",
                    "another object has its name now",
                    "cannot read the node",
                    "it has no owner",
                    "too many",
                    "it is the last"),
                answers));

    assertEquals(
        new GuardAnswers(
            List.of("kill switch", "replayed event"),
            List.of(
                new GuardAnswers.Answer("freshness", "the alert is 2 h old"),
                new GuardAnswers.Answer("owner", ""),
                new GuardAnswers.Answer("share of nodes", ""),
                new GuardAnswers.Answer("last replica", "")),
            List.of(
                new GuardAnswers.Answer("node", "cannot read the node"),
                new GuardAnswers.Answer("disruption budget", ""))),
        action.answers());
    assertEquals(
        List.of("the alert is 2 h old", "another object has its name now", "cannot read the node"),
        action.now().objections());
  }

  @Test
  void anActionThatWasTakenSaysWhichGuardsDidNotObjectAlsoWhenItHasEnded() {
    GuardAnswers none = GuardAnswers.clear(List.of("freshness", "kill switch"));
    ResponseDecided taken = decided(opened("one"), "isolate-pod", TAKEN, 1).after(none);
    ResponseDecided released = decided(opened("one"), "isolate-pod", RELEASED, 9);

    assertEquals(GuardAnswers.NONE, action(released).answers());
    ActionRecord ended = action(taken);
    assertEquals(RELEASED, ended.now().outcome());
    assertEquals(none, ended.answers());
  }

  @Test
  void aQuestionOfAnEarlierVersionNamesItsGuardsToo() {
    ResponseDecided asked =
        decided(opened("one"), "isolate-pod", AWAITING_APPROVAL, 1)
            .about(
                new ResponseDecided.Approval(
                    "blue/isolate-pod/1f2e",
                    AT.plusSeconds(60),
                    false,
                    List.of("freshness", "kill switch"),
                    null,
                    null,
                    null));

    assertEquals(GuardAnswers.clear(List.of("freshness", "kill switch")), action(asked).answers());
  }

  /**
   * An event may contain any names, so a record does not keep more names than responders have
   * guards.
   */
  @ParameterizedTest
  @ValueSource(strings = {"<b>freshness</b>", "", "a guard whose name is far longer than any is"})
  void namesThatNoGuardHasAreNotKept(String name) {
    GuardAnswers answers =
        new GuardAnswers(
            List.of("kill switch"),
            List.of(new GuardAnswers.Answer(name, "it objects")),
            List.of());

    ActionRecord action = action(refused(List.of("it objects"), answers));

    assertEquals(GuardAnswers.NONE, action.answers());
    assertEquals(List.of("it objects"), action.now().objections());
    List<String> many = IntStream.range(0, 33).mapToObj(i -> "guard " + i).toList();
    assertEquals(GuardAnswers.NONE, action(refused(List.of(), GuardAnswers.clear(many))).answers());
  }

  /** The maximum number of guards that a record keeps per action, with the longest names. */
  private static GuardAnswers many(int action) {
    List<String> names =
        IntStream.range(0, 32)
            .mapToObj(i -> action + "-" + i + "-")
            .map(start -> start + "x".repeat(32 - start.length()))
            .toList();
    return new GuardAnswers(
        names.subList(13, 32),
        List.of(),
        names.subList(0, 13).stream()
            .map(name -> new GuardAnswers.Answer(name, "not read"))
            .toList());
  }

  /** People search the archive and the SIEM for it. */
  @Test
  void aStepHasTheWholeIdOfItsEvent() {
    ScoredAlert scored = opened("one");
    ResponseDecided decided =
        new ResponseDecided(
            scored,
            "reverse-shell",
            "isolate-pod",
            "pod payments-production/checkout-7c8d9f5b6d-x2x4k"
                + " (uid 0b3f8c1e-5d2a-4f6b-9e7c-1a2b3c4d5e6f)",
            TAKEN,
            List.of(),
            "isolated",
            AT,
            LEASE);

    IncidentRecord record = recorded(detail(scored), detail(decided));

    assertEquals(decided.id(), record.actions().values().iterator().next().now().id());
  }

  @ParameterizedTest
  @ValueSource(strings = {"漢", "\"", "\\", "x"})
  void theLargestRecordFitsIntoAnItemOf400Kilobytes(String one) {
    String wide = one.repeat(3_000);
    List<JsonNode> events = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      Alert alert =
          TestAlerts.alert(i + wide, i + wide, Severity.CRITICAL)
              .target(
                  Target.builder()
                      .cluster(wide)
                      .namespace(wide)
                      .workload(wide)
                      .pod(wide)
                      .podUid(wide)
                      .containerName(wide)
                      .image(wide)
                      .resource(wide)
                      .principal(wide)
                      .build())
              .build();
      ScoredAlert scored = scored("one", alert, i + wide, Acceptance.OPENED, 1);
      for (ResponseOutcome outcome : List.of(TAKEN, EXTENDED, FAILED, AWAITING_APPROVAL)) {
        events.add(
            detail(
                new ResponseDecided(
                        scored,
                        wide,
                        wide,
                        i + wide,
                        outcome,
                        List.of("1" + wide, "2" + wide, "3" + wide, "4" + wide, "5" + wide),
                        wide,
                        AT.plusSeconds(events.size()),
                        LEASE)
                    .after(many(i))));
      }
      for (int entry = 0; entry < 4; entry++) {
        ObjectNode deviation = detail(scored).deepCopy();
        deviation
            .withObject("alert")
            .put("source", "cattleguard")
            .put("raw", raw("m".repeat(200), "file:" + "x".repeat(149) + entry));
        events.add(deviation);
      }
      ObjectNode command = TestIncidents.command("undo", "one", AT.plusSeconds(i));
      events.add(command.put("why", wide).put("who", wide).put("id", i + wide));
    }

    IncidentRecord record = recorded(events.toArray(JsonNode[]::new));

    int bytes =
        IncidentJson.write(record).toString().getBytes(StandardCharsets.UTF_8).length
            + IncidentJson.write(IncidentSummary.of(record))
                .toString()
                .getBytes(StandardCharsets.UTF_8)
                .length;
    assertEquals(
        64, record.problems().values().stream().mapToInt(each -> each.acceptable().size()).sum());
    assertEquals(
        32 * 24, record.actions().values().stream().mapToInt(each -> each.guards().size()).sum());
    assertEquals(13, record.actions().values().iterator().next().answers().notEvaluated().size());
    assertTrue(bytes < 390_000, "is " + bytes);
  }
}
