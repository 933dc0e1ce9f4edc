package io.cattleguard.app.models;

import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.models.ClusterFacts;
import io.cattleguard.models.Learner;
import io.cattleguard.models.Limits;
import io.cattleguard.models.Observations;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Learns models from recordings, and merges them with those of the policy. */
@Command(
    name = "learn",
    description = {
      "Learn from recordings what each workload runs and talks to, and write model files.",
      "Reads every event of Tetragon, Falco and KubeArmor, alerts or not. A model that exists is"
          + " merged: review the change with git diff. Its mode stays as it is."
    })
public final class LearnCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private final ModelClusterOption cluster = new ModelClusterOption();

  @Mixin private final ClusterFactsOption factsOption = new ClusterFactsOption();

  @Mixin private final ModelOutput output = new ModelOutput();

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "JSON, JSON arrays or JSON lines, in any mix, also gzip. - is standard input.")
  private List<String> files = List.of();

  public LearnCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    output.check();
    Learner learner = new Learner(Limits.DEFAULT);
    ClusterFacts facts = factsOption.facts();
    RecordedBehaviour recorded =
        new RecordedBehaviour(cluster.name(), facts, Clock.systemUTC().instant());
    List<MergedModel> merged =
        MergedModel.of(
            output.folder(surroundings),
            output.age(),
            Clock.systemUTC().instant(),
            facts,
            known -> {
              recorded.read(
                  files, surroundings.in(), seen -> MergedModel.observe(learner, known, seen));
              return learner.models();
            });
    Optional<String> tooMany = tooMany(learner.refusedWorkloads());
    warnOfUnknownCluster(learner);
    if (output.isJson()) {
      output.writeAsJson(merged, surroundings);
      tooMany.ifPresent(surroundings.err()::println);
      return recorded.reportUnread(surroundings.err());
    }
    Screen screen = surroundings.screen();
    screen.line(recorded.summary() + ".");
    output.write(merged, surroundings);
    tooMany.ifPresent(warning -> screen.line(Style.WARN, warning));
    return recorded.reportUnread(surroundings.err());
  }

  private void warnOfUnknownCluster(Learner learner) {
    long unknown =
        learner.models().stream()
            .filter(model -> model.workload().cluster().equals(Observations.UNKNOWN_CLUSTER))
            .count();
    if (unknown > 0) {
      surroundings
          .err()
          .println(
              "warning: "
                  + ModelWords.count(unknown, "model is", "models are")
                  + " of the cluster '"
                  + Observations.UNKNOWN_CLUSTER
                  + "', because the events name no cluster, and will match no event of a sensor;"
                  + " remove them and learn with --cluster");
    }
  }

  private static Optional<String> tooMany(long refused) {
    return refused == 0
        ? Optional.empty()
        : Optional.of(
            "warning: "
                + ModelWords.count(
                    refused,
                    "observation is of a workload beyond the first ",
                    "observations are of workloads beyond the first ")
                + Limits.DEFAULT.workloads()
                + " and not learned; learn by cluster or namespace");
  }
}
