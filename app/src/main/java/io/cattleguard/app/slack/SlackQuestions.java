package io.cattleguard.app.slack;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.answer.Answers;
import io.cattleguard.app.operate.OperatorRequest;
import io.cattleguard.app.operate.SilenceRequest;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.Question;
import io.cattleguard.route.slack.SlackEphemeral;
import io.cattleguard.route.slack.message.SlackMessage;

/** Answers questions of people in Slack, from the records that the command line reads too. */
final class SlackQuestions {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final SlackHost host;

  SlackQuestions(SlackHost host) {
    this.host = host;
  }

  /** The answer, as a message that only the user sees. */
  ObjectNode answer(Question question, OperatorCommand.Who who) {
    Answers answers =
        new Answers(
            host.incidents(),
            now ->
                host.operator().ask(new OperatorRequest.Containments(), who.identity()).listing(),
            now -> host.operator().ask(new SilenceRequest.All(), who.identity()).listing(),
            host.patches());
    try {
      return json(answers.answer(question, host.clock().instant()));
    } catch (Unavailable e) {
      host.trouble().accept("a question from Slack was not answered: " + e.getMessage());
      return SlackCommands.text(Answers.UNREADABLE);
    }
  }

  private static ObjectNode json(SlackMessage message) {
    try {
      return JSON.readTree(SlackEphemeral.json(message)) instanceof ObjectNode object
          ? object
          : SlackCommands.text(message.summary());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a message of ours is not JSON", e);
    }
  }
}
