package io.cattleguard.answer.lambda;

import io.cattleguard.edge.lambda.StructuredLog;
import io.cattleguard.route.http.HttpPost;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** Posts answers. The address is a secret: any holder can post an answer. So it is not logged. */
final class HttpReplies implements Replies {
  /** A kept connection may have been closed while the function was frozen. */
  private static final Map<String, String> HEADERS =
      Map.of("Content-Type", "application/json; charset=utf-8", "Connection", "close");

  private final HttpPost http;

  HttpReplies() {
    this(new HttpPost());
  }

  HttpReplies(HttpPost http) {
    this.http = http;
  }

  @Override
  public Reply send(URI address, String json) {
    AtomicBoolean sent = new AtomicBoolean();
    int status;
    try {
      status =
          http.send(address, HEADERS, json.getBytes(StandardCharsets.UTF_8), () -> sent.set(true))
              .status();
    } catch (IOException e) {
      StructuredLog.info(
          sent.get() ? "Slack did not confirm an answer" : "Slack cannot be reached",
          "error",
          e.getClass().getSimpleName());
      // An answer that was sent may have arrived, and would be seen twice.
      return sent.get() ? Reply.REFUSED : Reply.AGAIN;
    }
    if (status == 200) {
      return Reply.TAKEN;
    }
    StructuredLog.info("Slack did not take an answer", "status", String.valueOf(status));
    return status == 429 || status >= 500 ? Reply.AGAIN : Reply.REFUSED;
  }
}
