package io.cattleguard.app.operate;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.ledger.StoredLedger;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Answers questions from the tables of a stack in AWS with the credentials of the process, and
 * gives commands as events on its bus. IAM and the responder's policy decide who may give them.
 */
public final class StackOperator implements Operator {
  private final Function<String, VersionedTable> tables;
  private final CommandBus bus;
  private final InstantSource clock;

  /**
   * Takes the tables and the bus of a stack.
   *
   * @param tables opens {@code ledger} or {@code sightings}
   */
  public StackOperator(
      Function<String, VersionedTable> tables, CommandBus bus, InstantSource clock) {
    this.tables = tables;
    this.bus = bus;
    this.clock = clock;
  }

  /** The credentials determine the caller's identity. */
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
      // Neither a stop nor a write to a table may depend on STS.
      return commanding(
              command -> {
                throw e;
              })
          .ask(request, "aws:unknown");
    }
    return commanding(command -> bus.publish(userId, command)).ask(request, "aws:" + userId);
  }

  private Operator commanding(Consumer<OperatorCommand> publisher) {
    return new ResponderOperator(
        this::inTables,
        new CommandingOperator(this::inTables, (verb, identity) -> true, publisher, clock),
        publisher,
        () -> operations().killSwitch(),
        bus::pause,
        clock);
  }

  private OperatorReply inTables(OperatorRequest request, String identity) {
    return request instanceof SilenceRequest silence
        ? new SilenceOperator(tables.apply("sightings"), clock).ask(silence)
        : new LedgerOperator(operations(), clock).ask(request, identity);
  }

  private Operations operations() {
    return new Operations(StoredLedger.in(tables.apply("ledger")));
  }
}
