package io.cattleguard.app.models;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.models.EntryText;
import io.cattleguard.models.Model;
import io.cattleguard.reviewed.DeviationPatch;
import io.cattleguard.reviewed.ModelFiles;
import io.cattleguard.reviewed.ModelFiles.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Accepts entries in a model, as a patch. */
@Command(
    name = "accept",
    description = {
      "Accept entries in a model, for ever: age does not drop them.",
      "Prints a patch for git apply, run in the policy directory. model test prints the entries of"
          + " deviations."
    })
public final class ModelAcceptCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Option(names = "--write", description = "Change the file instead of printing a patch.")
  private boolean write;

  @Option(
      names = "--json",
      description =
          "Print one JSON object: the file, the entries, and the patch or that it changed.")
  private boolean json;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "The model's file, or its workload as model list shows it.")
  private String name = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "ENTRY",
      description = {
        "program:PATH, program:PATH<-PARENT, listener:tcp/PORT, file:PATH,",
        "peer:network:NETWORK:PORT, peer:dns:NAME:PORT or peer:service:NAMESPACE/NAME:PORT."
      })
  private List<String> entries = List.of();

  ModelAcceptCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Path folder = ModelOutput.folder(policy, surroundings);
    ModelFile file = ModelWords.named(name, ModelFiles.read(folder));
    Model model = file.model();
    for (String entry : entries) {
      model =
          model.accepting(
              EntryText.parse(entry)
                  .orElseThrow(
                      () ->
                          new UsageError(
                              "'"
                                  + entry
                                  + "' is no entry; expected program:PATH<-PARENT,"
                                  + " listener:tcp/8080, peer:network:private:5432,"
                                  + " peer:service:NAMESPACE/NAME:PORT, peer:dns:NAME:PORT in"
                                  + " lower case or file:PATH")),
              Clock.systemUTC().instant());
    }
    Path path = folder.resolve(file.name());
    try {
      String patch = DeviationPatch.patch(folder, file, model);
      if (write) {
        Files.writeString(path, MergedModel.text(file.name(), Files.readString(path), model));
      }
      if (json) {
        JsonLines.print(toJson(file, patch), surroundings.out());
      } else if (write) {
        surroundings.screen().line(path + " changed. Commit it.");
      } else {
        surroundings.out().print(patch);
      }
    } catch (IOException e) {
      throw new UsageError(path + ": " + e.getMessage());
    }
    return ExitCode.SUCCESS;
  }

  private ObjectNode toJson(ModelFile file, String patch) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("file", file.name());
    out.put("workload", file.model().workload().toString());
    entries.forEach(out.putArray("accepted")::add);
    out.put("written", write);
    out.put("patch", patch);
    return out;
  }
}
