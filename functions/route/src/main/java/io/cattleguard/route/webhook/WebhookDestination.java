package io.cattleguard.route.webhook;

import io.cattleguard.route.Address;
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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import javax.crypto.spec.SecretKeySpec;

/** A webhook that the user runs: one signed CloudEvent per notice. */
public final class WebhookDestination implements Destination {
  private final WebhookSettings settings;
  private final Secrets secrets;
  private final PacedPosts posts;

  /** Posts to the address of the settings. The keys are read for each batch. */
  public WebhookDestination(WebhookSettings settings, Secrets secrets) {
    this(
        settings,
        secrets,
        new PacedPosts("the webhook", new HttpPost(), Duration.ZERO, WebhookDestination::outcome));
  }

  WebhookDestination(
      WebhookSettings settings, Secrets secrets, HttpPost http, Consumer<Duration> pause) {
    this(
        settings,
        secrets,
        new PacedPosts("the webhook", http, Duration.ZERO, WebhookDestination::outcome, pause));
  }

  private WebhookDestination(WebhookSettings settings, Secrets secrets, PacedPosts posts) {
    this.settings = settings;
    this.secrets = secrets;
    this.posts = posts;
  }

  private record SigningKey(String id, SecretKeySpec secret) {}

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
    List<WebhookSettings.Key> named = new ArrayList<>(List.of(settings.key()));
    settings.nextKey().ifPresent(named::add);
    List<SigningKey> keys = new ArrayList<>();
    for (WebhookSettings.Key key : named) {
      Optional<String> text = key.secret().value(secrets);
      Optional<SecretKeySpec> secret = text.map(String::strip).flatMap(Signature::key);
      if (text.isPresent() && secret.isEmpty()) {
        return Collections.nCopies(
            deliveries.size(),
            new Outcome.Blocked(
                key.secret().described()
                    + " is no key: set whsec_ and base64, or at least "
                    + Signature.SHORTEST
                    + " characters"));
      }
      secret.ifPresent(one -> keys.add(new SigningKey(key.id(), one)));
    }
    return posts.each(
        deliveries,
        now,
        (delivery, batch) ->
            delivery.notice() instanceof Notice.About
                ? batch.send(request(address.get(), keys, delivery.notice(), batch.now()))
                : new Outcome.Skipped("commands are sent only to people"));
  }

  /** The request, with one signature per key in the order of the keys' ids. */
  private static PacedPosts.Request request(
      URI address, List<SigningKey> keys, Notice notice, Instant now) {
    String body = CloudEvent.of(notice).toString();
    byte[] signed = body.getBytes(StandardCharsets.UTF_8);
    String id = CloudEvent.id(notice);
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/cloudevents+json; charset=utf-8");
    headers.put("webhook-id", id);
    headers.put("webhook-timestamp", Long.toString(now.getEpochSecond()));
    headers.put(
        "webhook-signature",
        String.join(
            " ", keys.stream().map(key -> Signature.of(key.secret(), id, now, signed)).toList()));
    headers.put("webhook-key-id", String.join(" ", keys.stream().map(SigningKey::id).toList()));
    return new PacedPosts.Request(address, headers, body);
  }

  /**
   * Any 2xx is success. A redirect is not followed, because the new address would get the event.
   */
  private static Outcome outcome(HttpAnswer answer, Instant now) {
    return switch (answer.status() / 100) {
      case 2 -> new Outcome.Delivered();
      case 3 ->
          new Outcome.Blocked(
              "HTTP " + answer.status() + ": redirects are not followed; set the final address");
      default -> RetryPolicy.ofStatus(answer.status(), answer.retryAfter(), now);
    };
  }

  /** Type and name only, no address and no key. */
  @Override
  public String toString() {
    return settings.type() + " " + settings.name();
  }
}
