package io.cattleguard.route.teams;

import io.cattleguard.route.Address;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
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

/**
 * A Teams channel or chat behind a workflow: one card per notice. A workflow returns no id of its
 * message, so there are no updates and no threads.
 *
 * @see <a
 *     href="https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using">Webhooks
 *     of Teams</a>
 */
public final class TeamsDestination implements Destination {
  /** A workflow's connection may post 300 messages in 300 seconds. */
  private static final Duration BETWEEN = Duration.ofSeconds(1);

  private final TeamsSettings settings;
  private final Secrets secrets;
  private final PacedPosts posts;

  /** Posts to the workflow of the settings. Its address is a secret and is read for each batch. */
  public TeamsDestination(TeamsSettings settings, Secrets secrets) {
    this(
        settings,
        secrets,
        new PacedPosts("Teams", new HttpPost(), BETWEEN, TeamsDestination::outcome));
  }

  TeamsDestination(
      TeamsSettings settings, Secrets secrets, HttpPost http, Consumer<Duration> pause) {
    this(
        settings,
        secrets,
        new PacedPosts("Teams", http, BETWEEN, TeamsDestination::outcome, pause));
  }

  private TeamsDestination(TeamsSettings settings, Secrets secrets, PacedPosts posts) {
    this.settings = settings;
    this.secrets = secrets;
    this.posts = posts;
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
    return posts.each(
        deliveries,
        now,
        (delivery, batch) ->
            batch.send(
                new PacedPosts.Request(
                    address.get(),
                    // Without the charset Teams counts two bytes for each character.
                    Map.of("Content-Type", "application/json; charset=utf-8"),
                    settings.body(delivery))));
  }

  /**
   * A workflow answers 202. The connectors that it replaces answered 200 for every card, also for
   * one that was throttled; then the text names the error.
   */
  private static Outcome outcome(HttpAnswer answer, Instant now) {
    String body = answer.body();
    return switch (answer.status()) {
      case 202 -> new Outcome.Delivered(true);
      case 200 ->
          body.isBlank() || body.strip().equals("1")
              ? new Outcome.Delivered(true)
              : body.contains("HTTP error 4") && !body.contains("HTTP error 429")
                  ? new Outcome.Rejected("Teams did not accept the card")
                  : new Outcome.TryAgain(
                      RetryPolicy.after(answer.retryAfter(), now), "Teams did not post the card");
      case 400 ->
          body.contains("WorkflowTriggerIsNotEnabled")
              ? new Outcome.Blocked("the workflow is turned off; turn it on in Power Automate")
              : new Outcome.Rejected("Teams cannot read the card: HTTP 400");
      case 413 -> new Outcome.Rejected("the card is too large for Teams: HTTP 413");
      default ->
          answer.status() / 100 == 3
              ? new Outcome.Blocked("HTTP " + answer.status() + "; set the workflow's own address")
              : RetryPolicy.ofStatus(answer.status(), answer.retryAfter(), now);
    };
  }

  /** Type and name only, no address. */
  @Override
  public String toString() {
    return settings.type() + " " + settings.name();
  }
}
