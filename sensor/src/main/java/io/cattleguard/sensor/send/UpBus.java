package io.cattleguard.sensor.send;

import io.cattleguard.sensor.spool.Entry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The input of {@code cattleguard up}. It receives each entry as one POST with a bearer token that
 * proves the node of this sensor, and heartbeats at an address of their own.
 */
public final class UpBus implements Bus {
  private static final Duration PAUSE = Duration.ofHours(1);
  private static final String NOT_FOUND = "HTTP 404";
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(15);
  private static final int EXPLANATION_BYTES = 300;

  /** The path of heartbeats at {@code up}, next to that of alerts. */
  public static final String HEARTBEAT = "heartbeat";

  /** The header that only {@code up} itself sends; a proxy's 413 does not concern the alert. */
  private static final String STATUS_HEADER = "Cattleguard-Status";

  private final URI url;
  private final URI heartbeats;
  private final Path token;
  private volatile long beatAfter = System.nanoTime();

  /**
   * Posts to a URL.
   *
   * @param token the file with the token; read for each call, because the kubelet replaces it
   */
  public UpBus(URI url, Path token) {
    this.url = url;
    this.heartbeats = heartbeats(url);
    this.token = token;
  }

  /** Within the path, which a proxy may have for this server alone, and with its query. */
  private static URI heartbeats(URI url) {
    String path = url.getRawPath();
    return URI.create(
        url.getScheme()
            + "://"
            + url.getRawAuthority()
            + path
            + (path.endsWith("/") ? "" : "/")
            + HEARTBEAT
            + (url.getRawQuery() == null ? "" : "?" + url.getRawQuery()));
  }

  @Override
  public List<Outcome> put(List<Entry> entries) {
    List<Outcome> outcomes = new ArrayList<>();
    boolean failing = false;
    for (Entry entry : entries) {
      Outcome outcome =
          failing
              ? new Outcome.Later("unanswered", "an earlier entry failed")
              : entry.namesItsNode() ? post(url, entry) : beat(entry);
      failing |= outcome instanceof Outcome.Later;
      outcomes.add(outcome);
    }
    return outcomes;
  }

  /**
   * An older server has no such address and no use for heartbeats, so they are not retried; and for
   * a while none is sent, because it counts each as a rejected request.
   */
  private Outcome beat(Entry entry) {
    if (System.nanoTime() - beatAfter < 0) {
      return new Outcome.Accepted();
    }
    Outcome outcome = post(heartbeats, entry);
    if (outcome instanceof Outcome.Later later && later.explanation().startsWith(NOT_FOUND)) {
      beatAfter = System.nanoTime() + PAUSE.toNanos();
      return new Outcome.Accepted();
    }
    return outcome;
  }

  private Outcome post(URI to, Entry entry) {
    String bearer;
    try {
      bearer = Files.readString(token).strip();
    } catch (IOException e) {
      return new Outcome.Later("refused", "the token " + token + " cannot be read");
    }
    try {
      HttpURLConnection connection = (HttpURLConnection) to.toURL().openConnection();
      connection.setConnectTimeout((int) CONNECT.toMillis());
      connection.setReadTimeout((int) ANSWER.toMillis());
      connection.setInstanceFollowRedirects(false); // the token is for this URL only
      connection.setRequestProperty("Authorization", "Bearer " + bearer);
      connection.setRequestProperty("Content-Type", "application/json");
      connection.setDoOutput(true);
      byte[] body = entry.detail().getBytes(StandardCharsets.UTF_8);
      try (OutputStream out = connection.getOutputStream()) {
        out.write(body);
      }
      return outcome(connection);
    } catch (IOException e) {
      return new Outcome.Later("unanswered", url + ": " + e.getMessage());
    }
  }

  private static Outcome outcome(HttpURLConnection connection) throws IOException {
    int status = connection.getResponseCode();
    String said = said(connection, status);
    return switch (status) {
      case HttpURLConnection.HTTP_OK ->
          isOfUp(connection, said)
              ? new Outcome.Accepted()
              : new Outcome.Later("refused", "HTTP 200 with a page, probably of a proxy");
      case HttpURLConnection.HTTP_BAD_REQUEST, HttpURLConnection.HTTP_ENTITY_TOO_LARGE ->
          String.valueOf(status).equals(connection.getHeaderField(STATUS_HEADER))
              ? new Outcome.Never("HTTP " + status + ": " + said)
              : new Outcome.Later("refused", "HTTP " + status + " of a proxy: " + said);
      case HttpURLConnection.HTTP_UNAUTHORIZED ->
          new Outcome.Later("refused", "HTTP " + status + ": " + said);
      default -> new Outcome.Later("unanswered", "HTTP " + status + ": " + said);
    };
  }

  /** A firewall may answer 200 with a page that says that the request was rejected. */
  private static boolean isOfUp(HttpURLConnection connection, String said) {
    String type = String.valueOf(connection.getContentType());
    return said.isEmpty() || (type.startsWith("text/plain") && said.startsWith("stored"));
  }

  /** The whole answer is read, so that the connection is reused. */
  private static String said(HttpURLConnection connection, int status) throws IOException {
    try (InputStream in =
        status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      if (in == null) {
        return "";
      }
      byte[] answer = in.readNBytes(EXPLANATION_BYTES);
      in.transferTo(OutputStream.nullOutputStream());
      return new String(answer, StandardCharsets.UTF_8).strip();
    }
  }
}
