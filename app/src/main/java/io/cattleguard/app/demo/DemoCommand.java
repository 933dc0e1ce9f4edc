package io.cattleguard.app.demo;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.respond.action.Mode;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows an intrusion being contained on a simulated cluster. */
@Command(
    name = "demo",
    description = {
      "Watch an intrusion being contained on a simulated cluster, in half a minute.",
      "Changes nothing outside this process."
    })
public final class DemoCommand implements Callable<Integer> {
  /** How long a simulated pod takes to become ready. */
  private static final Duration START_UP = Duration.ofMillis(900);

  private final Surroundings surroundings;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Option(
      names = "--fast",
      description = "Do not pause for reading. Default when the output is not a terminal.")
  private boolean fast;

  public DemoCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    boolean paced = !fast && surroundings.columns().isPresent();
    DemoStory story = DemoStory.read();
    Clock clock = Clock.systemUTC();
    DemoStage stage = new DemoStage(story, clock, paced ? START_UP : Duration.ofMillis(20));
    Policy enforced = enforcing(Policy.read(policy.directory(surroundings)));
    DemoPlay play = new DemoPlay(story, stage, enforced, surroundings.patterns(), clock);
    DemoTally tally = new DemoTally(enforced::isReadByPeople);
    new DemoText(surroundings.screen(), stage, new Pace(paced), tally).show(story, play);
    return play.counts().imbalance().isPresent() ? ExitCode.FAILURE : ExitCode.SUCCESS;
  }

  /** The policy with all playbooks enforced, which is safe on a simulated cluster. */
  public static Policy enforcing(Policy policy) {
    return new Policy(
        policy.suppressions(),
        policy.scoring(),
        policy.routes(),
        policy.playbooks().in(Mode.ENFORCE),
        policy.detections(),
        policy.inhibitions(),
        policy.owners(),
        policy.models());
  }
}
