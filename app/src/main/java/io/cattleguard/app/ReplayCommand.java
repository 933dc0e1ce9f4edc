package io.cattleguard.app;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what would have been contained, on yesterday's events. */
@Command(
    name = "replay",
    description = "Run recorded events down the road, by their own time; touches nothing.")
final class ReplayCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Option(names = "--json", description = "Print one JSON object instead of a report.")
  private boolean json;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "JSON, JSON arrays or JSON lines, in any mix; - is standard input.")
  private List<String> files = List.of();

  ReplayCommand(Surroundings surroundings) {
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
    Optional<String> imbalance = replay.books().imbalance();
    imbalance.ifPresent(surroundings.err()::println);
    return imbalance.isPresent() ? Main.NO : Main.DONE;
  }
}
