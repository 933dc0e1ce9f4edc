package io.cattleguard.route.slack;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.gson.JsonObject;
import io.cattleguard.route.Address;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.RetryPolicy;
import io.cattleguard.route.http.HttpAnswer;
import io.cattleguard.route.http.HttpPost;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Calls a Slack Web API method and interprets the response: Slack reports most errors with HTTP
 * 200.
 *
 * @see <a href="https://docs.slack.dev/apis/web-api/">Web API</a>
 */
final class SlackApi {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** The form of a Slack error code. Other text is not logged. */
  private static final Pattern ERROR = Pattern.compile("[a-z_]{1,64}");

  /**
   * The result of a call.
   *
   * @param outcome the delivery's outcome
   * @param messageId the message's {@code ts}, if it was delivered
   * @param error Slack's error code
   */
  record Answer(Outcome outcome, Optional<String> messageId, Optional<String> error) {
    /** No call was made. */
    static final Answer NONE = failed(RetryPolicy.ofNoAnswer("no call"));

    private static Answer failed(Outcome outcome) {
      return new Answer(outcome, Optional.empty(), Optional.empty());
    }
  }

  private final URI base;
  private final HttpPost http;

  SlackApi(URI base, HttpPost http) {
    this.base = base;
    this.http = http;
  }

  /** Calls {@code chat.postMessage} or {@code chat.update}. */
  Answer call(String method, String token, JsonObject arguments, Instant now) {
    Map<String, String> headers =
        Map.of(
            "Authorization",
            "Bearer " + token.strip(),
            "Content-Type",
            "application/json; charset=utf-8");
    HttpAnswer answer;
    try {
      answer =
          http.send(
              Address.append(base, "/" + method),
              headers,
              arguments.toString().getBytes(StandardCharsets.UTF_8));
    } catch (IOException | IllegalArgumentException e) {
      return Answer.failed(RetryPolicy.ofNoAnswer("no response: " + e.getClass().getSimpleName()));
    }
    if (answer.status() != 200) {
      return Answer.failed(RetryPolicy.ofStatus(answer.status(), answer.retryAfter(), now));
    }
    JsonNode body = parsed(answer.body());
    JsonNode ok = body.path("ok");
    if (!ok.isBoolean()) {
      return Answer.failed(RetryPolicy.ofNoAnswer("HTTP 200 without a Slack response"));
    }
    if (!ok.booleanValue()) {
      String said = body.path("error").asText("");
      String error = ERROR.matcher(said).matches() ? said : "unnamed";
      return new Answer(
          SlackErrors.outcome(error, answer.retryAfter(), now),
          Optional.empty(),
          Optional.of(error));
    }
    return new Answer(
        new Outcome.Delivered(), Optional.of(body.path("ts").asText("")), Optional.empty());
  }

  private static JsonNode parsed(String body) {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      return JSON.missingNode();
    }
  }
}
