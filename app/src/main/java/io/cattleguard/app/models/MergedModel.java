package io.cattleguard.app.models;

import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.events.HostileText;
import io.cattleguard.models.ClusterFacts;
import io.cattleguard.models.Deviations;
import io.cattleguard.models.Learner;
import io.cattleguard.models.Merge;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.Observation;
import io.cattleguard.models.Workload;
import io.cattleguard.models.review.ModelDiff;
import io.cattleguard.reviewed.ModelFiles;
import io.cattleguard.reviewed.ModelFiles.ModelFile;
import io.cattleguard.reviewed.ModelText;
import io.cattleguard.reviewed.RewrittenFile;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A model that was learned, merged with that of the policy.
 *
 * @param known the policy's, if it has one
 * @param model both together
 */
record MergedModel(String fileName, Optional<Model> known, Model model, ModelDiff diff) {

  /** Learns an observation as the reviewed model of its workload names it. */
  static void observe(Learner learner, Map<Workload, ModelFile> known, Observation seen) {
    ModelFile reviewed = known.get(seen.workload());
    learner.observe(reviewed == null ? seen : Deviations.asReviewed(reviewed.model(), seen));
  }

  /**
   * Merges what was learned with the models of a folder, which are read first, without files on
   * volumes.
   *
   * @param learned learns, with the models of the folder
   */
  static List<MergedModel> of(
      Path folder,
      Duration age,
      Instant now,
      ClusterFacts facts,
      Function<Map<Workload, ModelFile>, List<Model>> learned) {
    Map<Workload, ModelFile> files = ModelFiles.read(folder);
    List<Model> models = learned.apply(files);
    Set<String> clusters =
        models.stream()
            .map(model -> model.workload().cluster())
            .collect(Collectors.toCollection(TreeSet::new));
    if (!facts.equals(ClusterFacts.NONE) && clusters.size() > 1) {
      throw new UsageError(
          "--kubeconfig is of one cluster, and the models are of "
              + HostileText.visible(String.join(", ", clusters), 200)
              + ": add --cluster NAME");
    }
    return models.stream()
        .map(model -> of(files.get(model.workload()), facts.withoutVolumes(model), facts, age, now))
        .toList();
  }

  private static MergedModel of(
      @Nullable ModelFile file, Model learned, ClusterFacts facts, Duration age, Instant now) {
    if (file == null) {
      ModelDiff all = new ModelDiff(learned.entries(), Collections.emptyMap(), new TreeMap<>());
      Model kept = Merge.of(learned, learned, age, now);
      return new MergedModel(ModelText.fileName(learned.workload()), Optional.empty(), kept, all);
    }
    Model merged = facts.withoutVolumes(Merge.of(file.model(), learned, age, now));
    return new MergedModel(
        file.name(), Optional.of(file.model()), merged, ModelDiff.of(file.model(), merged));
  }

  /**
   * Whether the content of the file would change. Counts alone do not rewrite it; another day does
   * while the model learns, because the days make it ready.
   */
  boolean isChanged() {
    return known.isEmpty()
        || !diff.isEmpty()
        || !known.get().refused().equals(model.refused())
        || !known.get().covers().equals(model.covers())
        || !known.get().traced().equals(model.traced())
        || (model.mode() == Mode.LEARNING && !known.get().days().equals(model.days()));
  }

  /** The text of the file, with the comments of the older text, which is empty if there is none. */
  String text(String older) {
    return text(fileName, older, model);
  }

  /**
   * The text of a file. It is parsed again as a check, because no function starts with a file that
   * it cannot read.
   */
  static String text(String fileName, String older, Model model) {
    try {
      return RewrittenFile.of(fileName, older, model);
    } catch (PolicyException e) {
      throw new UsageError(fileName + " is not written, it could not be read: " + e.getMessage());
    }
  }
}
