package io.cattleguard.route.slack;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.route.Address;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.http.HttpAnswer;
import io.cattleguard.route.http.HttpPost;
import io.cattleguard.route.http.RetryPolicy;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One call of a Slack Web API method, and what its answer means: Slack says most errors with HTTP
 * 200.
 *
 * @see <a href="https://docs.slack.dev/apis/web-api/">Web API</a>
 */
final class SlackApi {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** An error of Slack's own; anything else in its place is not repeated. */
  private static final Pattern ERROR = Pattern.compile("[a-z_]{1,64}");

  /**
   * What came of a call.
   *
   * @param outcome in the terms of the port
   * @param messageId the message's {@code ts}, where it was delivered
   * @param error Slack's word for what went wrong
   */
  record Answer(Outcome outcome, Optional<String> messageId, Optional<String> error) {
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
  Answer call(String method, String token, ObjectNode arguments, Instant now) {
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
      return Answer.failed(RetryPolicy.ofNoAnswer("no answer: " + e.getClass().getSimpleName()));
    }
    if (answer.status() != 200) {
      return Answer.failed(RetryPolicy.ofStatus(answer.status(), answer.retryAfter(), now));
    }
    JsonNode body = parsed(answer.body());
    JsonNode ok = body.path("ok");
    if (!ok.isBoolean()) {
      return Answer.failed(RetryPolicy.ofNoAnswer("HTTP 200 from something that is not Slack"));
    }
    if (!ok.booleanValue()) {
      String said = body.path("error").asText("");
      String error = ERROR.matcher(said).matches() ? said : "an error it does not name";
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
