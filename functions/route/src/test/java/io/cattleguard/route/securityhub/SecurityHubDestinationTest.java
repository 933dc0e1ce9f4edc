package io.cattleguard.route.securityhub;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.route.BrokenConversations;
import io.cattleguard.route.Conversation;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.HostileNotices;
import io.cattleguard.route.InMemoryConversations;
import io.cattleguard.route.Notices;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.PolicyDestinationContract;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.aws.AwsEnvironment;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class SecurityHubDestinationTest extends PolicyDestinationContract {
  private static final String SECRET = "a-secret-access-key-of-a-test";

  private final FakeSecurityHub hub = new FakeSecurityHub();
  private final InMemoryConversations conversations = new InMemoryConversations();

  @AfterEach
  void securityHubHadNothingToObjectTo() {
    assertEquals(List.of(), hub.violations());
    hub.close();
  }

  @Override
  protected Destination open(DestinationSettings settings, Secrets secrets) {
    return settings.open(secrets, conversations);
  }

  @Override
  protected String yaml(URI service) {
    return "{name: under-test, type: security-hub, account-from: ACCOUNT}";
  }

  @Override
  protected Map<String, String> environment(URI service, String secret) {
    return AwsEnvironment.of(service, secret, "ACCOUNT", FakeSecurityHub.ACCOUNT);
  }

  @Override
  protected Map.Entry<URI, String> service() {
    return Map.entry(hub.address(), SECRET);
  }

  @Override
  protected Destination busy() {
    hub.answer(FakeSecurityHub.error(429, "LimitExceededException"));
    return working();
  }

  @Override
  protected Destination refusing() {
    hub.answer(FakeSecurityHub.error(401, "InvalidAccessException"));
    return working();
  }

  @Override
  protected int told() {
    return hub.findings().size();
  }

  private static Notices alert(String id) {
    return Notices.alert().id(id).incident("0011223344556677", "Terminal shell in container");
  }

  @Test
  void aContainedIncidentIsOneFindingThatItsNextOutcomeUpdates() {
    working().deliver(List.of(alert("a1").outcomeTo(NAME, ResponseOutcome.TAKEN)), T0);
    working()
        .deliver(List.of(alert("a2").outcomeTo(NAME, ResponseOutcome.RELEASED)), T0.plusSeconds(1));

    assertEquals(1, told());
    JsonNode finding = hub.finding("cattleguard/0011223344556677");
    assertEquals("CRITICAL", finding.path("Severity").path("Label").asText());
    assertEquals("released", finding.path("ProductFields").path("cattleguard/outcome").asText());
    assertEquals("prod/shop/web-1", finding.path("Resources").path(0).path("Id").asText());
  }

  @Test
  void aCallHasOneFindingPerIncident() {
    List<Outcome> outcomes =
        working()
            .deliver(
                List.of(alert("a1").to(NAME), alert("a1").outcomeTo(NAME, ResponseOutcome.TAKEN)),
                T0);

    assertEquals(List.of(new Outcome.Delivered(), new Outcome.Delivered()), outcomes);
    assertEquals(1, hub.requests());
    assertEquals(
        "taken",
        hub.finding("cattleguard/0011223344556677")
            .path("ProductFields")
            .path("cattleguard/outcome")
            .asText());
  }

  private static Notices grave() {
    return alert("a1").fingerprint("f1").rule("Container escape").pod("web-1");
  }

  private static Notices lesser() {
    return alert("a2")
        .fingerprint("f2")
        .rule("Package management in container")
        .pod("web-2")
        .severity(Severity.MEDIUM)
        .score(35)
        .opened(T0.plusSeconds(5));
  }

  private void assertIsStillGrave(String why) {
    JsonNode finding = hub.finding("cattleguard/0011223344556677");
    assertEquals("CRITICAL", finding.path("Severity").path("Label").asText(), why);
    assertEquals(
        "CRITICAL",
        finding.path("FindingProviderFields").path("Severity").path("Label").asText(),
        why);
    assertEquals("Container escape · prod/shop/web-1", finding.path("Title").asText(), why);
    assertEquals("prod/shop/web-1", finding.path("Resources").path(0).path("Id").asText(), why);
    assertEquals("85", finding.path("ProductFields").path("cattleguard/score").asText(), why);
    assertTrue(finding.path("Description").asText().contains("85: the source calls"), why);
  }

  @Test
  void aLesserAlertAndItsOutcomeDoNotLowerTheFinding() {
    working().deliver(List.of(grave().to(NAME)), T0.plusSeconds(1));
    assertIsStillGrave("the gravest alert");
    working().deliver(List.of(lesser().to(NAME)), T0.plusSeconds(6));
    assertIsStillGrave("a lesser alert");
    working()
        .deliver(
            List.of(lesser().outcomeTo(NAME, ResponseOutcome.REFUSED, "the last ready pod")),
            T0.plusSeconds(7));
    assertIsStillGrave("an outcome of the lesser alert");

    JsonNode finding = hub.finding("cattleguard/0011223344556677");
    assertEquals("refused", finding.path("ProductFields").path("cattleguard/outcome").asText());
    assertEquals("refused", finding.path("ProductFields").path("cattleguard/state").asText());
    assertTrue(
        finding.path("Description").asText().contains("refused: delete-pod on pod shop/web-2"),
        finding.path("Description").asText());
  }

  @Test
  void theGravestOfACallIsNotDropped() {
    List<Outcome> outcomes =
        working().deliver(List.of(grave().to(NAME), lesser().to(NAME)), T0.plusSeconds(6));

    assertEquals(List.of(new Outcome.Delivered(), new Outcome.Delivered()), outcomes);
    assertEquals(1, hub.requests());
    assertIsStillGrave("a lesser alert of the same call");
  }

  @Test
  void aGraverAlertThatComesLateRaisesTheFinding() {
    working().deliver(List.of(lesser().to(NAME)), T0.plusSeconds(6));
    working().deliver(List.of(grave().to(NAME)), T0.plusSeconds(7));

    assertIsStillGrave("an alert that is older than the finding");
  }

  @Test
  void withoutConversationsTheStepsOfTheIncidentKeepTheSeverity() {
    Destination forgetful =
        settings(yaml(hub.address()))
            .open(secrets(environment(hub.address(), SECRET)), new BrokenConversations());

    assertEquals(
        List.of(new Outcome.Delivered()),
        forgetful.deliver(List.of(lesser().to(NAME)), T0.plusSeconds(6)));
    assertEquals(
        "HIGH",
        hub.finding("cattleguard/0011223344556677").path("Severity").path("Label").asText());
  }

  @Test
  void aFailedImportIsNotRememberedAsTold() {
    hub.fail("cattleguard/0011223344556677", "InternalFailure");
    working().deliver(List.of(grave().to(NAME)), T0.plusSeconds(1));

    assertTrue(conversations.find(new Conversation.Key(NAME, "0011223344556677")).isEmpty());
  }

  @Test
  void aFindingFailsAlone() {
    hub.fail("cattleguard/f1", "InvalidInput");
    hub.fail("cattleguard/f2", "InternalFailure");

    List<Outcome> outcomes =
        working()
            .deliver(
                List.of(
                    Notices.alert().id("a1").fingerprint("f1").to(NAME),
                    Notices.alert().id("a2").fingerprint("f2").to(NAME),
                    Notices.alert().id("a3").fingerprint("f3").to(NAME)),
                T0);

    assertInstanceOf(Outcome.Rejected.class, outcomes.get(0));
    assertInstanceOf(Outcome.TryAgain.class, outcomes.get(1));
    assertEquals(new Outcome.Delivered(), outcomes.get(2));
  }

  @Test
  void aSampleIsMarked() {
    working().deliver(List.of(alert("a1").traits(Trait.SAMPLE.id()).to(NAME)), T0);

    assertTrue(hub.finding("cattleguard/0011223344556677").path("Sample").asBoolean());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("io.cattleguard.route.HostileNotices#texts")
  void aMegabyteOfTextFitsIntoAFinding(String name, String text) {
    Outcome outcome =
        working()
            .deliver(
                List.of(
                    HostileNotices.everywhere(text).outcomeTo(NAME, ResponseOutcome.FAILED, text)),
                T0)
            .getFirst();

    assertEquals(new Outcome.Delivered(), outcome, name);
  }

  @Test
  void anAccountThatIsNoneIsNamed() {
    Outcome outcome =
        open(
                settings("{name: under-test, type: security-hub, account: main}"),
                secrets(environment(hub.address(), SECRET)))
            .deliver(List.of(alert("a1").to(NAME)), T0)
            .getFirst();

    assertInstanceOf(Outcome.Blocked.class, outcome);
    assertEquals(0, hub.requests());
  }

  @ParameterizedTest
  @CsvSource({
    "ACCOUNT, 12345, ACCOUNT is not an account of 12 digits",
    "AWS_REGION,, Security Hub: AWS_REGION is not set",
    "AWS_REGION, somewhere, Security Hub: AWS_REGION is not a region",
  })
  void whatIsMissingOrWrongIsNamedAndNothingElse(String variable, String value, String said) {
    Map<String, String> variables = new HashMap<>(environment(hub.address(), SECRET));
    if (value == null) {
      variables.remove(variable);
    } else {
      variables.put(variable, value);
    }

    List<Outcome> outcomes =
        open(settings(hub.address()), secrets(variables))
            .deliver(List.of(alert("a1").to(NAME)), T0);

    assertEquals(List.of(new Outcome.Blocked(said)), outcomes);
    assertEquals(0, told());
  }
}
