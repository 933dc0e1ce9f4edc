package io.cattleguard.answer.lambda;

import io.cattleguard.edge.lambda.StructuredLog;
import io.cattleguard.route.http.HttpPost;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Posts answers. Who knows the address can answer, so it is not logged. */
final class HttpReplies implements Replies {
  private final HttpPost http = new HttpPost();

  @Override
  public Reply send(URI address, String json) {
    int status;
    try {
      status =
          http.send(
                  address,
                  Map.of("Content-Type", "application/json; charset=utf-8"),
                  json.getBytes(StandardCharsets.UTF_8))
              .status();
    } catch (IOException e) {
      StructuredLog.info("Slack did not take an answer", "error", e.getClass().getSimpleName());
      return Reply.AGAIN;
    }
    if (status == 200) {
      return Reply.TAKEN;
    }
    StructuredLog.info("Slack did not take an answer", "status", String.valueOf(status));
    return status == 429 || status >= 500 ? Reply.AGAIN : Reply.REFUSED;
  }
}
