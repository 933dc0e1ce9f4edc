package io.cattleguard.route.pagerduty;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.route.Address;
import io.cattleguard.route.Conversation;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.RetryPolicy;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.http.HttpAnswer;
import io.cattleguard.route.http.HttpPost;
import io.cattleguard.route.http.PacedPosts;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * A PagerDuty service: one page per incident, acknowledged when the incident is contained and
 * resolved when all its containments are released.
 *
 * @see <a href="https://developer.pagerduty.com/docs/events-api-v2-overview">Events API v2</a>
 */
public final class PagerDutyDestination implements Destination {
  private static final String PATH = "/v2/enqueue";

  /** PagerDuty throttles by service and adapts its limits; it used to be 120 per minute. */
  private static final Duration BETWEEN = Duration.ofMillis(500);

  /** PagerDuty's keys have 32 letters and digits. */
  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final PagerDutySettings settings;
  private final Secrets secrets;
  private final Conversations conversations;
  private final PacedPosts posts;

  /** Uses the key of the settings. The key is read for each batch. */
  public PagerDutyDestination(
      PagerDutySettings settings, Secrets secrets, Conversations conversations) {
    this(
        settings,
        secrets,
        conversations,
        new PacedPosts("PagerDuty", new HttpPost(), BETWEEN, PagerDutyDestination::outcome));
  }

  PagerDutyDestination(
      PagerDutySettings settings,
      Secrets secrets,
      Conversations conversations,
      HttpPost http,
      Consumer<Duration> pause) {
    this(
        settings,
        secrets,
        conversations,
        new PacedPosts("PagerDuty", http, BETWEEN, PagerDutyDestination::outcome, pause));
  }

  private PagerDutyDestination(
      PagerDutySettings settings, Secrets secrets, Conversations conversations, PacedPosts posts) {
    this.settings = settings;
    this.secrets = secrets;
    this.conversations = conversations;
    this.posts = posts;
  }

  @Override
  public synchronized List<Outcome> deliver(List<Delivery> deliveries, Instant now) {
    Optional<Outcome> notConfigured = settings.notConfigured(secrets);
    if (notConfigured.isPresent()) {
      return Collections.nCopies(deliveries.size(), notConfigured.get());
    }
    String key = settings.key().value(secrets).orElseThrow().strip();
    if (!KEY.matcher(key).matches()) {
      return Collections.nCopies(
          deliveries.size(),
          new Outcome.Blocked(settings.key().described() + " is not an integration key"));
    }
    return posts.each(deliveries, now, (delivery, batch) -> deliver(delivery, key, batch));
  }

  private Outcome deliver(Delivery delivery, String routingKey, PacedPosts.Batch batch) {
    if (!(delivery.notice() instanceof Notice.About notice)) {
      return new Outcome.Skipped("commands page no person");
    }
    Optional<String> whyNot = PagerStep.whyNot(notice);
    if (whyNot.isPresent()) {
      return new Outcome.Skipped(whyNot.get());
    }
    Conversation.Key conversation = Conversation.Key.of(delivery.destination(), notice);
    PagerStep step = next(notice, conversation);
    Outcome outcome = send(step, notice, routingKey, batch);
    if (step.isKept() && (outcome instanceof Outcome.Delivered || step.events().isEmpty())) {
      // The id is that of the first page, so that the states of two batches are merged.
      save(
          conversation,
          new Conversation(
              PagerEvent.key(notice),
              notice.scored().accepted().lastAt(),
              batch.now(),
              batch.now(),
              step.told(),
              false));
    }
    return outcome;
  }

  /** A page fails open: without the conversations table, people are paged. */
  private PagerStep next(Notice.About notice, Conversation.Key conversation) {
    Optional<Conversation> known;
    try {
      known = conversations.find(conversation);
    } catch (RuntimeException e) {
      return PagerStep.unknown(notice);
    }
    return PagerStep.next(notice, known);
  }

  private Outcome send(
      PagerStep step, Notice.About notice, String routingKey, PacedPosts.Batch batch) {
    if (step.events().isEmpty()) {
      return new Outcome.Skipped("the page already says this");
    }
    for (PagerStep.Event one : step.events()) {
      ObjectNode event =
          PagerEvent.of(one.action(), one.key(), notice, step.told(), settings.incidentUrl());
      event.put("routing_key", routingKey);
      Outcome outcome =
          batch.send(
              new PacedPosts.Request(
                  endpoint(), Map.of("Content-Type", "application/json"), event.toString()));
      if (!(outcome instanceof Outcome.Delivered)) {
        return outcome;
      }
    }
    return new Outcome.Delivered(step.notifies());
  }

  private URI endpoint() {
    return Address.append(settings.api(), PATH);
  }

  private void save(Conversation.Key key, Conversation conversation) {
    try {
      Conversation unused = conversations.save(key, conversation);
    } catch (RuntimeException e) {
      // The next notice about this incident triggers the first key again.
      return;
    }
  }

  /** PagerDuty answers 202 for an accepted event, and 400 for an unknown key. */
  static Outcome outcome(HttpAnswer answer, Instant now) {
    return switch (answer.status()) {
      case 202 -> new Outcome.Delivered();
      case 400 ->
          isAboutTheKey(answer.body())
              ? new Outcome.Blocked(
                  "PagerDuty rejected the key: HTTP 400; set the integration key of an Events API"
                      + " v2 integration")
              : new Outcome.Rejected("PagerDuty cannot read the event: HTTP 400");
      default ->
          answer.status() / 100 == 2
              ? new Outcome.TryAgain(
                  RetryPolicy.DEFAULT, "HTTP " + answer.status() + " is not PagerDuty's answer")
              : RetryPolicy.ofStatus(answer.status(), answer.retryAfter(), now);
    };
  }

  /** The answer may repeat the event, so only PagerDuty's own sentences are searched. */
  private static boolean isAboutTheKey(String body) {
    try {
      JsonNode json = JSON.readTree(body);
      for (JsonNode error : json.path("errors")) {
        if (error.asText().contains("routing_key")) {
          return true;
        }
      }
      return json.path("message").asText().contains("Invalid routing key");
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  /** Type and name only, no key. */
  @Override
  public String toString() {
    return settings.type() + " " + settings.name();
  }
}
