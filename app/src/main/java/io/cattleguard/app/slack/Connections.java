package io.cattleguard.app.slack;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.route.Address;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.http.HttpAnswer;
import io.cattleguard.route.http.HttpPost;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Asks Slack for the address of a new WebSocket. It contains a ticket, so it is never logged.
 *
 * @see <a
 *     href="https://docs.slack.dev/reference/methods/apps.connections.open">apps.connections.open
 *     </a>
 */
final class Connections {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Pattern ERROR = Pattern.compile("[a-z_]{1,64}");
  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,5}");
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]");

  /** Errors of a token that is not, or no longer, one of the app. */
  private static final Set<String> TOKEN_ERRORS =
      Set.of(
          "invalid_auth",
          "not_authed",
          "account_inactive",
          "token_revoked",
          "token_expired",
          "access_denied",
          "forbidden_team");

  private static final Set<String> SCOPE_ERRORS =
      Set.of("missing_scope", "no_permission", "not_allowed_token_type");

  private final URI api;
  private final Secrets secrets;
  private final HttpPost http = new HttpPost();

  Connections(URI api, Secrets secrets) {
    this.api = api;
    this.secrets = secrets;
  }

  /** Slack's answer. */
  sealed interface Answer {
    /** The address to connect to. */
    record Opened(URI address) implements Answer {}

    /**
     * There is none.
     *
     * @param reason with what to do, if a person must act
     * @param after how long Slack wants us to wait
     */
    record Refused(String reason, Optional<Duration> after) implements Answer {}
  }

  /** Asks once. The token is read each time, so a new one is soon in use. */
  Answer open() {
    String token;
    try {
      token = secrets.named(SlackAccess.TOKEN).map(String::strip).orElse("");
    } catch (Unavailable e) {
      return refused(String.valueOf(e.getMessage()));
    }
    if (!token.startsWith("xapp-")) {
      return refused(
          SlackAccess.TOKEN
              + (token.isEmpty() ? " is not set" : " is not an app-level token")
              + ": make one with the scope connections:write in the Slack app (Basic Information,"
              + " App-Level Tokens); it begins with xapp-");
    }
    HttpAnswer answer;
    try {
      answer =
          http.send(
              Address.append(api, "/apps.connections.open"),
              Map.of(
                  "Authorization",
                  "Bearer " + token,
                  "Content-Type",
                  "application/x-www-form-urlencoded"),
              new byte[0]);
    } catch (IOException | IllegalArgumentException e) {
      return refused("Slack does not answer: " + e.getClass().getSimpleName());
    }
    Optional<Duration> after =
        answer
            .retryAfter()
            .filter(text -> SECONDS.matcher(text).matches())
            .map(text -> Duration.ofSeconds(Long.parseLong(text)));
    if (answer.status() != 200) {
      return new Answer.Refused("Slack answers with HTTP status " + answer.status(), after);
    }
    JsonNode body = parsed(answer.body());
    if (!body.path("ok").asBoolean()) {
      return new Answer.Refused(error(body.path("error").asText("")), after);
    }
    return address(body.path("url").asText(""))
        .<Answer>map(Answer.Opened::new)
        .orElseGet(() -> refused("Slack named no address for a WebSocket over TLS"));
  }

  private static Answer refused(String reason) {
    return new Answer.Refused(reason, Optional.empty());
  }

  private static String error(String said) {
    String error = ERROR.matcher(said).matches() ? said : "unnamed";
    String remedy =
        TOKEN_ERRORS.contains(error)
            ? "; set a valid app-level token of the Slack app in " + SlackAccess.TOKEN
            : SCOPE_ERRORS.contains(error)
                ? "; " + SlackAccess.TOKEN + " needs an app-level token with connections:write"
                : "";
    return "Slack error: " + error + remedy;
  }

  /** Only a Slack on this machine may do without TLS. */
  private Optional<URI> address(String text) {
    try {
      URI address = URI.create(text);
      boolean encrypted = "wss".equals(address.getScheme()) && address.getHost() != null;
      boolean here =
          "ws".equals(address.getScheme())
              && LOOPBACK.contains(String.valueOf(api.getHost()))
              && LOOPBACK.contains(String.valueOf(address.getHost()));
      return encrypted || here ? Optional.of(address) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static JsonNode parsed(String body) {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      return JSON.missingNode();
    }
  }
}
