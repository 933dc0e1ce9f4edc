package io.cattleguard.app.operate;

import io.cattleguard.app.terminal.Surroundings;
import java.time.InstantSource;
import picocli.CommandLine.Command;

/** Lists the actions that wait for approval. */
@Command(
    name = "approvals",
    sortOptions = false,
    description = {"List the actions that wait for approval, on which object and until when.", ""})
public final class ApprovalsCommand extends OperateCommand {
  /** With the streams to print to. */
  public ApprovalsCommand(Surroundings surroundings) {
    super(surroundings);
  }

  ApprovalsCommand(Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
    super(surroundings, ledgers, buses, clock);
  }

  @Override
  OperatorRequest request() {
    return new OperatorRequest.Approvals();
  }
}
