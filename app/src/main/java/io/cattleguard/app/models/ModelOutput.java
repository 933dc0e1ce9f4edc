package io.cattleguard.app.models;

import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.review.ModelDiff;
import io.cattleguard.models.review.Readiness;
import io.cattleguard.reviewed.ModelFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of commands that merge models with model files, and how they write these. */
final class ModelOutput {
  @Mixin private final PolicyOption policy = new PolicyOption();

  @Mixin private final AgeOption ageOption = new AgeOption();

  @Mixin private final ReadinessOption readinessOption = new ReadinessOption();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder of the model files. Default: models/ of the policy directory.")
  private @Nullable Path out;

  @Option(
      names = "--json",
      description = "Print one JSON object per model instead: its file, and what changed.")
  private boolean json;

  boolean isJson() {
    return json;
  }

  /**
   * Checks the options before anything is read.
   *
   * @throws UsageError if an option has no such value, or files cannot be written there
   */
  void check() {
    Readiness unused = readinessOption.readiness();
    for (Path place = out; place != null; place = place.getParent()) {
      if (Files.exists(place)) {
        requireFolder(place);
        return;
      }
    }
  }

  private void requireFolder(Path place) {
    if (!Files.isDirectory(place)) {
      throw new UsageError(
          "--out "
              + out
              + ": "
              + place
              + " is a file; name a folder, which is created if it does not exist");
    }
  }

  /** The folder of model files of the policy directory. */
  static Path folder(PolicyOption policy, Surroundings surroundings) {
    return policy.directory(surroundings).resolve(ModelFiles.FOLDER);
  }

  /** The folder to write to. */
  Path folder(Surroundings surroundings) {
    return out == null ? folder(policy, surroundings) : out;
  }

  /** For how long an entry is kept that is not seen. */
  Duration age() {
    return ageOption.age();
  }

  /** Writes the files that change, and one JSON object per model. */
  void writeAsJson(List<MergedModel> merged, Surroundings surroundings) {
    Path folder = folder(surroundings);
    Readiness readiness = readinessOption.readiness();
    for (MergedModel model : merged) {
      if (model.isChanged()) {
        write(folder, model);
      }
      JsonLines.print(ModelJson.merged(model, readiness), surroundings.out());
    }
  }

  /** Writes the files that change, and says what changes. */
  void write(List<MergedModel> merged, Surroundings surroundings) {
    Path folder = folder(surroundings);
    Readiness readiness = readinessOption.readiness();
    Screen screen = surroundings.screen();
    for (MergedModel model : merged) {
      if (model.isChanged()) {
        write(folder, model);
      }
      print(screen, model, readiness, surroundings.program());
    }
    if (merged.stream().anyMatch(one -> !ModelWords.unconfirmed(one.model()).isEmpty())) {
      screen.line(
          Style.WARN,
          "Unconfirmed is what intruders do too and only one start of the container did. It stays a"
              + " deviation until another start repeats it or you accept it: "
              + surroundings.program()
              + " model accept.");
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

  private static void print(
      Screen screen, MergedModel merged, Readiness readiness, String program) {
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
    ModelWords.changingNetworks(model, program)
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
