package io.cattleguard.route.webhook;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.Notices;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.PolicyDestinationContract;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.http.FakeServer;
import io.cattleguard.route.http.HttpPost;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WebhookDestinationTest extends PolicyDestinationContract {
  private static final String NEXT = "the-next-key-of-a-test";

  private final FakeReceiver receiver = new FakeReceiver(T0);

  @AfterEach
  void theReceiverHadNothingToObjectTo() {
    assertEquals(List.of(), receiver.violations());
    receiver.close();
  }

  @Override
  protected Destination open(DestinationSettings settings, Secrets secrets) {
    return new WebhookDestination(
        (WebhookSettings) settings, secrets, new HttpPost(CONNECT, READ), pause -> {});
  }

  @Override
  protected String yaml(URI service) {
    return """
    {name: under-test, type: webhook, url-from: URL, key-from: KEY, key-id: spring, next-key-from: NEXT, next-key-id: autumn}
    """;
  }

  @Override
  protected Map<String, String> environment(URI service, String secret) {
    return Map.of("URL", service.resolve("/hook").toString(), "KEY", secret);
  }

  @Override
  protected Map.Entry<URI, String> service() {
    return Map.entry(receiver.address(), FakeReceiver.KEY);
  }

  @Override
  protected Destination busy() {
    receiver.answer(new FakeServer.Scripted(503, Map.of("Retry-After", "30"), ""));
    return working();
  }

  @Override
  protected Destination refusing() {
    return open(
        settings(receiver.address()),
        secrets(environment(receiver.address(), "another-key-than-the-receiver-s")));
  }

  @Override
  protected int told() {
    return receiver.events().size();
  }

  private Destination with(String key, String next) {
    return open(
        settings(receiver.address()),
        secrets(
            Map.of(
                "URL", receiver.address().toString(),
                "KEY", key,
                "NEXT", next)));
  }

  @Test
  void anAlertIsACloudEventWithTheEventOfTheBus() {
    working().deliver(List.of(Notices.alert().to(NAME)), T0);

    JsonNode event = receiver.events().getFirst();
    assertEquals("io.cattleguard.alert.scored.v1", event.path("type").asText());
    assertEquals("/cattleguard/clusters/prod", event.path("source").asText());
    assertEquals("f1", event.path("subject").asText());
    assertEquals(T0.toString(), event.path("time").asText());
    assertEquals(85, event.path("data").path("score").asInt());
    assertTrue(event.path("isreal").asBoolean());
  }

  @Test
  void anOutcomeNamesWhatWasDone() {
    working().deliver(List.of(Notices.alert().outcomeTo(NAME, ResponseOutcome.TAKEN)), T0);

    JsonNode event = receiver.events().getFirst();
    assertEquals("io.cattleguard.response.decided.v1", event.path("type").asText());
    assertTrue(event.path("data").toString().contains("delete-pod"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"sample", "replayed"})
  void aReceiverSeesThatAnAlertIsNotReal(String trait) {
    working().deliver(List.of(Notices.alert().traits(trait).to(NAME)), T0);

    assertFalse(receiver.events().getFirst().path("isreal").asBoolean(true));
  }

  @Test
  void aCopyHasTheSameId() {
    working().deliver(List.of(Notices.alert().to(NAME)), T0);
    working().deliver(List.of(Notices.alert().to(NAME)), T0.plusSeconds(60));

    assertEquals(1, receiver.events().size());
    assertEquals(1, receiver.copies());
  }

  @Test
  void aRequestThatIsReplayedLaterIsOutsideTheWindow() {
    Instant late = T0.minusSeconds(FakeReceiver.WINDOW_SECONDS + 1);

    Outcome outcome = working().deliver(List.of(Notices.alert().to(NAME)), late).getFirst();

    assertInstanceOf(Outcome.Rejected.class, outcome);
  }

  @ParameterizedTest
  @ValueSource(strings = {"the-first-key-of-a-test", NEXT})
  void whileKeysAreRotatedAReceiverMayKnowEither(String known) {
    receiver.knowOnly(known);

    Outcome outcome =
        with("the-first-key-of-a-test", NEXT)
            .deliver(List.of(Notices.alert().to(NAME)), T0)
            .getFirst();

    assertEquals(new Outcome.Delivered(), outcome);
    assertEquals("spring autumn", receiver.headers().getFirst().getFirst("webhook-key-id"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"short", "whsec_not base64", "whsec_c2hvcnQ="})
  void aKeyThatCouldBeGuessedSignsNothing(String key) {
    Outcome outcome = with(key, NEXT).deliver(List.of(Notices.alert().to(NAME)), T0).getFirst();

    assertTrue(
        assertInstanceOf(Outcome.Blocked.class, outcome).reason().startsWith("KEY is no key"));
    assertEquals(0, receiver.requests());
  }

  @Test
  void aRedirectIsNotFollowed() {
    receiver.answer(
        new FakeServer.Scripted(
            307, Map.of("Location", receiver.address().resolve("/elsewhere").toString()), ""));

    Outcome outcome = working().deliver(List.of(Notices.alert().to(NAME)), T0).getFirst();

    assertTrue(assertInstanceOf(Outcome.Blocked.class, outcome).reason().contains("redirects"));
    assertEquals(1, receiver.requests());
  }

  @Test
  void aLargeEventGoesWithoutTheRawEvent() {
    working().deliver(List.of(Notices.alert().raw("x".repeat(100_000)).to(NAME)), T0);

    String event = receiver.events().getFirst().toString();
    assertTrue(event.getBytes(StandardCharsets.UTF_8).length <= CloudEvent.SIZE);
    assertTrue(event.contains("Terminal shell in container"));
  }

  @Test
  void theSignatureIsThatOfStandardWebhooks() {
    // Computed with another implementation of HMAC.
    SecretKeySpec key = Signature.key("the-32-bytes-of-the-key-of-a-test").orElseThrow();

    assertEquals(
        "v1,jw+FM7trhWA3gHxiJ/dBPIg7txmBdagfTthZHo4gWy0=",
        Signature.of(key, "message-1", T0, "{\"test\": 1}".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void twoKeysWithOneIdAreAnError() {
    assertThrows(
        PolicyException.class,
        () ->
            settings(
                "{name: x, type: webhook, url-from: U, key-from: K, next-key-from: N, next-key-id:"
                    + " '1'}"));
  }
}
