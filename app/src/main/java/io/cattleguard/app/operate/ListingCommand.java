package io.cattleguard.app.operate;

import io.cattleguard.app.terminal.Surroundings;
import java.time.InstantSource;
import picocli.CommandLine.Command;

/** Lists something of a deployment. */
public abstract class ListingCommand extends OperateCommand {
  private ListingCommand(Surroundings surroundings) {
    super(surroundings);
  }

  private ListingCommand(
      Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
    super(surroundings, ledgers, buses, clock);
  }

  /** Lists the actions that wait for approval. */
  @Command(
      name = "approvals",
      sortOptions = false,
      description = {
        "List the actions that wait for approval, on which object and until when.",
        ""
      })
  public static final class Approvals extends ListingCommand {
    /** Creates the command with the streams to print to. */
    public Approvals(Surroundings surroundings) {
      super(surroundings);
    }

    Approvals(Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
      super(surroundings, ledgers, buses, clock);
    }

    @Override
    OperatorRequest request() {
      return new OperatorRequest.Approvals();
    }
  }

  /** Lists the usage of the budgets. */
  @Command(
      name = "budgets",
      sortOptions = false,
      description = {
        "List how much of the playbooks' budgets and hourly caps is used, per workload, namespace"
            + " and cluster.",
        "Unused budgets are not listed.",
        ""
      })
  public static final class Budgets extends ListingCommand {
    /** Creates the command with the streams to print to. */
    public Budgets(Surroundings surroundings) {
      super(surroundings);
    }

    Budgets(Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
      super(surroundings, ledgers, buses, clock);
    }

    @Override
    OperatorRequest request() {
      return new OperatorRequest.Budgets();
    }
  }

  /** Lists the silences. */
  @Command(
      name = "silences",
      sortOptions = false,
      description = {
        "List the silences: what they hide, who set them, and until when.",
        "A silence that has ended is listed for seven more days.",
        ""
      })
  public static final class Silences extends ListingCommand {
    /** Creates the command with the streams to print to. */
    public Silences(Surroundings surroundings) {
      super(surroundings);
    }

    Silences(Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
      super(surroundings, ledgers, buses, clock);
    }

    @Override
    OperatorRequest request() {
      return new SilenceRequest.All();
    }
  }
}
