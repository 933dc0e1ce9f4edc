package io.cattleguard.deduplicate.lambda;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.deduplicate.silence.SilenceCommands;
import io.cattleguard.edge.lambda.StructuredLog;
import io.cattleguard.edge.port.EventPublisher;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorSource;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Carries out the operators' commands that arrive on the bus, and publishes the answers. */
final class OperatorCommands {
  private final Optional<SilenceCommands> commands;
  private final EventPublisher publisher;

  /**
   * Takes what carries them out.
   *
   * @param commands absent where people cannot command
   */
  OperatorCommands(Optional<SilenceCommands> commands, EventPublisher publisher) {
    this.commands = commands;
    this.publisher = publisher;
  }

  static boolean isOne(JsonNode envelope) {
    return DetailType.OPERATOR_COMMAND.wireName().equals(envelope.path("detail-type").asText());
  }

  /** Who commands comes from the envelope's source. A replayed command is not given again. */
  void carryOut(JsonNode envelope, Instant now) {
    OperatorCommand command =
        OperatorCommand.read(envelope.path("source").asText(), envelope.path("detail"));
    if (envelope.has("replay-name") || commands.isEmpty()) {
      throw new ContractViolation("detail-type: not a command for deduplicate");
    }
    boolean claimed = envelope.path("detail").path("applied").asBoolean();
    Optional<String> ignored =
        claimed ? commands.get().confirm(command, now) : commands.get().carryOut(command, now);
    if (command.isOpen()) {
      answer(commands.get().answer(command, ignored, now), now);
    }
    ignored.ifPresent(
        reason -> {
          StructuredLog.info(
              "an operator's command changed nothing",
              "command",
              command.command().jsonName(),
              "who",
              command.who().inWords(),
              "reason",
              reason);
          StructuredLog.counts("deduplicate", now.toEpochMilli(), Map.of("commandsIgnored", 1L));
        });
  }

  /** A command that is delivered again is answered again, with the same id. */
  private void answer(OperatorCommand answer, Instant now) {
    BusEvent event =
        new BusEvent(OperatorSource.DEDUPLICATE, DetailType.OPERATOR_COMMAND, now, answer.write());
    if (!publisher.publish(List.of(event)).isEmpty()) {
      throw new IllegalStateException("PutEvents failed for the answer to a command");
    }
  }
}
