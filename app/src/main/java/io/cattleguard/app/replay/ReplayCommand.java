package io.cattleguard.app.replay;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.recording.Recordings;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.Surroundings;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what the policy would have done with recorded events. */
@Command(
    name = "replay",
    description = {
      "Show what the policy would have done with recorded events.",
      "Uses the events' own time as its clock. Changes nothing."
    })
public final class ReplayCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Option(names = "--json", description = "Print one JSON object instead of a report.")
  private boolean json;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "JSON, JSON arrays or JSON lines, in any mix. - is standard input.")
  private List<String> files = List.of();

  public ReplayCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Policy read = Policy.read(policy.directory(surroundings));
    Replay replay = new Replay(read, surroundings.patterns());
    Recordings.read(files, surroundings.in(), replay::take);
    if (json) {
      replay.printJson(surroundings.out());
    } else {
      new ReplayReport(surroundings.screen(), read).print(replay);
    }
    Optional<String> imbalance = replay.counts().imbalance();
    imbalance.ifPresent(surroundings.err()::println);
    return imbalance.isPresent() ? ExitCode.FAILURE : ExitCode.SUCCESS;
  }
}
