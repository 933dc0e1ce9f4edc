package io.cattleguard.respond.kubernetes.cluster;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Change;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The pods of a simulated cluster, which start, are replaced and end as time passes. */
final class InMemoryPods {
  private static final String SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

  /**
   * A pod.
   *
   * @param endsAt when a pod that is terminating is gone
   */
  private record Running(Pod pod, Instant readyAt, Instant endsAt) {
    Running(Pod pod, Instant readyAt) {
      this(pod, readyAt, Instant.MAX);
    }
  }

  private final InstantSource clock;
  private final Duration startUp;
  private final Map<String, Running> pods = new LinkedHashMap<>();

  /** The replacement's key by the UID of the detached pod. */
  private final Map<String, String> detached = new LinkedHashMap<>();

  /** The UIDs of the pods that only claim their owner. */
  private final Set<String> claiming = new LinkedHashSet<>();

  /** How often the labels of a pod were changed, by its UID. */
  private final Map<String, Integer> changes = new LinkedHashMap<>();

  private int made;

  InMemoryPods(InstantSource clock, Duration startUp) {
    this.clock = clock;
    this.startUp = startUp;
  }

  /** Adds a pod as given. */
  void run(Pod pod) {
    Instant readyAt = pod.ready() ? Instant.MIN : Instant.MAX;
    pods.put(key(pod.namespace(), pod.name()), new Running(pod, readyAt));
  }

  /** Adds a pod that names an owner which did not make it. */
  void runClaiming(Pod pod) {
    claiming.add(pod.uid());
    pods.put(key(pod.namespace(), pod.name()), new Running(pod, Instant.MIN));
  }

  /** Whether it only claims its owner. */
  boolean isClaiming(Pod pod) {
    return claiming.contains(pod.uid());
  }

  /** The pods that exist, as they are now; the others have ended. */
  Stream<Pod> all() {
    return pods.values().stream().filter(this::isThere).map(this::now);
  }

  Optional<Pod> pod(String namespace, String name) {
    return Optional.ofNullable(pods.get(key(namespace, name))).filter(this::isThere).map(this::now);
  }

  private boolean isThere(Running running) {
    return clock.instant().isBefore(running.endsAt());
  }

  /** The pods of a workload. */
  Stream<Pod> of(String workload) {
    return all()
        .filter(pod -> !isClaiming(pod))
        .filter(pod -> !pod.detached() && pod.workload().equals(workload));
  }

  /** The other pods of its workload. */
  Stream<Pod> others(Pod pod) {
    return all()
        .filter(
            peer ->
                !peer.uid().equals(pod.uid())
                    && !peer.detached()
                    && pod.owner().isPresent()
                    && peer.workload().equals(pod.workload()));
  }

  /** Whether the pod is there, and is the one of that UID. */
  Change check(Pod pod) {
    Running running = pods.get(key(pod.namespace(), pod.name()));
    if (running == null || !isThere(running)) {
      return Change.GONE;
    }
    return running.pod.uid().equals(pod.uid()) ? Change.MADE : Change.REPLACED;
  }

  /** Its labels change. */
  void change(Pod pod) {
    changes.merge(pod.uid(), 1, Integer::sum);
  }

  /** Whether its labels have not changed since it was read. */
  boolean isAsRead(Pod pod) {
    return pod.version().isEmpty() || pod.version().equals(version(pod));
  }

  private String version(Pod pod) {
    return String.valueOf(changes.getOrDefault(pod.uid(), 0));
  }

  /**
   * Removes a pod.
   *
   * @return whether it was one of its workload
   */
  boolean remove(Pod pod) {
    pods.remove(key(pod.namespace(), pod.name()));
    return detached.remove(pod.uid()) == null;
  }

  /** The pod terminates, as its workload wants fewer. */
  void terminate(Pod pod) {
    pods.computeIfPresent(
        key(pod.namespace(), pod.name()),
        (key, running) ->
            new Running(running.pod(), running.readyAt(), clock.instant().plus(startUp)));
  }

  boolean isDetached(Pod pod) {
    return detached.containsKey(pod.uid());
  }

  /** The pod leaves its controller, which makes another one. */
  void detach(Pod pod) {
    detached.put(pod.uid(), replace(pod, pod.owner().orElseThrow()));
  }

  /**
   * The pod is one of its controller again, or gone.
   *
   * @param isThere whether its controller takes it back and deletes its replacement
   */
  void attach(Pod pod, boolean isThere) {
    String replacement = detached.remove(pod.uid());
    if (replacement != null && isThere) {
      pods.remove(replacement);
    }
  }

  /** Makes a pod like the given one; returns its key. */
  @CanIgnoreReturnValue
  String replace(Pod pod, Pod.Owner owner) {
    Instant now = clock.instant();
    String name =
        switch (owner.kind()) {
          case "StatefulSet" -> pod.name();
          default -> pod.name().substring(0, pod.name().lastIndexOf('-') + 1) + suffix();
        };
    Pod replacement =
        new Pod(
            pod.namespace(),
            name,
            "replacement-" + made + "-of-" + pod.uid(),
            pod.node(),
            now,
            pod.owner(),
            false,
            false,
            pod.hostNetwork(),
            true,
            List.of("c0ffee" + made + pod.name().hashCode()));
    pods.put(key(pod.namespace(), name), new Running(replacement, now.plus(startUp)));
    return key(pod.namespace(), name);
  }

  /** Five characters like those of the API server, but the same in every run. */
  private String suffix() {
    made++;
    StringBuilder suffix = new StringBuilder();
    int rest = made * 7_919 + 104_729;
    for (int i = 0; i < 5; i++) {
      suffix.append(SUFFIX_ALPHABET.charAt(Math.floorMod(rest, SUFFIX_ALPHABET.length())));
      rest = rest / 3 + 31 * made;
    }
    return suffix.toString();
  }

  private Pod now(Running running) {
    Pod pod = running.pod;
    return new Pod(
        pod.namespace(),
        pod.name(),
        pod.uid(),
        pod.node(),
        pod.createdAt(),
        pod.owner(),
        pod.mirror(),
        pod.terminating() || !running.endsAt().equals(Instant.MAX),
        pod.hostNetwork(),
        pod.ready() && !clock.instant().isBefore(running.readyAt),
        pod.containerIds(),
        detached.containsKey(pod.uid()),
        version(pod),
        false);
  }

  private static String key(String namespace, String name) {
    return namespace + "/" + name;
  }
}
