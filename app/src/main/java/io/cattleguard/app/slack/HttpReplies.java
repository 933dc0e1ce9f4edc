package io.cattleguard.app.slack;

import io.cattleguard.route.http.HttpPost;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Posts answers to the address that came with a press. Every holder of the address can answer, so
 * it is neither logged nor stored.
 */
final class HttpReplies implements Replies {
  private final HttpPost http = new HttpPost();

  @Override
  public boolean send(URI address, String json) {
    try {
      return http.send(
                  address,
                  Map.of("Content-Type", "application/json; charset=utf-8"),
                  json.getBytes(StandardCharsets.UTF_8))
              .status()
          == 200;
    } catch (IOException e) {
      return false;
    }
  }
}
