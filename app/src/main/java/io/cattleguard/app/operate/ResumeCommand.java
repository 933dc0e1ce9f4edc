package io.cattleguard.app.operate;

import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.Order;
import java.time.Instant;
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

  ResumeCommand(Surroundings surroundings, Ledgers ledgers, InstantSource clock) {
    super(surroundings, ledgers, clock);
  }

  @Override
  boolean run(Operations operations, Instant now) {
    Order order = who.order();
    operations.resume(order, now);
    print(
        "The kill switch is off: enforcing playbooks act again.",
        KillSwitchText.json(new Ledger.Halt(false, order.by(), order.reason(), now)));
    return true;
  }
}
