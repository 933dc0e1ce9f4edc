package io.cattleguard.app.operate;

import io.cattleguard.app.terminal.Surroundings;
import java.time.InstantSource;
import picocli.CommandLine.Command;

/** Lists the containments that are in force. */
@Command(
    name = "containments",
    sortOptions = false,
    description = {"List what is contained now, with its lease, and the kill switch.", ""})
public final class ContainmentsCommand extends OperateCommand {
  /** Creates the command with the streams to print to. */
  public ContainmentsCommand(Surroundings surroundings) {
    super(surroundings);
  }

  ContainmentsCommand(
      Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
    super(surroundings, ledgers, buses, clock);
  }

  @Override
  OperatorRequest request() {
    return new OperatorRequest.Containments();
  }
}
