package io.cattleguard.app.models;

import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.models.Deviations;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Model;
import io.cattleguard.models.Risk;
import io.cattleguard.models.Sighting;
import io.cattleguard.models.review.Readiness;
import io.cattleguard.reviewed.ModelFiles;
import io.cattleguard.reviewed.ModelFiles.ModelFile;
import io.cattleguard.reviewed.ModelText;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows a model in words. */
@Command(name = "show", description = "Show what a workload does, by its model.")
public final class ModelShowCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Mixin private final ReadinessOption readinessOption = new ReadinessOption();

  @Option(names = "--json", description = "Print one JSON object with the entries.")
  private boolean json;

  @Parameters(
      paramLabel = "MODEL",
      description = "The model's file, or its workload as model list shows it.")
  private String name = "";

  ModelShowCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Readiness readiness = readinessOption.readiness();
    ModelFile file =
        ModelWords.named(name, ModelFiles.read(ModelOutput.folder(policy, surroundings)));
    Model model = file.model();
    if (json) {
      JsonLines.print(ModelJson.whole(file.name(), model, readiness), surroundings.out());
      return ExitCode.SUCCESS;
    }
    Screen screen = surroundings.screen();
    screen.line(
        Style.STRONG,
        model.workload()
            + ", "
            + model.mode().jsonName()
            + ", observed from "
            + model.since()
            + " to "
            + model.until());
    List<String> objections = readiness.objections(model);
    screen.line(objections.isEmpty() ? "ready" : "not ready: " + String.join("; ", objections));
    for (Map.Entry<Entry, Sighting> entry : model.entries().entrySet()) {
      print(screen, model, entry.getKey(), entry.getValue());
    }
    model
        .refused()
        .forEach(
            (kind, count) ->
                screen.line(
                    Style.WARN,
                    "no room for "
                        + count
                        + " observations of "
                        + ModelText.key(kind)
                        + ", which are deviations"));
    return ExitCode.SUCCESS;
  }

  private static void print(Screen screen, Model model, Entry entry, Sighting seen) {
    boolean open = Risk.of(entry).rule().isRisky() && !seen.isConfirmed();
    screen.line(open ? Style.WARN : Style.PLAIN, "  " + Deviations.words(entry));
    screen.field(
        4,
        0,
        "",
        Style.FAINT,
        ModelWords.count(seen.count(), "time", "times")
            + ", in "
            + seen.instances()
            + " of "
            + ModelWords.count(model.replicas(), "pod", "pods")
            + (seen.startupOnly() ? ", only during the start" : "")
            + (seen.accepted() ? ", accepted" : "")
            + (open ? ", unconfirmed: only one start of the container did it" : ""));
  }
}
