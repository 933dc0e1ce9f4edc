package io.cattleguard.local;

import io.cattleguard.deduplicate.Suppression;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Says whether a policy may be deployed. */
@Command(name = "check", description = "Check a policy; every error with its file and line.")
final class CheckCommand implements Callable<Integer> {
  @Mixin private final Surroundings surroundings = new Surroundings();

  @Override
  public Integer call() {
    Policy policy = surroundings.policy();
    PrintStream out = surroundings.out();
    Instant now = Clock.systemUTC().instant();
    for (Suppression suppression : policy.suppressions().all()) {
      suppression
          .idle(now)
          .ifPresent(why -> out.println("warning: suppression " + suppression.name() + " " + why));
    }
    out.printf(
        "%s is sound: %d suppressions, %d routes to %d destinations, %d playbooks (%d"
            + " enforcing).%n",
        surroundings.policyDirectory(),
        policy.suppressions().all().size(),
        policy.routes().routes().size(),
        policy.routes().destinations().size(),
        policy.playbooks().all().size(),
        policy.playbooks().all().stream()
            .filter(playbook -> playbook.mode() == io.cattleguard.respond.Mode.ENFORCE)
            .count());
    return Main.DONE;
  }
}
