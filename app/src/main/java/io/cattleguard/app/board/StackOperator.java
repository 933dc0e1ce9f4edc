package io.cattleguard.app.board;

import io.cattleguard.app.operate.CommandBus;
import io.cattleguard.app.operate.CommandingOperator;
import io.cattleguard.app.operate.LedgerOperator;
import io.cattleguard.app.operate.Operator;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.app.operate.OperatorRequest;
import io.cattleguard.app.operate.SilenceOperator;
import io.cattleguard.app.operate.SilenceRequest;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.ledger.StoredLedger;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Carries out requests in the tables of a stack in AWS with the credentials of the process, and
 * publishes commands on its bus. Who may do it, IAM and the responder's policy decide.
 */
final class StackOperator implements Operator {
  private final Function<String, VersionedTable> tables;
  private final CommandBus bus;
  private final InstantSource clock;

  /**
   * Takes the tables and the bus of a stack.
   *
   * @param tables opens {@code ledger} or {@code sightings}
   */
  StackOperator(Function<String, VersionedTable> tables, CommandBus bus, InstantSource clock) {
    this.tables = tables;
    this.bus = bus;
    this.clock = clock;
  }

  /** The identity of the caller is that of the credentials. */
  @Override
  public OperatorReply ask(OperatorRequest request, String unused) {
    if (request.isQuestion()) {
      return inTables(request, "");
    }
    String userId;
    try {
      userId = bus.userId();
    } catch (Unavailable e) {
      if (request instanceof OperatorRequest.Decide) {
        throw e;
      }
      // The kill switch must not depend on STS.
      return commanding(
              command -> {
                throw e;
              })
          .ask(request, "aws:unknown");
    }
    return commanding(command -> bus.publish(userId, command)).ask(request, "aws:" + userId);
  }

  private Operator commanding(Consumer<OperatorCommand> publisher) {
    return new CommandingOperator(this::inTables, (verb, identity) -> true, publisher, clock);
  }

  private OperatorReply inTables(OperatorRequest request, String identity) {
    return request instanceof SilenceRequest silence
        ? new SilenceOperator(tables.apply("sightings"), clock).ask(silence)
        : new LedgerOperator(new Operations(StoredLedger.in(tables.apply("ledger"))), clock)
            .ask(request, identity);
  }
}
