package io.cattleguard.app.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.slack.FakeSocketMode;
import io.cattleguard.events.operator.CommandButton;
import io.cattleguard.operate.TestSlack;
import io.cattleguard.route.slack.FakeSlack;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** A simulated person who reads a Slack channel, presses buttons, and types commands. */
final class SlackPeople {
  private final String user;
  private final FakeSocketMode way;
  private final FakeSlack channel;
  private int times;

  SlackPeople(String user, FakeSocketMode way, FakeSlack channel) {
    this.user = user;
    this.way = way;
    this.channel = channel;
  }

  /** The reply that the user sees after typing a command. */
  JsonNode type(String text) {
    times++;
    return way.await(way.type(TestSlack.typedJson(user, text).put("trigger_id", "5.5." + times)))
        .path("payload");
  }

  /**
   * Presses the button of that command in the newest message that has it, as Slack would; returns
   * the id of the approval that it decided.
   *
   * @param answered the question that was answered before
   */
  String press(String command, String answered) {
    BooleanSupplier there =
        () -> button(command).filter(one -> !question(one).equals(answered)).isPresent();
    FakeSocketMode.await(there, "no button " + command + channel.messages());
    JsonNode button = button(command).orElseThrow();
    ObjectNode press = TestSlack.press(user, CommandButton.read(button.path("value").asText()));
    times++;
    Instant now = Instant.now();
    TestSlack.action(press)
        .put("action_id", button.path("action_id").asText())
        .put("value", button.path("value").asText())
        .put("action_ts", "%d.%06d".formatted(now.getEpochSecond(), now.getNano() / 1_000));
    press.remove("response_url"); // nothing may leave this machine
    way.await(way.press(press.put("trigger_id", "7.7." + times)));
    return question(button);
  }

  private static String question(JsonNode button) {
    return CommandButton.read(button.path("value").asText()).about().approval().orElse("none");
  }

  /** The button of that command in the newest message that has one. */
  Optional<JsonNode> button(String command) {
    return channel.messages().reversed().stream()
        .flatMap(message -> message.arguments().path("blocks").findParents("action_id").stream())
        .filter(one -> one.path("type").asText().equals("button"))
        .filter(one -> one.path("action_id").asText().startsWith("cattleguard." + command))
        .findFirst();
  }

  /** Whether a message of the channel contains that. */
  boolean isTold(String part) {
    return channel.messages().stream().anyMatch(one -> one.arguments().toString().contains(part));
  }
}
