package io.cattleguard.app.operate;

import io.cattleguard.app.terminal.Surroundings;
import java.time.InstantSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Turns the kill switch off. */
@Command(
    name = "resume",
    sortOptions = false,
    description = {"Turn the kill switch off: enforcing playbooks act again.", ""})
public final class ResumeCommand extends OperateCommand {
  @Mixin private final WhoAndWhy who = new WhoAndWhy();

  /** With the streams to print to. */
  public ResumeCommand(Surroundings surroundings) {
    super(surroundings);
  }

  ResumeCommand(Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
    super(surroundings, ledgers, buses, clock);
  }

  @Override
  OperatorRequest request() {
    return new OperatorRequest.Resume(who.order());
  }
}
