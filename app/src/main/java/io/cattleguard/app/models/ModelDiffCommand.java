package io.cattleguard.app.models;

import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.models.ClusterFacts;
import io.cattleguard.models.Deviations;
import io.cattleguard.models.Learner;
import io.cattleguard.models.Limits;
import io.cattleguard.models.Model;
import io.cattleguard.models.Sighting;
import io.cattleguard.models.review.Readiness;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what recordings would change in the models. */
@Command(name = "diff", description = "Show what learn would change in the models. Writes nothing.")
public final class ModelDiffCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Mixin private final ModelClusterOption cluster = new ModelClusterOption();

  @Mixin private final ClusterFactsOption factsOption = new ClusterFactsOption();

  @Mixin private final AgeOption age = new AgeOption();

  @Option(names = "--json", description = "Print one JSON object per model that would change.")
  private boolean json;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Recorded events, as for learn. - is standard input.")
  private List<String> files = List.of();

  ModelDiffCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Learner learner = new Learner(Limits.DEFAULT);
    ClusterFacts facts = factsOption.facts();
    RecordedBehaviour recorded =
        new RecordedBehaviour(cluster.name(), facts, Clock.systemUTC().instant());
    List<MergedModel> merged =
        MergedModel.of(
            ModelOutput.folder(policy, surroundings),
            age.age(),
            Clock.systemUTC().instant(),
            facts,
            known -> {
              recorded.read(
                  files, surroundings.in(), seen -> MergedModel.observe(learner, known, seen));
              return learner.models();
            });
    if (json) {
      merged.stream()
          .filter(MergedModel::isChanged)
          .forEach(
              model ->
                  JsonLines.print(ModelJson.merged(model, Readiness.DEFAULT), surroundings.out()));
      return recorded.reportUnread(surroundings.err());
    }
    Screen screen = surroundings.screen();
    screen.line(recorded.summary() + ".");
    merged.stream().filter(MergedModel::isChanged).forEach(model -> print(screen, model));
    if (merged.stream().noneMatch(MergedModel::isChanged)) {
      screen.line(Style.GOOD, "No model changes.");
    }
    return recorded.reportUnread(surroundings.err());
  }

  private static void print(Screen screen, MergedModel merged) {
    Model model = merged.model();
    screen.line(Style.STRONG, model.workload() + (merged.known().isEmpty() ? ", a new model" : ""));
    merged
        .diff()
        .removed()
        .forEach((entry, seen) -> screen.line(Style.WARN, "- " + Deviations.words(entry)));
    merged
        .diff()
        .added()
        .forEach(
            (entry, seen) ->
                screen.line(Style.GOOD, "+ " + Deviations.words(entry) + images(model, seen)));
    merged
        .diff()
        .changed()
        .forEach((entry, change) -> screen.line("~ " + Deviations.words(entry) + ": " + change));
  }

  /** The images, if not all of the model's do it. */
  private static String images(Model model, Sighting seen) {
    return seen.digests().isEmpty() || seen.digests().equals(model.digests())
        ? ""
        : " (only in image " + String.join(", ", seen.digests()) + ")";
  }
}
