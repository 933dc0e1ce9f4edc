package io.cattleguard.app.models;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.app.deployment.DeploymentChoice;
import io.cattleguard.app.models.RecordedDeviations.Found;
import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.models.Deviation;
import io.cattleguard.models.DeviationRule;
import io.cattleguard.models.EntryText;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.Observation;
import io.cattleguard.models.Risk;
import io.cattleguard.models.Workload;
import io.cattleguard.reviewed.ModelFiles;
import io.cattleguard.reviewed.ModelFiles.ModelFile;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what in recordings deviates from the models. */
@Command(
    name = "test",
    description = {
      "Show what in recordings would be a deviation. Changes nothing.",
      "A model that is learning is tested as if it were observing. Exit code 1: there are"
          + " deviations, or nothing was compared with a model."
    })
public final class ModelTestCommand implements Callable<Integer> {
  /** Maximum number of workloads without a model. */
  private static final int MOST = 10_000;

  private static final String NOTHING =
      "nothing was compared: no event is of a workload that has a model. If the events name no"
          + " cluster, add --cluster";

  private final Surroundings surroundings;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Mixin private final ModelClusterOption cluster = new ModelClusterOption();

  @Mixin private final ClusterFactsOption factsOption = new ClusterFactsOption();

  @Option(
      names = "--json",
      description = {
        "Print one JSON object per deviation.",
        "If nothing was compared: one with \"compared\": 0, and why."
      })
  private boolean json;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Recorded events, as for learn. - is standard input.")
  private List<String> files = List.of();

  /** The behaviour of a workload without a model. */
  private static final class Untested {
    private long observations;
    private final Set<String> risks = new TreeSet<>();

    private void add(Observation seen) {
      observations++;
      DeviationRule rule = Risk.of(seen.entry()).rule();
      if (rule.isRisky()) {
        risks.add(rule.ruleName());
      }
    }

    private String words() {
      return ModelWords.count(observations, "observation", "observations")
          + " not tested"
          + (risks.isEmpty()
              ? ""
              : "; among them is what intruders do: " + String.join(", ", risks));
    }
  }

  ModelTestCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Map<Workload, ModelFile> models = ModelFiles.read(ModelOutput.folder(policy, surroundings));
    RecordedDeviations deviations =
        new RecordedDeviations(
            models.values().stream().map(file -> observing(file.model())).toList(),
            cluster.name(),
            Clock.systemUTC().instant());
    Map<Workload, Untested> without = new TreeMap<>();
    RecordedBehaviour recorded =
        new RecordedBehaviour(cluster.name(), factsOption.facts(), Clock.systemUTC().instant());
    recorded.read(
        files,
        surroundings.in(),
        seen -> {
          if (!deviations.add(seen)
              && (without.size() < MOST || without.containsKey(seen.workload()))) {
            without.computeIfAbsent(seen.workload(), key -> new Untested()).add(seen);
          }
        });
    List<Found> found = deviations.found();
    boolean isCompared = deviations.compared() > 0;
    if (json) {
      found.forEach(each -> JsonLines.print(each.toJson(), surroundings.out()));
      if (!isCompared) {
        JsonLines.print(
            JsonNodeFactory.instance.objectNode().put("compared", 0).put("why", NOTHING),
            surroundings.out());
      }
    } else {
      print(recorded, deviations, without);
    }
    if (!isCompared) {
      surroundings.err().println("warning: " + NOTHING);
    }
    int read = recorded.reportUnread(surroundings.err());
    return found.isEmpty() && isCompared ? read : ExitCode.FAILURE;
  }

  private static Model observing(Model model) {
    return model.mode() == Mode.LEARNING ? model.withMode(Mode.OBSERVING) : model;
  }

  private void print(
      RecordedBehaviour recorded, RecordedDeviations deviations, Map<Workload, Untested> without) {
    List<Found> found = deviations.found();
    long more = deviations.more();
    Screen screen = surroundings.screen();
    screen.line(recorded.summary() + ".");
    Workload current = null;
    for (Found each :
        found.stream().sorted(Comparator.comparing(ModelTestCommand::workload)).toList()) {
      if (!workload(each).equals(current)) {
        current = workload(each);
        screen.line(Style.STRONG, current.toString());
      }
      print(screen, each);
    }
    without.forEach(
        (workload, count) ->
            screen.line(Style.WARN, "no model of " + workload + ": " + count.words()));
    if (more > 0) {
      screen.line(Style.WARN, more + " further deviations are not listed");
    }
    if (!found.isEmpty()) {
      screen.line(
          Style.ALARM,
          ModelWords.count(found.size(), "different deviation", "different deviations") + ".");
    } else if (deviations.compared() > 0) {
      screen.line(Style.GOOD, "No deviations.");
    }
  }

  private void print(Screen screen, Found found) {
    Deviation deviation = found.first();
    screen.line(
        "  "
            + deviation.severity().jsonName()
            + " "
            + deviation.rule()
            + ", "
            + found.count()
            + (found.count() == 1 ? " time, first " : " times, first ")
            + Instant.ofEpochSecond(deviation.observation().at().getEpochSecond()));
    screen.field(4, 0, "", Style.PLAIN, deviation.why());
    screen.field(
        4,
        0,
        "",
        Style.FAINT,
        "accept: "
            + surroundings.program()
            + " model accept '"
            + deviation.observation().workload()
            + "' '"
            + EntryText.of(deviation.observation().entry()).replace("'", "'\\''")
            + "'"
            + policy
                .named()
                .map(directory -> " --policy " + DeploymentChoice.quoted(directory.toString()))
                .orElse(""));
  }

  private static Workload workload(Found found) {
    return found.first().observation().workload();
  }
}
