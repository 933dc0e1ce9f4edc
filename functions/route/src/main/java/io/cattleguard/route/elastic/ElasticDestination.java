package io.cattleguard.route.elastic;

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
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/**
 * An Elasticsearch or OpenSearch cluster. A batch is one request; a document that the cluster
 * refuses fails alone.
 *
 * @see <a
 *     href="https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk">Elasticsearch:
 *     bulk</a>
 * @see <a href="https://docs.opensearch.org/latest/api-reference/document-apis/bulk/">OpenSearch:
 *     bulk</a>
 */
public final class ElasticDestination implements Destination {
  /** A filter that keeps the answer short: only the fields that are read. */
  private static final String PATH = "/_bulk?filter_path=errors,items.*.status,items.*.error.type";

  /** Before compression. The smallest nodes of Amazon OpenSearch Service take 10 MB. */
  private static final int REQUEST_LIMIT = 5_000_000;

  /** A proxy in between may take less: 1 MB by default with nginx. Then the halves are sent. */
  private static final int TOO_LARGE = 413;

  private final ElasticSettings settings;
  private final Secrets secrets;
  private final HttpPost http;
  private Instant restUntil = Instant.EPOCH;

  /** Sends to the cluster of the settings. The credentials are read for each batch. */
  public ElasticDestination(ElasticSettings settings, Secrets secrets) {
    this(settings, secrets, new HttpPost());
  }

  ElasticDestination(ElasticSettings settings, Secrets secrets, HttpPost http) {
    this.settings = settings;
    this.secrets = secrets;
    this.http = http;
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
    URI endpoint = Address.append(address.get(), PATH);
    String credentials = settings.credentials().value(secrets).orElseThrow().strip();
    List<Outcome> outcomes = new ArrayList<>(deliveries.size());
    for (List<String> request : requests(deliveries)) {
      outcomes.addAll(send(endpoint, credentials, request, now));
    }
    return outcomes;
  }

  private List<Outcome> send(URI endpoint, String credentials, List<String> lines, Instant now) {
    if (now.isBefore(restUntil)) {
      return Collections.nCopies(
          lines.size(),
          new Outcome.TryAgain(Duration.between(now, restUntil), "rate-limited by the cluster"));
    }
    List<Outcome> outcomes = answered(endpoint, credentials, lines, now);
    for (Outcome outcome : outcomes) {
      if (outcome instanceof Outcome.TryAgain again) {
        Instant until = now.plus(again.after());
        restUntil = until.isAfter(restUntil) ? until : restUntil;
      }
    }
    return outcomes;
  }

  private List<Outcome> answered(
      URI endpoint, String credentials, List<String> lines, Instant now) {
    Map<String, String> headers = new HashMap<>();
    headers.put(
        "Authorization",
        switch (settings.scheme()) {
          case API_KEY -> "ApiKey " + credentials;
          case BASIC ->
              "Basic "
                  + Base64.getEncoder()
                      .encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
        });
    headers.put("Content-Type", "application/x-ndjson");
    if (settings.gzip()) {
      headers.put("Content-Encoding", "gzip");
    }
    try {
      HttpAnswer answer = http.send(endpoint, headers, body(lines));
      if (answer.status() == TOO_LARGE && lines.size() > 1) {
        int half = lines.size() / 2;
        List<Outcome> outcomes =
            new ArrayList<>(send(endpoint, credentials, lines.subList(0, half), now));
        outcomes.addAll(send(endpoint, credentials, lines.subList(half, lines.size()), now));
        return outcomes;
      }
      return BulkAnswer.outcomes(answer, lines.size(), now);
    } catch (IOException | IllegalArgumentException e) {
      return Collections.nCopies(
          lines.size(), RetryPolicy.ofNoAnswer("no response: " + e.getClass().getSimpleName()));
    }
  }

  private byte[] body(List<String> lines) throws IOException {
    byte[] plain = String.join("", lines).getBytes(StandardCharsets.UTF_8);
    if (!settings.gzip()) {
      return plain;
    }
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
      gzip.write(plain);
    }
    return zipped.toByteArray();
  }

  private List<List<String>> requests(List<Delivery> deliveries) {
    List<List<String>> requests = new ArrayList<>();
    int size = REQUEST_LIMIT + 1;
    for (Delivery delivery : deliveries) {
      String lines = settings.body(delivery);
      int length = lines.getBytes(StandardCharsets.UTF_8).length;
      if (size + length > REQUEST_LIMIT) {
        requests.add(new ArrayList<>());
        size = 0;
      }
      requests.getLast().add(lines);
      size += length;
    }
    return requests;
  }

  /** Type and name only, no address and no credentials. */
  @Override
  public String toString() {
    return settings.type() + " " + settings.name();
  }
}
