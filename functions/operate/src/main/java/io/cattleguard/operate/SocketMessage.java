package io.cattleguard.operate;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.ContractViolation;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A message of Slack over the WebSocket of Socket Mode. The connection itself proves that it is
 * Slack: the app opened it over TLS with its own token, so there is no signature.
 *
 * @see <a href="https://docs.slack.dev/apis/events-api/using-socket-mode/">Socket Mode</a>
 */
public sealed interface SocketMessage {
  /**
   * The connection is ready.
   *
   * @param connections how many connections the app has open now, this one included
   */
  record Hello(int connections) implements SocketMessage {}

  /**
   * Slack is about to close the connection.
   *
   * @param reason {@code warning}, {@code refresh_requested} or {@code link_disabled}
   */
  record Disconnect(String reason) implements SocketMessage {
    /** Whether Socket Mode was turned off, which only a person can undo. */
    public boolean isTurnedOff() {
      return reason.equals("link_disabled");
    }
  }

  /**
   * A user's action. Slack sends it again, or tells the user that the app failed, unless its
   * envelope is acknowledged within three seconds.
   *
   * @param envelope the id to acknowledge
   * @param type {@code interactive}, {@code slash_commands}, or an unexpected type
   * @param answerable whether the acknowledgement may contain the answer to the user
   */
  record Request(String envelope, String type, JsonNode payload, boolean answerable)
      implements SocketMessage {
    /**
     * The key of the user's action, which is the same however often and in whatever envelope it
     * arrives.
     */
    public String key() {
      return SlackJson.text(payload, "trigger_id")
          .filter(id -> ID.matcher(id).matches())
          .orElse(envelope);
    }
  }

  /** Something else, which needs no answer. */
  record Other() implements SocketMessage {}

  /** The format of Slack's ids. */
  Pattern ID = Pattern.compile("[0-9A-Za-z._:-]{1,128}");

  /**
   * Reads a message.
   *
   * @throws ContractViolation if it is none
   */
  static SocketMessage read(String text) {
    JsonNode in = SlackJson.object("message", text);
    String type = SlackJson.text(in, "type").orElse("");
    if (in.has("envelope_id")) {
      String envelope =
          SlackJson.text(in, "envelope_id")
              .filter(id -> ID.matcher(id).matches())
              .orElseThrow(() -> new ContractViolation("envelope_id: not an id of Slack"));
      return new Request(
          envelope, type, in.path("payload"), in.path("accepts_response_payload").asBoolean());
    }
    Optional<String> reason = SlackJson.text(in, "reason");
    return switch (type) {
      case "hello" -> new Hello(in.path("num_connections").asInt(1));
      case "disconnect" -> new Disconnect(reason.orElse("no reason"));
      default -> new Other();
    };
  }
}
