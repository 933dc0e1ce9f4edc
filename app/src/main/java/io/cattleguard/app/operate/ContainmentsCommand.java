package io.cattleguard.app.operate;

import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.respond.Operations;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import picocli.CommandLine.Command;

/** Lists the containments that are in force. */
@Command(
    name = "containments",
    sortOptions = false,
    description = {"List what is contained now, with its lease, and the kill switch.", ""})
public final class ContainmentsCommand extends OperateCommand {
  /** With the streams to print to. */
  public ContainmentsCommand(Surroundings surroundings) {
    super(surroundings);
  }

  ContainmentsCommand(Surroundings surroundings, Ledgers ledgers, InstantSource clock) {
    super(surroundings, ledgers, clock);
  }

  @Override
  boolean run(Operations operations, Instant now) {
    operations
        .killSwitch()
        .filter(halt -> halt.on())
        .ifPresent(
            halt ->
                print(
                    "The kill switch is on since "
                        + halt.at()
                        + ", by "
                        + halt.by()
                        + ": "
                        + halt.reason(),
                    KillSwitchText.json(halt)));
    List<Operations.Live> live = operations.live();
    live.forEach(one -> print(ContainmentText.line(one), ContainmentText.json(one)));
    if (live.isEmpty()) {
      complain("Nothing is contained.");
    }
    return true;
  }
}
