package io.cattleguard.events.operator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.ContractViolation;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The command of a button in a message. Its {@link #value} travels through the messenger and comes
 * back when a person presses the button: the person, the reason and the time are added then.
 *
 * @param about without {@code until}: a button's time is a duration
 * @param lasts how long a silence lasts, or by how much a lease is extended, from when the button
 *     is pressed; absent for other commands
 */
public record CommandButton(
    OperatorCommand.Verb command,
    Optional<String> cluster,
    Optional<String> incident,
    OperatorCommand.About about,
    Optional<Duration> lasts) {
  /** Slack's limit for the value of a button, in characters. */
  public static final int LONGEST_VALUE = 2_000;

  /** The longest that a button may silence or extend. */
  private static final Duration LONGEST = Duration.ofDays(30);

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** The action id of the button, the same for all buttons with that command and duration. */
  public String actionId() {
    return "cattleguard." + command.jsonName() + lasts.map(one -> "." + one).orElse("");
  }

  /** The value of the button, or empty if it is longer than {@link #LONGEST_VALUE}. */
  public Optional<String> value() {
    if (Stream.of(
            cluster,
            incident,
            about.approval(),
            about.containment(),
            about.silence(),
            about.match())
        .flatMap(Optional::stream)
        .anyMatch(one -> one.length() > LONGEST_VALUE)) {
      // Writing a megabyte of an attacker takes long, and the result is not shorter.
      return Optional.empty();
    }
    ObjectNode out = JSON.createObjectNode();
    out.put("command", command.jsonName());
    cluster.ifPresent(one -> out.put("cluster", one));
    incident.ifPresent(one -> out.put("incident", one));
    about.approval().ifPresent(one -> out.put("approval", one));
    about.containment().ifPresent(one -> out.put("containment", one));
    about.silence().ifPresent(one -> out.put("silence", one));
    about.match().ifPresent(one -> out.put("match", one));
    if (about.responders()) {
      out.put("responders", true);
    }
    lasts.ifPresent(one -> out.put("lasts", one.toString()));
    return Optional.of(out.toString()).filter(one -> one.length() <= LONGEST_VALUE);
  }

  /**
   * Reads a value.
   *
   * @throws ContractViolation if no button of Cattleguard has that value
   */
  public static CommandButton read(String value) {
    JsonNode in = json(value);
    OperatorCommand.Verb command =
        OperatorCommand.Verb.named(in.path("command").asText())
            .orElseThrow(() -> new ContractViolation("command: missing, or no command"));
    return new CommandButton(
        command,
        text(in, "cluster"),
        text(in, "incident"),
        new OperatorCommand.About(
            text(in, "approval"),
            text(in, "containment"),
            text(in, "silence"),
            Optional.empty(),
            text(in, "match"),
            in.path("responders").asBoolean()),
        text(in, "lasts").map(CommandButton::duration));
  }

  /**
   * The command of a person who pressed the button.
   *
   * @throws ContractViolation if the button lacks what its command needs
   */
  public OperatorCommand pressed(OperatorCommand.Who who, String why, Instant at) {
    OperatorCommand.About complete =
        new OperatorCommand.About(
            about.approval(),
            about.containment(),
            about.silence(),
            lasts.map(at::plus),
            about.match(),
            about.responders());
    OperatorCommand command =
        OperatorCommand.of(this.command, who, why, at, cluster, complete).in(incident);
    OperatorCommand.read(command.write());
    return command;
  }

  private static JsonNode json(String value) {
    if (value.length() > LONGEST_VALUE) {
      throw new ContractViolation("value: longer than " + LONGEST_VALUE + " characters");
    }
    try {
      JsonNode in = JSON.readTree(value);
      if (in != null && in.isObject()) {
        return in;
      }
    } catch (JsonProcessingException e) {
      throw new ContractViolation("value: not JSON", e);
    }
    throw new ContractViolation("value: not an object");
  }

  private static Optional<String> text(JsonNode in, String key) {
    if (!in.has(key)) {
      return Optional.empty();
    }
    if (!in.get(key).isTextual()) {
      throw new ContractViolation(key + ": not a string");
    }
    return Optional.of(in.get(key).textValue());
  }

  private static Duration duration(String text) {
    try {
      Duration lasts = Duration.parse(text);
      if (lasts.isPositive() && lasts.compareTo(LONGEST) <= 0) {
        return lasts;
      }
    } catch (DateTimeException e) {
      throw new ContractViolation("lasts: not an ISO 8601 duration", e);
    }
    throw new ContractViolation("lasts: not between 1 second and 30 days");
  }
}
