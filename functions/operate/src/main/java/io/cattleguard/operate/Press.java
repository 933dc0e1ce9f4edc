package io.cattleguard.operate;

import static io.cattleguard.operate.SlackJson.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.operator.AnswerAddress;
import java.net.URI;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A user's press of a button in a message.
 *
 * @param actionId the button's action id
 * @param value the button's value
 * @param reason what the user wrote into the message's field for a reason
 * @param at when the user pressed it, by Slack's clock: the same press has the same time, however
 *     often Slack sends it
 * @param answerTo where Slack takes an answer that only this user sees
 * @see <a href="https://docs.slack.dev/reference/interaction-payloads/block_actions-payload">The
 *     payload block_actions</a>
 */
record Press(
    Person person,
    String actionId,
    String value,
    Optional<String> reason,
    Instant at,
    Optional<URI> answerTo) {
  /** The block of the field for a reason. */
  static final String REASON = "cattleguard.reason";

  private static final Pattern TIME = Pattern.compile("([0-9]{1,11})\\.([0-9]{1,6})");

  /**
   * Reads a payload; empty if it is about no button with a value, such as a link or a field.
   *
   * @throws ContractViolation if it is no payload of Slack
   */
  static Optional<Press> read(JsonNode in) {
    if (!in.isObject()) {
      throw new ContractViolation("payload: not a JSON object");
    }
    if (!in.path("type").asText().equals("block_actions")) {
      return Optional.empty();
    }
    if (in.path("actions").size() != 1) {
      throw new ContractViolation("actions: expected one");
    }
    JsonNode action = in.path("actions").path(0);
    if (!action.path("type").asText().equals("button")
        || text(action, "action_id").isEmpty()
        || text(action, "value").isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Press(
            person(in),
            text(action, "action_id").orElseThrow(),
            text(action, "value").orElseThrow(),
            reason(in.path("state").path("values").path(REASON)),
            time(text(action, "action_ts").orElse("")),
            AnswerAddress.read(text(in, "response_url").orElse(""))));
  }

  /** In a channel that two workspaces share, the user's workspace may be another one. */
  private static Person person(JsonNode in) {
    JsonNode user = in.path("user");
    Set<String> teams = new LinkedHashSet<>();
    text(in.path("team"), "id").ifPresent(teams::add);
    text(user, "team_id").ifPresent(teams::add);
    if (teams.isEmpty()) {
      text(in.path("enterprise"), "id").ifPresent(teams::add);
    }
    return new Person(
        text(user, "id").orElse(""), text(user, "username").or(() -> text(user, "name")), teams);
  }

  private static Optional<String> reason(JsonNode block) {
    for (JsonNode field : block) {
      if (field.path("type").asText().equals("plain_text_input")) {
        return text(field, "value");
      }
    }
    return Optional.empty();
  }

  private static Instant time(String text) {
    Matcher matcher = TIME.matcher(text);
    if (!matcher.matches()) {
      throw new ContractViolation("action_ts: missing, or not a time of Slack");
    }
    String micros = (matcher.group(2) + "00000").substring(0, 6);
    return Instant.ofEpochSecond(Long.parseLong(matcher.group(1)), Long.parseLong(micros) * 1_000);
  }
}
