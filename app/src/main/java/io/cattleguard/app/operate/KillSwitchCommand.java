package io.cattleguard.app.operate;

import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.time.InstantSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Turns the kill switch on or off. */
public abstract class KillSwitchCommand extends OperateCommand {
  @Mixin private final WhoAndWhy who = new WhoAndWhy();

  private KillSwitchCommand(Surroundings surroundings) {
    super(surroundings);
  }

  private KillSwitchCommand(
      Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
    super(surroundings, ledgers, buses, clock);
  }

  /** Turns it on. */
  @Command(
      name = "stop",
      sortOptions = false,
      description = {
        "Turn the kill switch on: no action is taken and nothing is released.",
        "Alerts are still scored and people are still notified. Leases are extended.",
        ""
      })
  public static final class Stop extends KillSwitchCommand {
    /** Creates the command with the streams to print to. */
    public Stop(Surroundings surroundings) {
      super(surroundings);
    }

    Stop(Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
      super(surroundings, ledgers, buses, clock);
    }

    @Override
    OperatorRequest request() {
      return new OperatorRequest.Stop(order());
    }
  }

  /** Turns it off. */
  @Command(
      name = "resume",
      sortOptions = false,
      description = {"Turn the kill switch off: playbooks in enforce mode act again.", ""})
  public static final class Resume extends KillSwitchCommand {
    /** Creates the command with the streams to print to. */
    public Resume(Surroundings surroundings) {
      super(surroundings);
    }

    Resume(Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
      super(surroundings, ledgers, buses, clock);
    }

    @Override
    OperatorRequest request() {
      return new OperatorRequest.Resume(order());
    }
  }

  /** The person who turns it, and the reason. */
  OperatorOrder order() {
    return who.order();
  }
}
