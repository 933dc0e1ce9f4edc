package io.cattleguard.app.models;

import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.policy.Durations;
import io.cattleguard.models.ClusterFacts;
import io.cattleguard.models.Learner;
import io.cattleguard.models.Limits;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.review.ModelDiff;
import io.cattleguard.models.review.Readiness;
import io.cattleguard.reviewed.ModelFiles;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
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

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Mixin private final ModelClusterOption cluster = new ModelClusterOption();

  @Mixin private final ClusterFactsOption factsOption = new ClusterFactsOption();

  @Mixin private final ReadinessOption readinessOption = new ReadinessOption();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder of the model files. Default: models/ of the policy directory.")
  private @Nullable Path out;

  @Option(
      names = "--age",
      paramLabel = "DURATION",
      defaultValue = "30d",
      description = "Drop entries that were not seen for that long. Default: ${DEFAULT-VALUE}.")
  private String age = "30d";

  @Option(
      names = "--json",
      description = "Print one JSON object per model instead: its file, and what changed.")
  private boolean json;

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
    Path folder = out == null ? folder(policy, surroundings) : out;
    Readiness readiness = readinessOption.readiness();
    Learner learner = new Learner(Limits.DEFAULT);
    ClusterFacts facts = factsOption.facts();
    RecordedBehaviour recorded =
        new RecordedBehaviour(cluster.name(), facts, Clock.systemUTC().instant());
    List<MergedModel> merged =
        MergedModel.of(
            folder,
            age(age),
            Clock.systemUTC().instant(),
            facts,
            known -> {
              recorded.read(
                  files, surroundings.in(), seen -> MergedModel.observe(learner, known, seen));
              return learner.models();
            });
    Optional<String> tooMany = tooMany(learner.refusedWorkloads());
    if (json) {
      writeAsJson(folder, merged, readiness, surroundings.out());
      tooMany.ifPresent(surroundings.err()::println);
      return ExitCode.SUCCESS;
    }
    Screen screen = surroundings.screen();
    screen.line(recorded.summary() + ".");
    writeAll(folder, merged, readiness, screen);
    tooMany.ifPresent(warning -> screen.line(Style.WARN, warning));
    return ExitCode.SUCCESS;
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

  /** Writes the files that change, and one JSON object per model. */
  static void writeAsJson(
      Path folder, List<MergedModel> merged, Readiness readiness, PrintStream out) {
    for (MergedModel model : merged) {
      if (model.isChanged()) {
        write(folder, model);
      }
      JsonLines.print(ModelJson.merged(model, readiness), out);
    }
  }

  /** Writes the files that change, and says what changes. */
  static void writeAll(Path folder, List<MergedModel> merged, Readiness readiness, Screen screen) {
    for (MergedModel model : merged) {
      if (model.isChanged()) {
        write(folder, model);
      }
      print(screen, model, readiness);
    }
    if (merged.stream().anyMatch(one -> !ModelWords.unconfirmed(one.model()).isEmpty())) {
      screen.line(
          Style.WARN,
          "Unconfirmed is what intruders do too and only one start of the container did. It stays a"
              + " deviation until another start repeats it or you accept it: cattleguard model"
              + " accept.");
    }
    long written = merged.stream().filter(MergedModel::isChanged).count();
    screen.line(
        Style.GOOD,
        written == 0
            ? "No model file changes."
            : ModelWords.count(written, "model file", "model files")
                + " written to "
                + folder
                + (written == 1
                    ? ". Review it before you commit."
                    : ". Review them before you commit."));
  }

  /** The folder of model files of the policy directory. */
  static Path folder(PolicyOption policy, Surroundings surroundings) {
    return policy.directory(surroundings).resolve(ModelFiles.FOLDER);
  }

  static Duration age(String text) {
    return Durations.parse(text)
        .filter(age -> !age.isZero())
        .orElseThrow(() -> new UsageError("--age " + text + ": expected " + Durations.EXPECTED));
  }

  private static void print(Screen screen, MergedModel merged, Readiness readiness) {
    Model model = merged.model();
    ModelDiff diff = merged.diff();
    screen.line(
        Style.STRONG,
        ModelWords.name(model.workload())
            + " ("
            + model.mode().jsonName()
            + "): "
            + ModelWords.count(model.entries().size(), "entry", "entries")
            + ", "
            + diff.added().size()
            + " new, "
            + diff.removed().size()
            + " dropped"
            + (merged.isChanged() ? "" : ", file unchanged"));
    long unconfirmed = ModelWords.unconfirmed(model).size();
    if (unconfirmed > 0) {
      screen.field(
          2,
          0,
          "",
          Style.WARN,
          ModelWords.count(unconfirmed, "entry is unconfirmed", "entries are unconfirmed"));
    }
    ModelWords.changingNetworks(model)
        .ifPresent(words -> screen.field(2, 0, "", Style.WARN, words));
    if (!model.isComplete()) {
      screen.field(
          2,
          0,
          "",
          Style.WARN,
          "not complete: there was no room for "
              + ModelWords.count(
                  model.refused().values().stream().mapToLong(Long::longValue).sum(),
                  "observation",
                  "observations")
              + ", which stay deviations");
    }
    List<String> objections = readiness.objections(model);
    screen.field(
        2,
        0,
        "",
        Style.FAINT,
        objections.isEmpty()
            ? "ready" + (model.mode() == Mode.LEARNING ? ": set mode: observing" : "")
            : "not ready: " + String.join("; ", objections));
  }

  private static void write(Path folder, MergedModel merged) {
    Path file = folder.resolve(merged.fileName());
    try {
      Files.createDirectories(folder);
      String older = Files.exists(file) ? Files.readString(file) : "";
      Path draft = Files.createTempFile(folder, ".model", ".tmp");
      Files.writeString(draft, merged.text(older));
      Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UsageError(file + ": cannot be written: " + e.getMessage());
    }
  }
}
