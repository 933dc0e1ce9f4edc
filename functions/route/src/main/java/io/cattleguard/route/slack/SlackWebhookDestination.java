package io.cattleguard.route.slack;

import com.google.gson.JsonObject;
import io.cattleguard.route.Address;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.RetryPolicy;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.http.HttpAnswer;
import io.cattleguard.route.http.HttpPost;
import io.cattleguard.route.slack.message.SlackMessage;
import io.cattleguard.route.slack.message.SlackThrottle;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A Slack channel behind an incoming webhook. Slack does not return the message's id, so there are
 * no updates and no threads, and an outcome repeats its alert.
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

  /** Posts to the webhook of the settings. Its address is a secret and is read for each batch. */
  public SlackWebhookDestination(SlackWebhookSettings settings, Secrets secrets) {
    this(settings, secrets, new HttpPost(), new SlackPause());
  }

  SlackWebhookDestination(
      SlackWebhookSettings settings, Secrets secrets, HttpPost http, Pause pause) {
    this.settings = settings;
    this.secrets = secrets;
    this.http = http;
    this.pause = pause;
  }

  @Override
  public synchronized List<Outcome> deliver(List<Delivery> deliveries, Instant now) {
    Optional<Outcome> notConfigured = settings.notConfigured(secrets);
    if (notConfigured.isPresent()) {
      return Collections.nCopies(deliveries.size(), notConfigured.get());
    }
    Optional<URI> address = settings.url().value(secrets).flatMap(Address::checked);
    if (address.isEmpty()) {
      return Collections.nCopies(deliveries.size(), settings.url().unusable());
    }
    List<Outcome> outcomes = new ArrayList<>(deliveries.size());
    Instant at = now;
    Optional<Outcome> blocked = Optional.empty();
    for (Delivery delivery : deliveries) {
      Optional<Outcome> refusal = blocked.isPresent() ? blocked : throttle.refusal(at);
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
      } else if (outcome instanceof Outcome.Blocked) {
        blocked = Optional.of(outcome);
      }
      outcomes.add(outcome);
    }
    return outcomes;
  }

  private Outcome post(URI address, Notice notice, Instant now) {
    JsonObject body = SlackArguments.quiet(SlackMessage.whole(notice));
    try {
      HttpAnswer answer =
          http.send(
              address,
              Map.of("Content-Type", "application/json; charset=utf-8"),
              body.toString().getBytes(StandardCharsets.UTF_8));
      return answer.status() == 200
          ? new Outcome.Delivered(true)
          : RetryPolicy.ofStatus(answer.status(), answer.retryAfter(), now);
    } catch (IOException | IllegalArgumentException e) {
      return RetryPolicy.ofNoAnswer("no response: " + e.getClass().getSimpleName());
    }
  }

  /** Type and name only, no address. */
  @Override
  public String toString() {
    return settings.type() + " " + settings.name();
  }
}
