package io.cattleguard.operate.lambda;

import io.cattleguard.edge.lambda.StructuredLog;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Posts answers with the JDK. Slack ignores the response's body after a press of a button, so this
 * is the only way to show a user the result.
 */
final class HttpAnswers implements Answers {
  @Override
  public boolean send(URI address, String json, Duration patience) {
    try {
      URLConnection made = address.toURL().openConnection();
      if (!(made instanceof HttpURLConnection connection)) {
        return false;
      }
      int half = (int) patience.dividedBy(2).toMillis();
      connection.setConnectTimeout(half);
      connection.setReadTimeout(half);
      connection.setInstanceFollowRedirects(false);
      connection.setRequestMethod("POST");
      connection.setRequestProperty("Content-Type", "application/json; charset=utf-8");
      connection.setDoOutput(true);
      byte[] body = json.getBytes(StandardCharsets.UTF_8);
      connection.setFixedLengthStreamingMode(body.length);
      try (OutputStream out = connection.getOutputStream()) {
        out.write(body);
      }
      int status = connection.getResponseCode();
      connection.disconnect();
      if (status != 200) {
        StructuredLog.info("Slack did not take an answer", "status", String.valueOf(status));
      }
      return status == 200;
    } catch (IOException e) {
      // Omit the message: it may contain the address, and every holder of the address can answer.
      StructuredLog.info("Slack did not take an answer", "error", e.getClass().getSimpleName());
      return false;
    }
  }
}
