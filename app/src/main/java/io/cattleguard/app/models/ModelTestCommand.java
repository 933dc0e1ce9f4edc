package io.cattleguard.app.models;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.deployment.DeploymentChoice;
import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.models.Deviation;
import io.cattleguard.models.DeviationRule;
import io.cattleguard.models.Deviations;
import io.cattleguard.models.Entry;
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
import java.util.LinkedHashMap;
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
          + " deviations."
    })
public final class ModelTestCommand implements Callable<Integer> {
  /** Maximum number of kinds of deviations. */
  private static final int MOST = 10_000;

  private final Surroundings surroundings;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Mixin private final ModelClusterOption cluster = new ModelClusterOption();

  @Mixin private final ClusterFactsOption factsOption = new ClusterFactsOption();

  @Option(names = "--json", description = "Print one JSON object per deviation.")
  private boolean json;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Recorded events, as for learn. - is standard input.")
  private List<String> files = List.of();

  private record Key(Workload workload, Entry entry, String rule) {}

  /** Equal deviations. */
  private static final class Found {
    private final Deviation first;
    private long count;

    private Found(Deviation first) {
      this.first = first;
    }
  }

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
      return observations
          + " observations not tested"
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
    Map<Workload, ModelFile> models = ModelFiles.read(LearnCommand.folder(policy, surroundings));
    Map<Workload, Model> tested = new TreeMap<>();
    models.forEach((workload, file) -> tested.put(workload, observing(file.model())));
    Map<Key, Found> found = new LinkedHashMap<>();
    Map<Workload, Untested> without = new TreeMap<>();
    long[] more = {0};
    RecordedBehaviour recorded =
        new RecordedBehaviour(cluster.name(), factsOption.facts(), Clock.systemUTC().instant());
    recorded.read(
        files,
        surroundings.in(),
        seen -> {
          Model model = tested.get(seen.workload());
          if (model == null) {
            if (without.size() < MOST || without.containsKey(seen.workload())) {
              without.computeIfAbsent(seen.workload(), key -> new Untested()).add(seen);
            }
          } else {
            Deviations.of(model, seen)
                .ifPresent(deviation -> more[0] += add(deviation, seen, found));
          }
        });
    if (json) {
      found.values().forEach(each -> JsonLines.print(toJson(each), surroundings.out()));
    } else {
      print(recorded, found, without, more[0]);
    }
    return found.isEmpty() ? ExitCode.SUCCESS : ExitCode.FAILURE;
  }

  private static Model observing(Model model) {
    return model.mode() == Mode.LEARNING ? model.withMode(Mode.OBSERVING) : model;
  }

  /** Returns 1 if there is no room for another kind of deviation. */
  private static int add(Deviation deviation, Observation seen, Map<Key, Found> found) {
    Key key = new Key(seen.workload(), seen.entry(), deviation.rule());
    Found known = found.get(key);
    if (known == null && found.size() >= MOST) {
      return 1;
    }
    Found one = known == null ? new Found(deviation) : known;
    one.count += seen.count();
    found.put(key, one);
    return 0;
  }

  private void print(
      RecordedBehaviour recorded,
      Map<Key, Found> found,
      Map<Workload, Untested> without,
      long more) {
    Screen screen = surroundings.screen();
    screen.line(recorded.summary() + ".");
    Workload current = null;
    for (Map.Entry<Key, Found> each :
        found.entrySet().stream()
            .sorted((a, b) -> a.getKey().workload().compareTo(b.getKey().workload()))
            .toList()) {
      if (!each.getKey().workload().equals(current)) {
        current = each.getKey().workload();
        screen.line(Style.STRONG, current.toString());
      }
      print(screen, each.getValue());
    }
    without.forEach(
        (workload, count) ->
            screen.line(Style.WARN, "no model of " + workload + ": " + count.words()));
    if (more > 0) {
      screen.line(Style.WARN, more + " further deviations are not listed");
    }
    screen.line(
        found.isEmpty() ? Style.GOOD : Style.ALARM,
        found.isEmpty() ? "No deviations." : found.size() + " different deviations.");
  }

  private void print(Screen screen, Found found) {
    Deviation deviation = found.first;
    screen.line(
        "  "
            + deviation.severity().jsonName()
            + " "
            + deviation.rule()
            + ", "
            + found.count
            + (found.count == 1 ? " time, first " : " times, first ")
            + Instant.ofEpochSecond(deviation.observation().at().getEpochSecond()));
    screen.field(4, 0, "", Style.PLAIN, deviation.why());
    screen.field(
        4,
        0,
        "",
        Style.FAINT,
        "accept: cattleguard model accept '"
            + deviation.observation().workload()
            + "' '"
            + EntryText.of(deviation.observation().entry()).replace("'", "'\\''")
            + "'"
            + policy
                .named()
                .map(directory -> " --policy " + DeploymentChoice.quoted(directory.toString()))
                .orElse(""));
  }

  private static ObjectNode toJson(Found found) {
    Deviation deviation = found.first;
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("workload", deviation.observation().workload().toString());
    out.put("rule", deviation.rule());
    out.put("severity", deviation.severity().jsonName());
    deviation.techniques().forEach(out.putArray("techniques")::add);
    out.put("entry", EntryText.of(deviation.observation().entry()));
    out.put("pod", deviation.observation().instance());
    out.put("firstAt", deviation.observation().at().toString());
    out.put("count", found.count);
    out.put("why", deviation.why());
    return out;
  }
}
