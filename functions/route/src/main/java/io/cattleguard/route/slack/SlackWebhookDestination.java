package io.cattleguard.route.slack;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.route.Address;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Pause;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.http.HttpAnswer;
import io.cattleguard.route.http.HttpPost;
import io.cattleguard.route.http.RetryPolicy;
import io.cattleguard.route.slack.message.SlackMessage;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A Slack channel behind an incoming webhook, the simple form: Slack does not say which message it
 * made, so there are no updates and no threads, and an outcome repeats its alert.
 *
 * @see <a
 *     href="https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/">Incoming
 *     webhooks</a>
 */
public final class SlackWebhookDestination implements Destination {
  private final SlackWebhookSettings settings;
  private final Secrets secrets;
  private final HttpPost http;
  private final Pause pause;
  private SlackThrottle throttle = SlackThrottle.FREE;

  /** To the webhook of the settings; its address is a secret and read anew for each batch. */
  public SlackWebhookDestination(SlackWebhookSettings settings, Secrets secrets) {
    this(settings, secrets, new HttpPost(), new SlackPause());
  }

  public SlackWebhookDestination(
      SlackWebhookSettings settings, Secrets secrets, HttpPost http, Pause pause) {
    this.settings = settings;
    this.secrets = secrets;
    this.http = http;
    this.pause = pause;
  }

  @Override
  public synchronized List<Outcome> deliver(List<Delivery> deliveries, Instant now) {
    Optional<String> url = settings.url().value(secrets);
    if (url.isEmpty()) {
      return deliveries.stream().map(ignored -> settings.url().notConfigured()).toList();
    }
    Optional<URI> address = Address.checked(url.get());
    if (address.isEmpty()) {
      return deliveries.stream().map(ignored -> settings.url().unusable()).toList();
    }
    List<Outcome> outcomes = new ArrayList<>(deliveries.size());
    Instant at = now;
    for (Delivery delivery : deliveries) {
      Optional<Outcome> refusal = throttle.refusal(at);
      if (refusal.isPresent()) {
        outcomes.add(refusal.get());
        continue;
      }
      Duration wait = throttle.wait(at);
      if (wait.isPositive()) {
        pause.during(wait);
        at = at.plus(wait);
      }
      Outcome outcome = post(address.get(), delivery.notice(), at);
      throttle = throttle.sent(at);
      if (outcome instanceof Outcome.TryAgain tryAgain) {
        throttle = throttle.held(at, tryAgain.after());
      }
      outcomes.add(outcome);
    }
    return outcomes;
  }

  private Outcome post(URI address, Notice notice, Instant now) {
    SlackMessage message =
        switch (notice) {
          case Notice.Scored scored -> SlackMessage.alert(scored.scored());
          case Notice.Decided decided -> SlackMessage.alertWithOutcome(decided.decided());
        };
    ObjectNode body = message.toJson().put("unfurl_links", false).put("unfurl_media", false);
    try {
      HttpAnswer answer =
          http.send(
              address,
              Map.of("Content-Type", "application/json; charset=utf-8"),
              body.toString().getBytes(StandardCharsets.UTF_8));
      return answer.status() == 200
          ? new Outcome.Delivered()
          : RetryPolicy.ofStatus(answer.status(), answer.retryAfter(), now);
    } catch (IOException | IllegalArgumentException e) {
      return RetryPolicy.ofNoAnswer("no answer: " + e.getClass().getSimpleName());
    }
  }

  /** Says which destination it is, and nothing of how it is reached. */
  @Override
  public String toString() {
    return settings.type() + " " + settings.name();
  }
}
