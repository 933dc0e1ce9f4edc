package io.cattleguard.app.operate;

import io.cattleguard.app.terminal.Surroundings;
import java.time.InstantSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Rejects an action that waits for approval. */
@Command(
    name = "reject",
    sortOptions = false,
    description = {
      "Reject an action that a playbook with mode: approve asks for.",
      "List the ids with: cattleguard approvals",
      ""
    })
public final class RejectCommand extends OperateCommand {
  @Parameters(paramLabel = "ID", description = "What waits for approval.")
  private String id = "";

  @Mixin private final WhoAndWhy who = new WhoAndWhy();

  /** With the streams to print to. */
  public RejectCommand(Surroundings surroundings) {
    super(surroundings);
  }

  RejectCommand(Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
    super(surroundings, ledgers, buses, clock);
  }

  @Override
  OperatorRequest request() {
    return new OperatorRequest.Decide(false, id, who.order());
  }
}
