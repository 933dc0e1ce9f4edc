package io.cattleguard.route.http;

import io.cattleguard.route.Outcome;
import io.cattleguard.route.RetryPolicy;
import io.cattleguard.route.digest.Webhook;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;

/** An incoming webhook over HTTP. */
public final class PostedWebhook implements Webhook {
  private final HttpPost http = new HttpPost();

  @Override
  public Outcome post(URI address, String json, Instant now) {
    try {
      HttpAnswer answer =
          http.send(
              address,
              Map.of("Content-Type", "application/json; charset=utf-8"),
              json.getBytes(StandardCharsets.UTF_8));
      return answer.status() / 100 == 2
          ? new Outcome.Delivered()
          : RetryPolicy.ofStatus(answer.status(), answer.retryAfter(), now);
    } catch (IOException | IllegalArgumentException e) {
      return RetryPolicy.ofNoAnswer("no response: " + e.getClass().getSimpleName());
    }
  }
}
