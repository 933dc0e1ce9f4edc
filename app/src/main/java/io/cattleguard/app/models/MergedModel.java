package io.cattleguard.app.models;

import io.cattleguard.models.Merge;
import io.cattleguard.models.Model;
import io.cattleguard.models.Workload;
import io.cattleguard.models.review.ModelDiff;
import io.cattleguard.reviewed.ModelFiles;
import io.cattleguard.reviewed.ModelFiles.ModelFile;
import io.cattleguard.reviewed.ModelText;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A model that was learned, merged with that of the policy.
 *
 * @param known the policy's, if it has one
 * @param model both together
 */
record MergedModel(String fileName, Optional<Model> known, Model model, ModelDiff diff) {

  /** Merges what was learned with the models of a folder, which are read first. */
  static List<MergedModel> of(Path folder, Duration age, Supplier<List<Model>> learned) {
    Map<Workload, ModelFile> files = ModelFiles.read(folder);
    return learned.get().stream()
        .map(model -> of(files.get(model.workload()), model, age))
        .toList();
  }

  private static MergedModel of(@Nullable ModelFile file, Model learned, Duration age) {
    if (file == null) {
      ModelDiff all = new ModelDiff(learned.entries(), Collections.emptyMap(), new TreeMap<>());
      Model kept = Merge.of(learned, learned, age);
      return new MergedModel(ModelText.fileName(learned.workload()), Optional.empty(), kept, all);
    }
    Model merged = Merge.of(file.model(), learned, age);
    return new MergedModel(
        file.name(), Optional.of(file.model()), merged, ModelDiff.of(file.model(), merged));
  }

  /** Whether the file would say something that it does not. Counts alone do not rewrite it. */
  boolean isChanged() {
    return known.isEmpty()
        || !diff.isEmpty()
        || !known.get().refused().equals(model.refused())
        || !known.get().covers().equals(model.covers());
  }

  String text() {
    return ModelText.of(model);
  }
}
