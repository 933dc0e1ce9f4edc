package io.cattleguard.respond;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where a responder acts, and how long it waits.
 *
 * @param cluster the one cluster that it acts on; empty only where there is none to mix up
 * @param protectedNamespaces never touched; those every installation protects are always among them
 * @param verifyWithin how long an action may take to show its effect
 * @param rehearsal whether there is no cluster to ask, so that nothing can be done and only what
 *     the alert itself says is judged
 * @param responseTag without which no cloud resource is touched
 * @param hold how long a claim keeps others away, at least as long as one attempt lasts
 */
public record ResponderSettings(
    Optional<String> cluster,
    Set<String> protectedNamespaces,
    Duration verifyWithin,
    Duration hold,
    boolean rehearsal,
    Tag responseTag) {
  /** A tag of a cloud resource. */
  public record Tag(String key, String value) {}

  /** What says of a cloud resource that responses may touch it, unless a setting says otherwise. */
  public static final Tag DEFAULT_RESPONSE_TAG = new Tag("cattleguard:respond", "allowed");

  /** What nothing can unprotect: the cluster's own machinery, and ours. */
  public static final Set<String> ALWAYS_PROTECTED =
      Set.of("kube-system", "kube-public", "kube-node-lease", "cattleguard", "falco", "tetragon");

  /** Adds {@link #ALWAYS_PROTECTED}. */
  public ResponderSettings {
    Set<String> all = new TreeSet<>(ALWAYS_PROTECTED);
    all.addAll(protectedNamespaces);
    protectedNamespaces = Set.copyOf(all);
  }

  /** With {@link #DEFAULT_RESPONSE_TAG}. */
  public ResponderSettings(
      Optional<String> cluster,
      Set<String> protectedNamespaces,
      Duration verifyWithin,
      Duration hold,
      boolean rehearsal) {
    this(cluster, protectedNamespaces, verifyWithin, hold, rehearsal, DEFAULT_RESPONSE_TAG);
  }

  /** The same, with another tag that says of a cloud resource that responses may touch it. */
  public ResponderSettings withResponseTag(Tag tag) {
    return new ResponderSettings(cluster, protectedNamespaces, verifyWithin, hold, rehearsal, tag);
  }

  /** For one cluster: thirty seconds to see the effect, two minutes for an attempt. */
  public static ResponderSettings of(Optional<String> cluster) {
    return new ResponderSettings(
        cluster, Set.of(), Duration.ofSeconds(30), Duration.ofMinutes(2), false);
  }

  /** For recorded events: no cluster, and nothing that could be done. */
  public static ResponderSettings forRehearsal() {
    return new ResponderSettings(Optional.empty(), Set.of(), Duration.ZERO, Duration.ZERO, true);
  }
}
