package io.cattleguard.route.slack;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SlackWebhookDestinationTest extends PolicyDestinationContract {
  private final FakeSlack slack = new FakeSlack();
  private final List<Duration> pauses = new ArrayList<>();

  @AfterEach
  void slackHadNothingToObjectTo() {
    assertEquals(List.of(), slack.violations());
    slack.close();
  }

  @Override
  protected Destination open(DestinationSettings settings, Secrets secrets) {
    return new SlackWebhookDestination(
        (SlackWebhookSettings) settings, secrets, new HttpPost(CONNECT, READ), pauses::add);
  }

  @Override
  protected String yaml(URI service) {
    return "{name: under-test, type: slack-webhook, url-from: WEBHOOK}";
  }

  @Override
  protected Map<String, String> environment(URI service, String secret) {
    return Map.of("WEBHOOK", service.resolve("/" + secret).toString());
  }

  @Override
  protected Map.Entry<URI, String> service() {
    return Map.entry(slack.address(), FakeSlack.WEBHOOK_PATH.substring(1));
  }

  @Override
  protected Destination busy() {
    slack.answer(new FakeServer.Scripted(429, Map.of("Retry-After", "30"), "rate_limited"));
    return working();
  }

  @Override
  protected Destination refusing() {
    FakeServer.Scripted no = new FakeServer.Scripted(404, "no_service");
    slack.answer(no, no);
    return working();
  }

  @Override
  protected int told() {
    return slack.messages().size();
  }

  @Test
  void anOutcomeRepeatsItsAlertBecauseThereIsNoThread() {
    working().deliver(List.of(Notices.alert().outcomeTo(NAME, ResponseOutcome.TAKEN)), T0);

    String message = slack.messages().getFirst().arguments().toString();
    assertTrue(message.contains("delete-pod"), message);
    assertTrue(message.contains("Terminal shell in container"), message);
  }

  @Test
  void messagesAreASecondApart() {
    working().deliver(List.of(Notices.alert().to(NAME), Notices.alert().id("a2").to(NAME)), T0);

    assertEquals(List.of(Duration.ofSeconds(1)), pauses);
  }

  @Test
  void anAddressInTheClearIsRefusedBecauseItIsASecret() {
    Outcome outcome =
        open(
                settings(slack.address()),
                secrets(Map.of("WEBHOOK", "http://hooks.example.com/services/path-of-a-test")))
            .deliver(List.of(Notices.alert().to(NAME)), T0)
            .getFirst();

    String reason = assertInstanceOf(Outcome.Blocked.class, outcome).reason();
    assertTrue(reason.startsWith("WEBHOOK is not an https:// address"), reason);
  }
}
