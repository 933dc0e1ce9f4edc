package io.cattleguard.reviewed;

import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.models.Model;
import io.cattleguard.models.Workload;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The models of a policy directory, {@code models/*.yaml}. */
public final class ReviewedModels {
  /** A policy without models: no behaviour is a deviation. */
  public static final ReviewedModels NONE = new ReviewedModels(Map.of());

  private final Map<Workload, Model> models;

  private ReviewedModels(Map<Workload, Model> models) {
    this.models = Map.copyOf(models);
  }

  /** Some models, each of another workload. */
  public static ReviewedModels of(Collection<Model> models) {
    return new ReviewedModels(
        models.stream().collect(Collectors.toMap(Model::workload, model -> model)));
  }

  /**
   * Reads the models of a policy directory.
   *
   * @throws PolicyException with every error in every file
   */
  public static ReviewedModels read(PolicyFiles files) {
    Map<Workload, Model> models = new TreeMap<>();
    ModelFiles.read(files, ModelFiles.FOLDER)
        .forEach((workload, file) -> models.put(workload, file.model()));
    return new ReviewedModels(models);
  }

  /** The model of a workload's container, if it has one. */
  public Optional<Model> model(Workload workload) {
    return Optional.ofNullable(models.get(workload));
  }

  /** All models, in no order. */
  public Collection<Model> all() {
    return models.values();
  }

  /** Whether there is no model. */
  public boolean isEmpty() {
    return models.isEmpty();
  }
}
