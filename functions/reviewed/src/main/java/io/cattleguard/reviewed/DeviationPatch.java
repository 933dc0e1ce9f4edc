package io.cattleguard.reviewed;

import io.cattleguard.edge.policy.PolicyError;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.models.Deviations;
import io.cattleguard.models.Entry;
import io.cattleguard.models.EntryText;
import io.cattleguard.models.Model;
import io.cattleguard.models.Risk;
import io.cattleguard.models.Workload;
import io.cattleguard.reviewed.ModelFiles.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The patch that accepts a deviation in the model files of a policy directory. It writes no file:
 * people review the patch and commit it.
 *
 * @param words the entry in words; empty if it cannot be read
 * @param patch for {@code git apply} in the policy directory; empty if there is none
 * @param warnings notes to read before the commit
 * @param trouble the reason if there is no patch; empty if there is one
 */
public record DeviationPatch(
    AcceptableEntry accepted,
    String words,
    String patch,
    List<String> warnings,
    Optional<String> trouble) {
  /** What git reads as it is. */
  private static final Pattern FILE_NAME = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N} ._@+-]*");

  /** Copies the list. */
  public DeviationPatch {
    warnings = List.copyOf(warnings);
  }

  /** The patch for a policy directory, whose files are read anew. Never throws. */
  public static DeviationPatch in(Path policy, AcceptableEntry accepted, Instant at) {
    Optional<Entry> entry = EntryText.parse(accepted.entry());
    if (entry.isEmpty()) {
      return without(accepted, "", "The entry cannot be read.");
    }
    String words = Deviations.words(entry.get());
    Path folder = policy.resolve(ModelFiles.FOLDER);
    try {
      Optional<ModelFile> file = file(folder, accepted.model());
      if (file.isEmpty()) {
        return without(accepted, words, "The policy directory has no model of this workload.");
      }
      String patch = patch(folder, file.get(), file.get().model().accepting(entry.get(), at));
      return patch.isEmpty()
          ? without(
              accepted,
              words,
              "The model in the policy directory has this entry, accepted. The deployment may run"
                  + " an older policy.")
          : new DeviationPatch(accepted, words, patch, warnings(entry.get()), Optional.empty());
    } catch (PolicyException e) {
      return without(
          accepted, words, "A model file has an error: " + e.errors().getFirst().toString());
    } catch (IOException e) {
      return without(accepted, words, "The model's file cannot be read.");
    }
  }

  private static DeviationPatch without(AcceptableEntry accepted, String words, String trouble) {
    return new DeviationPatch(accepted, words, "", List.of(), Optional.of(trouble));
  }

  /**
   * The model of a workload: of the file that it has if learn wrote it, or of any other. So the
   * error of another file does not matter, and the others need not be read.
   */
  private static Optional<ModelFile> file(Path folder, String model) throws IOException {
    Optional<String> usual = Workload.parse(model).map(ModelText::fileName);
    if (usual.isPresent() && Files.isRegularFile(folder.resolve(usual.get()))) {
      ModelFile file =
          new ModelFile(
              usual.get(),
              ModelFiles.model(usual.get(), Files.readString(folder.resolve(usual.get()))));
      if (file.model().workload().toString().equals(model)) {
        return Optional.of(file);
      }
    }
    return ModelFiles.read(folder).values().stream()
        .filter(one -> one.model().workload().toString().equals(model))
        .findFirst();
  }

  /**
   * The change of a model's file; empty if nothing changes.
   *
   * @throws PolicyException if the changed file could not be read, or a patch cannot have its name
   */
  public static String patch(Path folder, ModelFile file, Model newer) throws IOException {
    if (!FILE_NAME.matcher(file.name()).matches()) {
      throw new PolicyException(
          List.of(
              new PolicyError(
                  ModelFiles.FOLDER + "/" + HostileText.visible(file.name()),
                  1,
                  "a patch cannot have this name; rename the file")));
    }
    String older = Files.readString(folder.resolve(file.name()));
    return UnifiedDiff.of(
        ModelFiles.FOLDER + "/" + file.name(), older, RewrittenFile.of(file.name(), older, newer));
  }

  private static List<String> warnings(Entry entry) {
    List<String> warnings = new ArrayList<>();
    if (Risk.of(entry).rule().isRisky()) {
      warnings.add(
          "This is what intruders do too. Accept it only if you can explain why the workload does"
              + " it.");
    }
    if (entry.subject().contains("*") || entry.detail().contains("*")) {
      warnings.add("An entry with * stands for every name in its place.");
    }
    return warnings;
  }
}
