package io.cattleguard.app.operate;

import io.cattleguard.app.terminal.Surroundings;
import java.time.InstantSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Decides an action that waits for approval. */
public abstract class DecideCommand extends OperateCommand {
  private final boolean approves;

  @Parameters(paramLabel = "ID", description = "Id of the pending approval.")
  private String id = "";

  @Mixin private final WhoAndWhy who = new WhoAndWhy();

  private DecideCommand(boolean approves, Surroundings surroundings) {
    super(surroundings);
    this.approves = approves;
  }

  private DecideCommand(
      boolean approves,
      Surroundings surroundings,
      Ledgers ledgers,
      Buses buses,
      InstantSource clock) {
    super(surroundings, ledgers, buses, clock);
    this.approves = approves;
  }

  @Override
  final OperatorRequest request() {
    return new OperatorRequest.Decide(approves, id, who.order());
  }

  /** Approves it. */
  @Command(
      name = "approve",
      sortOptions = false,
      description = {
        "Approve an action that waits for approval.",
        "The responder evaluates all guards again and acts on exactly that object.",
        "List the ids with: cattleguard approvals",
        ""
      })
  public static final class Approve extends DecideCommand {
    /** Creates the command with the streams to print to. */
    public Approve(Surroundings surroundings) {
      super(true, surroundings);
    }

    Approve(Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
      super(true, surroundings, ledgers, buses, clock);
    }
  }

  /** Rejects it. */
  @Command(
      name = "reject",
      sortOptions = false,
      description = {
        "Reject an action that waits for approval.",
        "List the ids with: cattleguard approvals",
        ""
      })
  public static final class Reject extends DecideCommand {
    /** Creates the command with the streams to print to. */
    public Reject(Surroundings surroundings) {
      super(false, surroundings);
    }

    Reject(Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
      super(false, surroundings, ledgers, buses, clock);
    }
  }
}
