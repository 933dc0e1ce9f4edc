package io.cattleguard.app.operate;

import io.cattleguard.app.terminal.Surroundings;
import java.time.InstantSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Undoes a containment before its lease expires. */
@Command(
    name = "undo",
    sortOptions = false,
    description = {
      "Undo a containment now. The same action is not taken again on the same object.",
      "List the ids with: cattleguard containments",
      ""
    })
public final class UndoCommand extends OperateCommand {
  @Parameters(paramLabel = "ID", description = "Id of the containment.")
  private String id = "";

  @Mixin private final WhoAndWhy who = new WhoAndWhy();

  /** Creates the command with the streams to print to. */
  public UndoCommand(Surroundings surroundings) {
    super(surroundings);
  }

  UndoCommand(Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
    super(surroundings, ledgers, buses, clock);
  }

  @Override
  OperatorRequest request() {
    return new OperatorRequest.Undo(id, who.order());
  }
}
