package io.cattleguard.operate.lambda;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.slack.api.app_backend.SlackSignature;
import io.cattleguard.edge.lambda.Rehearsal;
import io.cattleguard.edge.operators.IdentityPattern;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.events.operator.OperatorCommand;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * The request that the function processes for warm-up, before the snapshot: a press of a button.
 */
final class OperateRehearsal {
  /** The user who may press it. */
  static final Operators OPERATORS =
      new Operators(
          Map.of(OperatorCommand.Verb.UNDO, List.of(new IdentityPattern("slack:U0EXAMPLE"))));

  private OperateRehearsal() {}

  static byte[] request() {
    String timestamp = String.valueOf(Rehearsal.AT.getEpochSecond());
    String payload =
        """
        {"type":"block_actions","user":{"id":"U0EXAMPLE","username":"rehearsal","team_id":"T0"},
         "team":{"id":"T0"},"response_url":"https://hooks.slack.com/actions/rehearsal",
         "state":{"values":{"cattleguard.reason":{"a":{"type":"plain_text_input","value":"x"}}}},
         "actions":[{"type":"button","action_id":"cattleguard.undo","action_ts":"%s.000100",
           "value":"{\\"command\\":\\"undo\\",\\"cluster\\":\\"blue\\",\
        \\"containment\\":\\"blue/isolate-pod/0b3f\\"}"}]}
        """
            .formatted(timestamp);
    String body = "payload=" + URLEncoder.encode(payload, StandardCharsets.UTF_8);
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event
        .putObject("headers")
        .put("x-slack-request-timestamp", timestamp)
        .put(
            "x-slack-signature",
            new SlackSignature.Generator(Rehearsal.SECRET).generate(timestamp, body));
    event.put("body", body).put("isBase64Encoded", false);
    return event.toString().getBytes(StandardCharsets.UTF_8);
  }
}
