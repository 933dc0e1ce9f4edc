package io.cattleguard.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Silenced;
import io.cattleguard.events.TestAlerts;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RouterTest {
  private final Router shipped = new Router(PolicyDirectory.shipped());

  @ParameterizedTest(name = "{0} of score {1} goes to {2}")
  @CsvSource({
    "RUNTIME, 0, siem",
    "RUNTIME, 59, siem",
    "RUNTIME, 60, security-channel siem",
    "RUNTIME, 100, security-channel siem",
    "AUDIT, 60, security-channel siem",
    "AUDIT, 59, siem",
    "HEALTH, 0, security-channel siem",
    "HEALTH, 100, security-channel siem",
    "CONFIGURATION, 0, developers-channel siem",
    "CONFIGURATION, 100, developers-channel siem",
    "VULNERABILITY, 0, developers-channel siem",
    "VULNERABILITY, 100, developers-channel siem"
  })
  void theShippedPolicySendsEachClassToItsPeople(
      AlertClass alertClass, int score, String expected) {
    List<Delivery> deliveries = shipped.route(Notices.alert().of(alertClass).score(score).scored());

    assertEquals(expected, destinations(deliveries));
  }

  @ParameterizedTest
  @EnumSource(ResponseOutcome.class)
  void theShippedPolicyTellsSecurityOfEveryOutcomeWhateverTheScore(ResponseOutcome outcome) {
    List<Delivery> deliveries = shipped.route(Notices.alert().score(0).decided(outcome));

    assertEquals("security-channel siem", destinations(deliveries));
  }

  @ParameterizedTest
  @EnumSource(ResponseOutcome.class)
  void anOutcomeAboutConfigurationStaysOutOfTheRuntimeChannel(ResponseOutcome outcome) {
    List<Delivery> deliveries =
        shipped.route(Notices.alert().of(AlertClass.CONFIGURATION).score(100).decided(outcome));

    assertEquals("developers-channel siem", destinations(deliveries));
  }

  @ParameterizedTest
  @EnumSource(AlertClass.class)
  void anAlertThatIsContinuingIsDeliveredNowhereWhateverTheRoutesSay(AlertClass alertClass) {
    Notices continuing = Notices.alert().of(alertClass).acceptance(Acceptance.CONTINUING);

    assertEquals(List.of(), shipped.route(continuing.score(100).scored()));
  }

  @ParameterizedTest
  @EnumSource(ResponseOutcome.class)
  void theOutcomeForAnAlertThatIsContinuingIsToldAsAnyOutcome(ResponseOutcome outcome) {
    List<Delivery> deliveries =
        shipped.route(Notices.alert().score(0).acceptance(Acceptance.CONTINUING).decided(outcome));

    assertEquals("security-channel siem", destinations(deliveries));
  }

  @ParameterizedTest
  @EnumSource(AlertClass.class)
  void aSilencedAlertGoesToMachinesOnly(AlertClass alertClass) {
    List<Delivery> deliveries =
        shipped.route(Notices.alert().of(alertClass).score(100).silenced().scored());

    assertEquals("siem", destinations(deliveries));
  }

  @ParameterizedTest
  @EnumSource(ResponseOutcome.class)
  void aSilenceDoesNotHideWhatWasDoneToProduction(ResponseOutcome outcome) {
    boolean withoutEffect =
        outcome == ResponseOutcome.OBSERVED || outcome == ResponseOutcome.REFUSED;

    assertEquals(
        withoutEffect ? "siem" : "security-channel siem",
        destinations(shipped.route(Notices.alert().silenced().decided(outcome))));
  }

  @ParameterizedTest(name = "a mark below 80 on a score of {0}: {1}")
  @CsvSource({"79, siem", "80, security-channel siem"})
  void aMarkWithAScoreHidesOnlyWhatIsBelow(int score, String expected) {
    ScoredAlert scored = Notices.alert().score(score).scored();
    AcceptedAlert muted =
        scored.accepted().silencedBy(new Silenced("inhibition node", "the node", false, 80, null));

    assertEquals(
        expected, destinations(shipped.route(new ScoredAlert(muted, score, scored.reasons()))));
  }

  @ParameterizedTest(name = "with score {0}")
  @ValueSource(ints = {0, 60, 100})
  void noPersonIsToldOfACanaryWhateverTheRoutesSay(int score) {
    ScoredAlert canary = TestAlerts.scored(TestAlerts.canary("c"), score);

    assertEquals("siem", destinations(shipped.route(canary)));
    for (ResponseOutcome outcome : ResponseOutcome.values()) {
      assertEquals(List.of(), shipped.route(TestAlerts.decided(canary, outcome)));
    }
  }

  @Test
  void anIntrusionThatCallsItselfACanaryOrADrillIsTold() {
    for (String name : List.of("Cattleguard canary", "Cattleguard drill")) {
      assertEquals(
          "security-channel siem",
          destinations(shipped.route(Notices.alert().rule(name).scored())));
    }
  }

  @Test
  void twoRoutesToOneDestinationMakeOneDelivery() {
    List<Delivery> deliveries =
        shipped.route(Notices.alert().score(90).decided(ResponseOutcome.TAKEN));

    Delivery toPeople =
        deliveries.stream()
            .filter(delivery -> delivery.destination().equals("security-channel"))
            .collect(Collectors.toList())
            .getFirst();
    assertEquals(List.of("serious-alerts-to-security", "outcomes-to-security"), toPeople.routes());
    assertEquals(2, deliveries.size());
  }

  @Test
  void idsAreTheSameForTheSameEventAndDifferForEachDestinationAndEvent() {
    ScoredAlert alert = Notices.alert().scored();

    List<String> ids = ids(shipped.route(alert));

    assertEquals(List.of("a1/opened/scored@siem", "a1/opened/scored@security-channel"), ids);
    assertEquals(ids, ids(shipped.route(Notices.alert().scored())));
    Set<String> all = new TreeSet<>(ids);
    all.addAll(ids(shipped.route(Notices.alert().id("a2").scored())));
    all.addAll(ids(shipped.route(Notices.alert().decided(ResponseOutcome.TAKEN))));
    all.addAll(ids(shipped.route(Notices.alert().decided(ResponseOutcome.FAILED))));
    assertEquals(8, all.size());
  }

  @Test
  void explainNamesTheConditionsThatFail() {
    List<RouteVerdict> verdicts = shipped.explain(Notices.alert().score(59).scored());

    RouteVerdict serious = verdict(verdicts, "serious-alerts-to-security");
    assertFalse(serious.matches());
    assertTrue(serious.nearlyMatches());
    assertEquals(List.of("score is 59, needs >= 60"), serious.unmet());
    assertTrue(verdict(verdicts, "everything-to-the-siem").matches());
    assertFalse(verdict(verdicts, "everything-to-the-siem").nearlyMatches());
  }

  @Test
  void explainAgreesWithWhereADeliveryGoes(@TempDir Path directory) {
    for (AlertClass alertClass : AlertClass.values()) {
      for (int score : new int[] {0, 59, 60, 100}) {
        ScoredAlert alert = Notices.alert().of(alertClass).score(score).scored();
        Set<String> told =
            shipped.route(alert).stream()
                .flatMap(delivery -> delivery.routes().stream())
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> explained =
            shipped.explain(alert).stream()
                .filter(RouteVerdict::matches)
                .map(verdict -> verdict.route().name())
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(told, explained);
      }
    }
  }

  @Test
  void theRawEventCannotDecideARoute(@TempDir Path directory) {
    String routes =
        """
        destinations:
          - { name: d, type: slack-webhook, url-from: URL }
        routes:
          - name: r
            when: { alert: { raw: [{ exists: true }] } }
            to: [d]
        """;

    PolicyException refused =
        assertThrows(PolicyException.class, () -> PolicyDirectory.routes(directory, routes));

    assertTrue(refused.errors().getFirst().message().startsWith("unknown key 'raw'"));
  }

  private static String destinations(List<Delivery> deliveries) {
    return deliveries.stream().map(Delivery::destination).sorted().collect(Collectors.joining(" "));
  }

  private static List<String> ids(List<Delivery> deliveries) {
    return deliveries.stream().map(Delivery::id).toList();
  }

  private static RouteVerdict verdict(List<RouteVerdict> verdicts, String route) {
    return verdicts.stream()
        .filter(verdict -> verdict.route().name().equals(route))
        .findFirst()
        .orElseThrow();
  }
}
