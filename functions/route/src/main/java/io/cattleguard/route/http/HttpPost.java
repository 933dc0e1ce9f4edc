package io.cattleguard.route.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpRetryException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * One POST, with time limits. It uses HttpURLConnection because its first request costs a cold
 * start 26 ms and 70 ms of CPU, where java.net.http costs 200 ms and 320 ms (measured, C1, two
 * cores), and it leaves no threads and connections in a snapshot.
 */
public final class HttpPost {
  private static final int ANSWER_LIMIT = 64 * 1024;

  private final int connectMillis;
  private final int readMillis;

  public HttpPost(Duration connect, Duration read) {
    this.connectMillis = Math.toIntExact(connect.toMillis());
    this.readMillis = Math.toIntExact(read.toMillis());
  }

  public HttpPost() {
    this(Duration.ofSeconds(2), Duration.ofSeconds(5));
  }

  /**
   * Sends, once: the body is streamed, so that the JDK neither sends it again by itself when a
   * kept-alive connection turns out to be closed, nor follows a redirect with it.
   *
   * @throws IOException where no answer came; its message may quote the address, which may be a
   *     secret, so show only its class
   */
  public HttpAnswer send(URI address, Map<String, String> headers, byte[] body) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
    connection.setConnectTimeout(connectMillis);
    connection.setReadTimeout(readMillis);
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    connection.setDoOutput(true);
    connection.setRequestMethod("POST");
    headers.forEach(connection::setRequestProperty);
    connection.setFixedLengthStreamingMode(body.length);
    try (OutputStream out = connection.getOutputStream()) {
      out.write(body);
    }
    try {
      int status = connection.getResponseCode();
      if (status < 0) {
        throw new IOException("not HTTP");
      }
      return new HttpAnswer(
          status,
          Optional.ofNullable(connection.getHeaderField("Retry-After")),
          body(connection, status));
    } catch (HttpRetryException e) {
      // The JDK's way of saying 401 or 407 to a streamed request.
      return new HttpAnswer(e.responseCode(), Optional.empty(), "");
    }
  }

  private static String body(HttpURLConnection connection, int status) throws IOException {
    // Never getInputStream() after an error: its exception quotes the address.
    try (InputStream in =
        status >= 400 ? connection.getErrorStream() : connection.getInputStream()) {
      return in == null ? "" : new String(in.readNBytes(ANSWER_LIMIT), StandardCharsets.UTF_8);
    }
  }
}
