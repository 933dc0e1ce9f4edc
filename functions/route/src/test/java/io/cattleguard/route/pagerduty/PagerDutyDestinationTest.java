package io.cattleguard.route.pagerduty;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import io.cattleguard.route.BrokenConversations;
import io.cattleguard.route.Conversation;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.HostileNotices;
import io.cattleguard.route.InMemoryConversations;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Notices;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.PolicyDestinationContract;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.http.FakeServer;
import io.cattleguard.route.http.HttpPost;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PagerDutyDestinationTest extends PolicyDestinationContract {
  private final FakePagerDuty pagerDuty = new FakePagerDuty();
  private final List<Duration> pauses = new ArrayList<>();
  private final Set<String> notified = new HashSet<>();
  private Conversations conversations = new InMemoryConversations();

  @AfterEach
  void pagerDutyHadNothingToObjectTo() {
    assertEquals(List.of(), pagerDuty.violations());
    pagerDuty.close();
  }

  @Override
  protected Destination open(DestinationSettings settings, Secrets secrets) {
    return new PagerDutyDestination(
        (PagerDutySettings) settings,
        secrets,
        conversations,
        new HttpPost(CONNECT, READ),
        pauses::add);
  }

  @Override
  protected String yaml(URI service) {
    return """
    {name: under-test, type: pagerduty, key-from: KEY, api: "%s", incident-url: "https://board.example.com/incidents/{incident}"}
    """
        .formatted(service.resolve("/"));
  }

  @Override
  protected Map<String, String> environment(URI service, String secret) {
    return Map.of("KEY", secret);
  }

  @Override
  protected Map.Entry<URI, String> service() {
    return Map.entry(pagerDuty.address(), FakePagerDuty.KEY);
  }

  @Override
  protected Destination busy() {
    pagerDuty.answer(new FakeServer.Scripted(429, Map.of("Retry-After", "30"), ""));
    return working();
  }

  @Override
  protected Destination refusing() {
    return open(
        settings(pagerDuty.address()), secrets(environment(pagerDuty.address(), "unknown")));
  }

  @Override
  protected int told() {
    return pagerDuty.events().size();
  }

  /** Delivers it; the outcome says whether PagerDuty notified people, of this or of a copy. */
  private Outcome tell(Delivery delivery) {
    int before = pagerDuty.notified();
    Outcome outcome = working().deliver(List.of(delivery), T0).getFirst();
    if (outcome instanceof Outcome.Delivered delivered) {
      boolean isNew = pagerDuty.notified() > before;
      assertTrue(delivered.notifies() || !isNew, "it notified people");
      assertTrue(!delivered.notifies() || isNew || notified.contains(delivery.id()), "it did not");
      if (isNew) {
        notified.add(delivery.id());
      }
    }
    return outcome;
  }

  private static Notices alert(String id) {
    return Notices.alert().id(id).incident("0011223344556677", "Terminal shell in container");
  }

  private List<String> actions() {
    return pagerDuty.events().stream()
        .map(one -> one.path("event_action").asText() + " " + one.path("dedup_key").asText())
        .toList();
  }

  @Test
  void anIncidentIsOnePageThatFollowsItsState() {
    tell(alert("a1").to(NAME));
    tell(alert("a2").fingerprint("f2").rule("Another rule").to(NAME));
    tell(alert("a1").outcomeTo(NAME, ResponseOutcome.TAKEN));
    tell(alert("a1").outcomeTo(NAME, ResponseOutcome.EXTENDED));
    tell(alert("a1").outcomeTo(NAME, ResponseOutcome.RELEASED));

    assertEquals(
        List.of(
            "trigger 0011223344556677",
            "trigger 0011223344556677",
            "acknowledge 0011223344556677",
            "resolve 0011223344556677"),
        actions());
    assertEquals(1, pagerDuty.notified());
  }

  @ParameterizedTest
  @ValueSource(strings = {"FAILED", "REFUSED", "AWAITING_APPROVAL", "REQUESTED", "OBSERVED"})
  void anIncidentThatIsNotContainedIsNotAcknowledged(ResponseOutcome outcome) {
    tell(alert("a1").to(NAME));
    tell(alert("a1").outcomeTo(NAME, outcome));

    assertEquals(Set.of("triggered"), Set.copyOf(pagerDuty.states().values()));
  }

  @Test
  void anIncidentOfWhichOneObjectIsNotContainedIsNotAcknowledged() {
    tell(alert("a1").to(NAME));
    tell(alert("a2").pod("web-2").outcomeTo(NAME, ResponseOutcome.REFUSED));
    tell(alert("a1").outcomeTo(NAME, ResponseOutcome.TAKEN));

    assertEquals(Map.of("0011223344556677", "triggered"), pagerDuty.states());
  }

  @Test
  void anActionThatCutsOffOneAddressDoesNotAcknowledge() {
    tell(alert("a1").to(NAME));
    tell(outcome("block-egress", "pod shop/web-1 (uid 1)", ResponseOutcome.TAKEN, 2));

    assertEquals(Map.of("0011223344556677", "triggered"), pagerDuty.states());
  }

  @ParameterizedTest
  @ValueSource(strings = {"REFUSED", "OBSERVED"})
  void aReleaseDoesNotResolveWhileAnotherObjectWasNeverContained(ResponseOutcome other) {
    tell(alert("a1").to(NAME));
    tell(outcome("isolate-pod", "pod shop/web-1 (uid 1)", ResponseOutcome.TAKEN, 2));
    tell(outcome("isolate-pod", "pod shop/web-2 (uid 2)", other, 3));
    tell(outcome("isolate-pod", "pod shop/web-1 (uid 1)", ResponseOutcome.RELEASED, 4));

    assertFalse(pagerDuty.states().containsValue("resolved"), pagerDuty.states().toString());
  }

  private static Delivery outcome(
      String action, String target, ResponseOutcome outcome, int second) {
    return new Delivery(
        NAME,
        new Notice.Decided(
            new ResponseDecided(
                low("a1").scored(),
                "reverse-shell",
                action,
                target,
                outcome,
                List.of(),
                "a test says so",
                T0.plusSeconds(second),
                null)),
        List.of("test"));
  }

  static Stream<Arguments> news() {
    return Stream.of(
        arguments(alert("a2").pod("web-2").outcomeTo(NAME, ResponseOutcome.FAILED)),
        arguments(alert("a2").pod("web-2").outcomeTo(NAME, ResponseOutcome.REFUSED)),
        arguments(alert("a2").fingerprint("f2").rule("Grave and new").to(NAME)),
        arguments(alert("a2").severity(Severity.FATAL).to(NAME)),
        arguments(alert("a2").acceptance(Acceptance.ESCALATED).to(NAME)));
  }

  @ParameterizedTest
  @MethodSource("news")
  void newsAfterTheAcknowledgementPageAgain(Delivery news) {
    tell(alert("a1").to(NAME));
    tell(alert("a1").outcomeTo(NAME, ResponseOutcome.TAKEN));
    tell(news);
    tell(news);

    assertEquals(2, pagerDuty.notified());
    assertEquals("triggered", pagerDuty.states().get("0011223344556677/2"));
  }

  @Test
  void aRepeatAfterTheAcknowledgementDoesNotPageAgain() {
    tell(alert("a1").to(NAME));
    tell(alert("a1").outcomeTo(NAME, ResponseOutcome.TAKEN));
    tell(alert("a3").repeated(10, T0.plusSeconds(60)).to(NAME));
    tell(alert("a1").outcomeTo(NAME, ResponseOutcome.OBSERVED));

    assertEquals(1, pagerDuty.notified());
  }

  @Test
  void aReleaseResolvesEveryPageOfTheIncident() {
    tell(alert("a1").to(NAME));
    tell(alert("a1").outcomeTo(NAME, ResponseOutcome.TAKEN));
    tell(alert("a2").fingerprint("f2").rule("Grave and new").to(NAME));
    tell(alert("a1").outcomeTo(NAME, ResponseOutcome.RELEASED));

    assertEquals(
        Map.of("0011223344556677", "resolved", "0011223344556677/2", "resolved"),
        pagerDuty.states());
    int before = pagerDuty.events().size();
    tell(alert("a1").outcomeTo(NAME, ResponseOutcome.RELEASED));
    assertEquals(before, pagerDuty.events().size(), "once");
  }

  static Stream<Arguments> graver() {
    return Stream.of(
        arguments(outcome("delete-pod", "pod shop/web-1", ResponseOutcome.FAILED, 2)),
        arguments(alert("a2").severity(Severity.CRITICAL).score(40).to(NAME)));
  }

  /** Cattleguard does not hear of a person's acknowledgement. */
  @ParameterizedTest
  @MethodSource("graver")
  void graverNewsOfAnOpenPagePagesAgainOnce(Delivery news) {
    tell(low("a1").to(NAME));
    tell(low("a3").repeated(10, T0.plusSeconds(60)).to(NAME));
    assertEquals(1, pagerDuty.notified());
    tell(news);
    tell(news);
    assertEquals("triggered", pagerDuty.states().get("0011223344556677/2"));
    tell(alert("a4").pod("web-2").outcomeTo(NAME, ResponseOutcome.FAILED));
    int after = pagerDuty.notified();
    tell(alert("a5").pod("web-3").outcomeTo(NAME, ResponseOutcome.FAILED));

    assertEquals(after, pagerDuty.notified(), "not once for each object");
  }

  private static Notices low(String id) {
    return alert(id).severity(Severity.MEDIUM).score(40);
  }

  @Test
  void aContainmentAcknowledgesEveryOpenPage() {
    tell(low("a1").to(NAME));
    tell(alert("a2").severity(Severity.CRITICAL).to(NAME));
    tell(alert("a2").outcomeTo(NAME, ResponseOutcome.TAKEN));

    assertEquals(
        Map.of("0011223344556677", "acknowledged", "0011223344556677/2", "acknowledged"),
        pagerDuty.states());
  }

  @Test
  void aContainmentThatChangesNoPageIsKnownAtTheRelease() {
    tell(alert("a1").to(NAME));
    tell(outcome("isolate-pod", "pod shop/web-1", ResponseOutcome.TAKEN, 2));
    tell(outcome("isolate-pod", "pod shop/web-2", ResponseOutcome.TAKEN, 3));
    tell(outcome("isolate-pod", "pod shop/web-1", ResponseOutcome.RELEASED, 4));

    assertEquals(Map.of("0011223344556677", "acknowledged"), pagerDuty.states());
  }

  /** A batch that read the conversation before another batch opened a new page. */
  @Test
  void aSlowerBatchDoesNotForgetAPage() {
    tell(low("a1").to(NAME));
    Conversation.Key key = new Conversation.Key(NAME, "0011223344556677");
    Conversation slow = conversations.find(key).orElseThrow();
    tell(alert("a2").to(NAME));
    assertEquals("triggered", pagerDuty.states().get("0011223344556677/2"));
    Conversation unused = conversations.save(key, slow);
    tell(alert("a2").outcomeTo(NAME, ResponseOutcome.TAKEN));

    assertEquals("acknowledged", pagerDuty.states().get("0011223344556677/2"));
  }

  static Stream<Arguments> graveWithoutATable() {
    return Stream.of(
        arguments(alert("a2").outcomeTo(NAME, ResponseOutcome.FAILED)),
        arguments(alert("a2").outcomeTo(NAME, ResponseOutcome.REFUSED)),
        arguments(alert("a2").fingerprint("f2").to(NAME)));
  }

  @ParameterizedTest
  @MethodSource("graveWithoutATable")
  void graveNewsPagesWhileTheTableDoesNotAnswer(Delivery news) {
    tell(alert("a1").to(NAME));
    tell(alert("a1").outcomeTo(NAME, ResponseOutcome.TAKEN));
    Conversations working = conversations;
    conversations = new BrokenConversations();
    tell(news);
    tell(news);

    assertEquals(2, pagerDuty.notified(), "once, also if it is delivered twice");
    assertTrue(
        pagerDuty.events().getLast().path("dedup_key").asText().startsWith("0011223344556677/u-"));
    conversations = working;
    tell(alert("a3").repeated(10, T0.plusSeconds(60)).to(NAME));
    assertEquals(2, pagerDuty.notified(), "the table still knows the incident's page");
  }

  @Test
  void withoutTheConversationsTableNoPageIsAcknowledged() {
    tell(low("a1").to(NAME));
    tell(outcome("isolate-pod", "pod shop/web-2", ResponseOutcome.REFUSED, 1));
    conversations = new BrokenConversations();
    tell(outcome("isolate-pod", "pod shop/web-1", ResponseOutcome.TAKEN, 2));

    assertFalse(pagerDuty.states().containsValue("acknowledged"), pagerDuty.states().toString());
  }

  @Test
  void anAttackThatGoesOnAfterTheReleasePagesAgain() {
    tell(alert("a1").to(NAME));
    tell(alert("a1").outcomeTo(NAME, ResponseOutcome.TAKEN));
    tell(alert("a1").outcomeTo(NAME, ResponseOutcome.RELEASED));
    tell(alert("a3").repeated(10, T0.plusSeconds(60)).to(NAME));

    assertEquals(2, pagerDuty.notified());
  }

  @ParameterizedTest
  @CsvSource({"guardduty, 1", "falco, 2"})
  void onlyAnotherPeerOfAContainedAttackPagesNobody(String source, int pages) {
    tell(alert("a1").inbound(source).to(NAME));
    tell(alert("a1").inbound(source).outcomeTo(NAME, ResponseOutcome.TAKEN));
    tell(
        alert("a2")
            .inbound(source)
            .opened(T0.plusSeconds(60))
            .acceptance(Acceptance.SPREAD)
            .observed(T0.plusSeconds(60))
            .to(NAME));

    assertEquals(pages, pagerDuty.notified());
  }

  @Test
  void anOutcomeThatComesBeforeItsAlertPagesOnce() {
    tell(alert("a1").acceptance(Acceptance.SPREAD).outcomeTo(NAME, ResponseOutcome.TAKEN));
    tell(alert("a1").acceptance(Acceptance.SPREAD).to(NAME));

    assertEquals(1, pagerDuty.notified());
    assertEquals(Map.of("0011223344556677", "acknowledged"), pagerDuty.states());
  }

  @Test
  void withoutTheConversationsTableAnAlertPages() {
    conversations = new BrokenConversations();

    assertInstanceOf(Outcome.Delivered.class, tell(alert("a1").to(NAME)));
    assertEquals(1, pagerDuty.notified());
  }

  @ParameterizedTest
  @ValueSource(strings = {"sample", "replayed"})
  void aSampleOrAReplayedAlertPagesNobody(String trait) {
    assertInstanceOf(Outcome.Skipped.class, tell(alert("a1").traits(trait).to(NAME)));
    assertInstanceOf(
        Outcome.Skipped.class,
        tell(alert("a1").traits(trait).outcomeTo(NAME, ResponseOutcome.FAILED)));
    assertEquals(0, pagerDuty.requests());
  }

  @ParameterizedTest
  @ValueSource(strings = {"CONFIGURATION", "VULNERABILITY"})
  void aFindingThatDevelopersFixPagesNobody(AlertClass alertClass) {
    assertInstanceOf(Outcome.Skipped.class, tell(alert("a1").of(alertClass).to(NAME)));
    assertEquals(0, pagerDuty.requests());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("io.cattleguard.route.HostileNotices#texts")
  void aMegabyteOfTextIsBounded(String name, String text) {
    Outcome outcome =
        tell(HostileNotices.everywhere(text).outcomeTo(NAME, ResponseOutcome.FAILED, text));

    assertInstanceOf(Outcome.Delivered.class, outcome, name);
    assertTrue(pagerDuty.events().getFirst().toString().length() < 60_000, name);
  }

  static Stream<Arguments> severities() {
    return Stream.of(
        arguments(Severity.FATAL, 10, "critical"),
        arguments(Severity.CRITICAL, 10, "critical"),
        arguments(Severity.HIGH, 10, "error"),
        arguments(Severity.MEDIUM, 10, "warning"),
        arguments(Severity.LOW, 10, "info"),
        arguments(Severity.INFORMATIONAL, 10, "info"),
        arguments(null, 10, "info"),
        arguments(Severity.LOW, 30, "warning"),
        arguments(Severity.LOW, 60, "error"),
        arguments(Severity.LOW, 80, "critical"));
  }

  @ParameterizedTest
  @MethodSource("severities")
  void theGraverOfSeverityAndScoreCounts(Severity severity, int score, String expected) {
    tell(alert("a1").incident("0011223344556677").severity(severity).score(score).to(NAME));

    assertEquals(expected, pagerDuty.events().getFirst().path("payload").path("severity").asText());
  }

  @Test
  void aPageSaysWhatHappenedWhereAndLinksToTheIncident() {
    tell(alert("a1").to(NAME));

    JsonNode event = pagerDuty.events().getFirst();
    assertEquals(
        "Terminal shell in container · prod/shop/web-1",
        event.path("payload").path("summary").asText());
    assertEquals("prod/shop/web-1", event.path("payload").path("source").asText());
    assertEquals("Deployment/web", event.path("payload").path("component").asText());
    assertEquals("bash -i", event.at("/payload/custom_details/Command line").asText());
    assertEquals(
        "https://board.example.com/incidents/0011223344556677",
        event.path("links").path(0).path("href").asText());
  }

  @Test
  void aBatchIsPacedAndARestIsKept() {
    pagerDuty.answerAfter(2, new FakeServer.Scripted(429, Map.of("Retry-After", "60"), ""));
    Destination destination = working();
    List<Delivery> batch = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      batch.add(Notices.alert().id("a" + i).fingerprint("f" + i).to(NAME));
    }

    List<Outcome> outcomes = destination.deliver(batch, T0);

    assertEquals(
        List.of("delivered", "delivered", "try-again", "try-again", "try-again"),
        outcomes.stream().map(Outcome::word).toList());
    assertEquals(3, pagerDuty.requests());
    assertEquals(List.of(Duration.ofMillis(500), Duration.ofMillis(500)), pauses);
  }

  @Test
  void aKeyThatPagerDutyDoesNotKnowIsAskedForOnce() {
    Destination destination = refusing();

    List<Outcome> outcomes =
        destination.deliver(List.of(alert("a1").to(NAME), alert("a2").to(NAME)), T0);

    assertEquals(1, pagerDuty.requests());
    assertTrue(
        assertInstanceOf(Outcome.Blocked.class, outcomes.getLast())
            .reason()
            .contains("integration key"));
  }

  @Test
  void anEventThatPagerDutyCannotReadIsRejectedAlone() {
    pagerDuty.answer(
        new FakeServer.Scripted(
            400, "{\"status\":\"invalid event\",\"errors\":[\"'payload.summary' is blank\"]}"));

    List<Outcome> outcomes =
        working().deliver(List.of(alert("a1").to(NAME), alert("a2").to(NAME)), T0);

    assertEquals(List.of("rejected", "delivered"), outcomes.stream().map(Outcome::word).toList());
  }

  @Test
  void anIncidentUrlWithoutThePlaceOfTheIdIsAnError() {
    PolicyException e =
        Assertions.assertThrows(
            PolicyException.class,
            () ->
                settings(
                    "{name: x, type: pagerduty, key-from: K, incident-url:"
                        + " \"https://x.example\"}"));

    assertFalse(e.errors().isEmpty());
  }
}
