package io.cattleguard.app.models;

import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.models.Model;
import io.cattleguard.models.review.Readiness;
import io.cattleguard.reviewed.ModelFiles;
import io.cattleguard.reviewed.ModelFiles.ModelFile;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists the models and whether they are ready. */
@Command(name = "list", description = "List the models, with their modes and what they still need.")
public final class ModelListCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Mixin private final ReadinessOption readinessOption = new ReadinessOption();

  @Option(names = "--json", description = "Print one JSON object per model.")
  private boolean json;

  ModelListCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Readiness readiness = readinessOption.readiness();
    Collection<ModelFile> files =
        ModelFiles.read(ModelOutput.folder(policy, surroundings)).values();
    Screen screen = surroundings.screen();
    if (files.isEmpty() && !json) {
      screen.line("No models. cattleguard learn FILE learns them from recorded events.");
    }
    for (ModelFile file : files) {
      if (json) {
        JsonLines.print(
            ModelJson.summary(file.name(), file.model(), readiness), surroundings.out());
      } else {
        print(screen, file.model(), readiness);
      }
    }
    return ExitCode.SUCCESS;
  }

  private static void print(Screen screen, Model model, Readiness readiness) {
    screen.line(Style.STRONG, model.workload().toString());
    List<String> objections = readiness.objections(model);
    screen.field(
        2,
        0,
        "",
        Style.PLAIN,
        model.mode().jsonName()
            + ", "
            + ModelWords.count(model.entries().size(), "entry", "entries")
            + " ("
            + ModelWords.unconfirmed(model).size()
            + " unconfirmed), "
            + (objections.isEmpty() ? "ready" : "not ready: " + String.join("; ", objections)));
  }
}
