package io.cattleguard.operate;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.slack.api.app_backend.SlackSignature;
import io.cattleguard.events.operator.CommandButton;
import io.cattleguard.events.operator.OperatorCommand.About;
import io.cattleguard.events.operator.OperatorCommand.Verb;
import io.cattleguard.events.operator.QuestionButton;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Requests as Slack sends and signs them. */
public final class TestSlack {
  /** The app's signing secret. */
  public static final String SECRET = "a-signing-secret-of-a-test";

  /** When users press and type. */
  public static final Instant NOW = Instant.parse("2026-03-02T09:20:00Z");

  /** The URL at which Slack accepts answers to a press. */
  public static final String ANSWER_TO = "https://hooks.slack.com/actions/T0EXAMPLE/1/abc";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private TestSlack() {}

  /** A button that undoes a containment. */
  public static CommandButton undo() {
    return new CommandButton(
        Verb.UNDO,
        Optional.of("blue"),
        Optional.of("7c1e6d1f0a2b4c3d8e9f001122334455"),
        About.containment("blue/isolate-pod/0b3f2c1e", Optional.empty()),
        Optional.empty());
  }

  /** The payload of a press at {@link #NOW}, with the fields of Slack's reference. */
  public static ObjectNode press(String user, CommandButton button) {
    return press(user, button.actionId(), button.value().orElseThrow());
  }

  /** The payload of a press of a button that asks for the patch of a model. */
  public static ObjectNode press(String user, QuestionButton button) {
    return press(user, QuestionButton.ACTION_ID, button.value());
  }

  private static ObjectNode press(String user, String actionId, String value) {
    ObjectNode payload = JsonNodeFactory.instance.objectNode();
    payload.put("type", "block_actions");
    payload
        .putObject("user")
        .put("id", user)
        .put("username", "anna")
        .put("name", "anna")
        .put("team_id", "T0EXAMPLE");
    payload.put("api_app_id", "A0EXAMPLE").put("token", "deprecated");
    payload.putObject("container").put("type", "message").put("message_ts", "1772443100.000200");
    payload.put("trigger_id", "12321423423.333649436676.d8c1bb837935619ccad0f624c448ffb3");
    payload.putObject("team").put("id", "T0EXAMPLE").put("domain", "example");
    payload.putNull("enterprise").put("is_enterprise_install", false);
    payload.putObject("channel").put("id", "C0EXAMPLE").put("name", "security");
    payload.putObject("state").putObject("values");
    payload.put("response_url", ANSWER_TO);
    payload
        .putArray("actions")
        .addObject()
        .put("type", "button")
        .put("action_id", actionId)
        .put("block_id", "b1")
        .put("value", value)
        .put("action_ts", NOW.getEpochSecond() + ".000100");
    return payload;
  }

  /** The payload of a press with a reason in the message's field. */
  public static ObjectNode withReason(ObjectNode payload, String reason) {
    payload
        .withObject("state")
        .withObject("values")
        .putObject("cattleguard.reason")
        .putObject("Ab1")
        .put("type", "plain_text_input")
        .put("value", reason);
    return payload;
  }

  /** The only action of a payload. */
  public static ObjectNode action(ObjectNode payload) {
    return (ObjectNode) payload.path("actions").path(0);
  }

  /** The form of a payload. */
  public static String form(ObjectNode payload) {
    return form(Map.of("payload", payload.toString()));
  }

  /** The form of a slash command. */
  public static String typed(String user, String text) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("token", "deprecated");
    fields.put("team_id", "T0EXAMPLE");
    fields.put("team_domain", "example");
    fields.put("channel_id", "C0EXAMPLE");
    fields.put("user_id", user);
    fields.put("user_name", "anna");
    fields.put("command", "/cattleguard");
    fields.put("text", text);
    fields.put("api_app_id", "A0EXAMPLE");
    fields.put("response_url", "https://hooks.slack.com/commands/T0EXAMPLE/1/abc");
    fields.put("trigger_id", "13345224609.738474920.8088930838d88f008e0");
    return form(fields);
  }

  /** The payload of a slash command over Socket Mode. */
  public static ObjectNode typedJson(String user, String text) {
    ObjectNode payload = JSON.createObjectNode();
    payload.put("token", "deprecated").put("team_id", "T0EXAMPLE").put("channel_id", "C0EXAMPLE");
    payload.put("user_id", user).put("user_name", "anna").put("command", "/cattleguard");
    payload.put("text", text).put("api_app_id", "A0EXAMPLE").put("is_enterprise_install", "false");
    payload.put("response_url", "https://hooks.slack.com/commands/T0EXAMPLE/1/abc");
    return payload.put("trigger_id", "13345224609.738474920.8088930838d88f008e0");
  }

  static String form(Map<String, String> fields) {
    return fields.entrySet().stream()
        .map(
            field ->
                field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  /** Signs a body at that time. */
  public static SlackRequest signed(String body, Instant at) {
    String timestamp = String.valueOf(at.getEpochSecond());
    return new SlackRequest(
        timestamp, new SlackSignature.Generator(SECRET).generate(timestamp, body), body);
  }

  /** The event of an HTTP API for a request. */
  public static byte[] event(SlackRequest request) {
    ObjectNode event = JSON.createObjectNode();
    event.put("version", "2.0").put("routeKey", "$default").put("rawPath", "/");
    event.put("rawQueryString", "");
    ObjectNode headers = event.putObject("headers");
    headers.put("content-type", "application/x-www-form-urlencoded");
    headers.put("x-slack-request-timestamp", request.timestamp());
    headers.put("x-slack-signature", request.signature());
    ObjectNode context = event.putObject("requestContext");
    context.put("accountId", "anonymous").put("apiId", "abc").putNull("authentication");
    context.put("domainName", "abc.lambda-url.eu-central-1.on.aws").put("stage", "$default");
    context
        .putObject("http")
        .put("method", "POST")
        .put("path", "/")
        .put("protocol", "HTTP/1.1")
        .put("sourceIp", "192.0.2.1")
        .put("userAgent", "Slackbot 1.0");
    event.put("body", request.body()).put("isBase64Encoded", false);
    return event.toString().getBytes(StandardCharsets.UTF_8);
  }
}
