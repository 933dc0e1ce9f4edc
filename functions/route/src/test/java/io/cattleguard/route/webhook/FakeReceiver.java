package io.cattleguard.route.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.cattleguard.route.http.FakeServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A receiver that checks the signature, the replay window and copies, as the README says. */
final class FakeReceiver extends FakeServer {
  private static final byte[] BYTES =
      "the-32-bytes-of-the-key-of-a-test".getBytes(StandardCharsets.UTF_8);

  static final String KEY = "whsec_" + Base64.getEncoder().encodeToString(BYTES);
  static final long WINDOW_SECONDS = 300;

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Set<String> ATTRIBUTES =
      Set.of(
          "specversion",
          "id",
          "source",
          "type",
          "subject",
          "time",
          "datacontenttype",
          "isreal",
          "data");

  private final Instant now;
  private final List<JsonNode> events = new ArrayList<>();
  private final List<Headers> headers = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();
  private int copies;
  private byte[] key = BYTES;

  FakeReceiver(Instant now) {
    this.now = now;
  }

  synchronized void knowOnly(String secret) {
    key = secret.getBytes(StandardCharsets.UTF_8);
  }

  synchronized List<JsonNode> events() {
    return List.copyOf(events);
  }

  synchronized List<Headers> headers() {
    return List.copyOf(headers);
  }

  synchronized int copies() {
    return copies;
  }

  @Override
  protected Scripted receive(HttpExchange exchange, byte[] body) throws IOException {
    Headers request = exchange.getRequestHeaders();
    expectHeader(exchange, "Content-Type", "application/cloudevents+json; charset=utf-8");
    headers.add(request);
    String id = request.getFirst("webhook-id");
    String timestamp = request.getFirst("webhook-timestamp");
    if (Math.abs(now.getEpochSecond() - Long.parseLong(timestamp)) > WINDOW_SECONDS) {
      return new Scripted(400, "");
    }
    String expected = "v1," + mac(key, id, timestamp, body);
    if (!Arrays.asList(request.getFirst("webhook-signature").split(" ", -1)).contains(expected)) {
      return new Scripted(401, "");
    }
    if (!seen.add(id)) {
      copies++;
      return new Scripted(204, "");
    }
    JsonNode event = JSON.readTree(body);
    check(event, id, body.length);
    events.add(event);
    return new Scripted(204, "");
  }

  private static String mac(byte[] key, String id, String timestamp, byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      ByteArrayOutputStream signed = new ByteArrayOutputStream();
      signed.writeBytes((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
      signed.writeBytes(body);
      return Base64.getEncoder().encodeToString(mac.doFinal(signed.toByteArray()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private void check(JsonNode event, String id, int size) {
    Set<String> unknown = new HashSet<>();
    event.fieldNames().forEachRemaining(unknown::add);
    unknown.removeAll(ATTRIBUTES);
    if (!unknown.isEmpty()) {
      violation("unknown attributes " + unknown);
    }
    if (!event.path("specversion").asText().equals("1.0")
        || !event.path("id").asText().equals(id)) {
      violation("specversion or id");
    }
    if (!event.path("type").asText().matches("io\\.cattleguard\\.[a-z.]+\\.v1")) {
      violation("type " + event.path("type"));
    }
    if (event.path("subject").asText().isEmpty() || !event.path("data").isObject()) {
      violation("subject or data");
    }
    try {
      URI unused = URI.create(event.path("source").asText());
      Instant unusedTime = Instant.parse(event.path("time").asText());
    } catch (IllegalArgumentException | DateTimeException e) {
      violation("source or time");
    }
    if (size > 256 * 1024) {
      violation("an event of " + size + " bytes");
    }
  }
}
