package io.cattleguard.route.slack;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationContract;
import io.cattleguard.route.FakeServer;
import io.cattleguard.route.Notices;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Setting;
import io.cattleguard.route.http.HttpPost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SlackWebhookDestinationTest extends DestinationContract {
  private final FakeSlack slack = new FakeSlack();
  private final List<Duration> pauses = new ArrayList<>();

  @AfterEach
  void slackHadNothingToObjectTo() {
    assertEquals(List.of(), slack.violations());
    slack.close();
  }

  private SlackWebhookDestination destination(Map<String, String> environment) {
    return new SlackWebhookDestination(
        new SlackWebhookSettings(NAME, new Setting.From("WEBHOOK")),
        name -> Optional.ofNullable(environment.get(name)),
        new HttpPost(Duration.ofSeconds(2), Duration.ofMillis(500)),
        pauses::add);
  }

  @Override
  public Destination working() {
    return destination(Map.of("WEBHOOK", slack.address() + FakeSlack.WEBHOOK_PATH));
  }

  @Override
  public Destination busy() {
    slack.answer(new FakeServer.Scripted(429, Map.of("Retry-After", "30"), "rate_limited"));
    return working();
  }

  @Override
  public Destination refusing() {
    FakeServer.Scripted no = new FakeServer.Scripted(404, "no_service");
    slack.answer(no, no);
    return working();
  }

  @Override
  public Destination notConfigured() {
    return destination(Map.of());
  }

  @Override
  public int told() {
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
        destination(Map.of("WEBHOOK", "http://hooks.example.com/services/path-of-a-test"))
            .deliver(List.of(Notices.alert().to(NAME)), T0)
            .getFirst();

    String reason = assertInstanceOf(Outcome.Rejected.class, outcome).reason();
    assertTrue(reason.startsWith("WEBHOOK is not an https:// address"), reason);
  }
}
