package io.cattleguard.app.operate;

import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.respond.Operations;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
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
  @Parameters(paramLabel = "ID", description = "The containment.")
  private String id = "";

  @Mixin private final WhoAndWhy who = new WhoAndWhy();

  /** With the streams to print to. */
  public UndoCommand(Surroundings surroundings) {
    super(surroundings);
  }

  UndoCommand(Surroundings surroundings, Ledgers ledgers, InstantSource clock) {
    super(surroundings, ledgers, clock);
  }

  @Override
  boolean run(Operations operations, Instant now) {
    Optional<Operations.Live> undone = operations.undo(id, who.order(), now);
    undone.ifPresentOrElse(
        live ->
            print(
                live.id() + ": the responder undoes it within a minute and reports the result.",
                ContainmentText.json(live)),
        () -> complain("no containment " + id + " is in force. Try: cattleguard containments"));
    return undone.isPresent();
  }
}
