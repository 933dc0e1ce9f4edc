package io.cattleguard.app.operate;

import io.cattleguard.app.terminal.Surroundings;
import java.time.InstantSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Approves an action that waits for it. */
@Command(
    name = "approve",
    sortOptions = false,
    description = {
      "Approve an action that a playbook with mode: approve asks for.",
      "The responder asks all guards again and acts on exactly that object.",
      "List the ids with: cattleguard approvals",
      ""
    })
public final class ApproveCommand extends OperateCommand {
  @Parameters(paramLabel = "ID", description = "What waits for approval.")
  private String id = "";

  @Mixin private final WhoAndWhy who = new WhoAndWhy();

  /** With the streams to print to. */
  public ApproveCommand(Surroundings surroundings) {
    super(surroundings);
  }

  ApproveCommand(Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
    super(surroundings, ledgers, buses, clock);
  }

  @Override
  OperatorRequest request() {
    return new OperatorRequest.Decide(true, id, who.order());
  }
}
