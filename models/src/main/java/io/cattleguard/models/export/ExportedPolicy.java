package io.cattleguard.models.export;

import io.cattleguard.models.Entry;
import io.cattleguard.models.Workload;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * A policy that enforces a model.
 *
 * @param name the policy's name, also a file's
 * @param text the policy as YAML; comments say what it does not enforce
 * @param workloads the containers to which it applies
 * @param inexpressible entries of the models that the policy does not allow because the engine
 *     cannot express them, with the reason
 * @param unconfirmed entries of the models that the policy does not allow because neither a second
 *     start nor a person confirmed them
 * @param effects what the policy does with an entry
 */
public record ExportedPolicy(
    String name,
    String text,
    Set<Workload> workloads,
    List<String> inexpressible,
    List<String> unconfirmed,
    Function<Entry, Effect> effects) {
  /** Copies the collections. */
  public ExportedPolicy {
    workloads = Set.copyOf(workloads);
    inexpressible = List.copyOf(inexpressible);
    unconfirmed = List.copyOf(unconfirmed);
  }

  /** The effect of the policy on a behaviour of one of its workloads. */
  public Effect effect(Entry entry) {
    return effects.apply(entry);
  }
}
