package io.cattleguard.app.operate;

import io.cattleguard.app.terminal.Surroundings;
import java.time.InstantSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Turns the kill switch on. */
@Command(
    name = "stop",
    sortOptions = false,
    description = {
      "Turn the kill switch on: no action is taken and nothing is released.",
      "Alerts are still scored and people are still notified. Leases are extended.",
      ""
    })
public final class StopCommand extends OperateCommand {
  @Mixin private final WhoAndWhy who = new WhoAndWhy();

  /** With the streams to print to. */
  public StopCommand(Surroundings surroundings) {
    super(surroundings);
  }

  StopCommand(Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
    super(surroundings, ledgers, buses, clock);
  }

  @Override
  OperatorRequest request() {
    return new OperatorRequest.Stop(who.order());
  }
}
