package io.cattleguard.models.export;

import io.cattleguard.models.Entry;
import io.cattleguard.models.Model;
import io.cattleguard.models.Workload;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What to export.
 *
 * @param models the models of one or more containers of one workload
 * @param selector the labels of the workload's pods, which a model does not know
 * @param enforce whether an engine that can observe is to stop what the models do not have
 */
public record ExportRequest(
    List<Model> models, NavigableMap<String, String> selector, boolean enforce) {
  /** Copies the collections. */
  public ExportRequest {
    models = List.copyOf(models);
    selector = Collections.unmodifiableNavigableMap(new TreeMap<>(selector));
  }

  /** The workload of the first model. */
  public Workload workload() {
    return models.getFirst().workload();
  }

  /** Whether sources reported that kind for all of the models. */
  boolean covers(Entry.Kind kind) {
    return models.stream().allMatch(model -> model.covers().contains(kind));
  }

  /** Whether two workloads are containers of the same pods. */
  public static boolean isSamePod(Workload one, Workload other) {
    return one.cluster().equals(other.cluster())
        && one.namespace().equals(other.namespace())
        && one.kind().equals(other.kind())
        && one.name().equals(other.name());
  }
}
