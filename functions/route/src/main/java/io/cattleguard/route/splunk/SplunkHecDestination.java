package io.cattleguard.route.splunk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.route.Address;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.RetryPolicy;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.http.HttpAnswer;
import io.cattleguard.route.http.HttpPost;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/**
 * A Splunk HTTP Event Collector. A batch is one request; an event that Splunk cannot parse is
 * identified and rejected alone.
 *
 * @see <a
 *     href="https://help.splunk.com/en/splunk-enterprise/rest-api-reference/input-endpoints/input-endpoint-descriptions">services/collector/event</a>
 */
public final class SplunkHecDestination implements Destination {
  private static final String PATH = "/services/collector/event";

  /** Splunk's own default limit for a request is 1 MB, before compression. */
  private static final int REQUEST_LIMIT = 800_000;

  /** Splunk or a proxy in between may take less. Then the halves are sent. */
  private static final int TOO_LARGE = 413;

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final SplunkHecSettings settings;
  private final Secrets secrets;
  private final HttpPost http;
  private Instant restUntil = Instant.EPOCH;

  /** Sends to the collector of the settings. The token is read for each batch. */
  public SplunkHecDestination(SplunkHecSettings settings, Secrets secrets) {
    this(settings, secrets, new HttpPost());
  }

  SplunkHecDestination(SplunkHecSettings settings, Secrets secrets, HttpPost http) {
    this.settings = settings;
    this.secrets = secrets;
    this.http = http;
  }

  private record Event(int position, String json) {}

  private record Answer(Outcome outcome, boolean aboutOneEvent, boolean tooLarge) {
    private static Answer of(Outcome outcome) {
      return new Answer(outcome, false, false);
    }
  }

  @Override
  public synchronized List<Outcome> deliver(List<Delivery> deliveries, Instant now) {
    Optional<Outcome> notConfigured = settings.notConfigured(secrets);
    if (notConfigured.isPresent()) {
      return Collections.nCopies(deliveries.size(), notConfigured.get());
    }
    String token = settings.token().value(secrets).orElseThrow();
    Optional<URI> address = settings.url().value(secrets).flatMap(Address::checked);
    if (address.isEmpty()) {
      return Collections.nCopies(deliveries.size(), settings.url().unusable());
    }
    URI endpoint = Address.append(address.get(), PATH);
    Map<Integer, Outcome> outcomes = new HashMap<>();
    for (List<Event> request : requests(deliveries)) {
      send(endpoint, token, request, now, outcomes);
    }
    List<Outcome> inOrder = new ArrayList<>(deliveries.size());
    for (int i = 0; i < deliveries.size(); i++) {
      inOrder.add(outcomes.get(i));
    }
    return inOrder;
  }

  /**
   * Sends all events in one request; if Splunk rejects one of them, sends each alone. Splunk's
   * {@code invalid-event-number} is not used, because it counts from 0 for some codes and from 1
   * for others. An event that Splunk accepted before the rejection may be indexed twice, with the
   * same {@code event_uid}.
   */
  private void send(
      URI endpoint, String token, List<Event> events, Instant now, Map<Integer, Outcome> outcomes) {
    Answer answer = post(endpoint, token, events, now);
    if (answer.aboutOneEvent() && events.size() > 1) {
      events.forEach(event -> send(endpoint, token, List.of(event), now, outcomes));
      return;
    }
    if (answer.tooLarge() && events.size() > 1) {
      int half = events.size() / 2;
      send(endpoint, token, events.subList(0, half), now, outcomes);
      send(endpoint, token, events.subList(half, events.size()), now, outcomes);
      return;
    }
    events.forEach(event -> outcomes.put(event.position(), answer.outcome()));
  }

  private Answer post(URI endpoint, String token, List<Event> events, Instant now) {
    if (now.isBefore(restUntil)) {
      return Answer.of(
          new Outcome.TryAgain(Duration.between(now, restUntil), "rate-limited by Splunk"));
    }
    Answer answer = answered(endpoint, token, events, now);
    if (answer.outcome() instanceof Outcome.TryAgain tryAgain) {
      restUntil = now.plus(tryAgain.after());
    }
    return answer;
  }

  private Answer answered(URI endpoint, String token, List<Event> events, Instant now) {
    Map<String, String> headers = new HashMap<>();
    headers.put("Authorization", "Splunk " + token.strip());
    headers.put("Content-Type", "application/json; charset=utf-8");
    if (settings.gzip()) {
      headers.put("Content-Encoding", "gzip");
    }
    HttpAnswer answer;
    try {
      answer = http.send(endpoint, headers, body(events));
    } catch (IOException | IllegalArgumentException e) {
      return Answer.of(RetryPolicy.ofNoAnswer("no response: " + e.getClass().getSimpleName()));
    }
    int code = code(answer.body());
    Outcome outcome = SplunkCodes.outcome(answer.status(), code, answer.retryAfter(), now);
    return new Answer(outcome, SplunkCodes.isAboutOneEvent(code), answer.status() == TOO_LARGE);
  }

  private byte[] body(List<Event> events) throws IOException {
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    for (Event event : events) {
      plain.write(event.json().getBytes(StandardCharsets.UTF_8));
    }
    if (!settings.gzip()) {
      return plain.toByteArray();
    }
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
      plain.writeTo(gzip);
    }
    return zipped.toByteArray();
  }

  private List<List<Event>> requests(List<Delivery> deliveries) {
    List<List<Event>> requests = new ArrayList<>();
    int size = REQUEST_LIMIT + 1;
    for (int i = 0; i < deliveries.size(); i++) {
      String json = SplunkEvent.of(deliveries.get(i), settings.index()).toString();
      int length = json.getBytes(StandardCharsets.UTF_8).length;
      if (size + length > REQUEST_LIMIT) {
        requests.add(new ArrayList<>());
        size = 0;
      }
      requests.getLast().add(new Event(i, json));
      size += length;
    }
    return requests;
  }

  private static int code(String body) {
    try {
      JsonNode code = JSON.readTree(body).path("code");
      return code.isInt() ? code.intValue() : -1;
    } catch (JsonProcessingException e) {
      return -1;
    }
  }

  /** Type and name only, no address and no secret. */
  @Override
  public String toString() {
    return settings.type() + " " + settings.name();
  }
}
