package io.cattleguard.app.operate;

import io.cattleguard.app.terminal.Surroundings;
import java.time.InstantSource;
import picocli.CommandLine.Command;

/** Lists the silences. */
@Command(
    name = "silences",
    sortOptions = false,
    description = {
      "List what is silenced, by whom and until when.",
      "A silence that has ended is listed for seven more days.",
      ""
    })
public final class SilencesCommand extends OperateCommand {
  /** With the streams to print to. */
  public SilencesCommand(Surroundings surroundings) {
    super(surroundings);
  }

  SilencesCommand(Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
    super(surroundings, ledgers, buses, clock);
  }

  @Override
  OperatorRequest request() {
    return new SilenceRequest.All();
  }
}
