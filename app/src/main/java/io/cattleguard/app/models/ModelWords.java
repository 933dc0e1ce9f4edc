package io.cattleguard.app.models;

import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.events.text.ClosestWord;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Model;
import io.cattleguard.models.Risk;
import io.cattleguard.models.Workload;
import io.cattleguard.reviewed.ModelFiles.ModelFile;
import java.util.List;
import java.util.Map;

/** The words that all commands about models share. */
final class ModelWords {
  private ModelWords() {}

  /** The entries that stay deviations until another start repeats them, or a person accepts. */
  static List<Entry> unconfirmed(Model model) {
    return model.entries().entrySet().stream()
        .filter(
            entry -> Risk.of(entry.getKey()).rule().isRisky() && !entry.getValue().isConfirmed())
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The model that a person names by its file or its workload. */
  static ModelFile named(String name, Map<Workload, ModelFile> models) {
    for (ModelFile file : models.values()) {
      String fileName = name.substring(name.lastIndexOf('/') + 1);
      if (file.model().workload().toString().equals(name) || file.name().equals(fileName)) {
        return file;
      }
    }
    List<String> known = models.keySet().stream().map(Workload::toString).toList();
    throw new UsageError(
        "no model of "
            + name
            + ClosestWord.hint(name, known)
            + "; cattleguard model list shows the models");
  }

  /** A workload for people; model accept takes the other form. */
  static String name(Workload workload) {
    return workload + (workload.container().isEmpty() ? "(no container)" : "");
  }

  /** A number and the noun that fits it. */
  static String count(long number, String one, String many) {
    return number + " " + (number == 1 ? one : many);
  }
}
