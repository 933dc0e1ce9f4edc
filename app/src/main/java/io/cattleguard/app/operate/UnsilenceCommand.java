package io.cattleguard.app.operate;

import io.cattleguard.app.terminal.Surroundings;
import java.time.InstantSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Ends a silence. */
@Command(
    name = "unsilence",
    sortOptions = false,
    description = {"End a silence now.", "List the ids with: cattleguard silences", ""})
public final class UnsilenceCommand extends OperateCommand {
  @Parameters(paramLabel = "ID", description = "Id of the silence.")
  private String id = "";

  @Mixin private final WhoAndWhy who = new WhoAndWhy();

  /** Creates the command with the streams to print to. */
  public UnsilenceCommand(Surroundings surroundings) {
    super(surroundings);
  }

  UnsilenceCommand(Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
    super(surroundings, ledgers, buses, clock);
  }

  @Override
  OperatorRequest request() {
    return new SilenceRequest.End(id, who.order());
  }
}
