package io.cattleguard.respond.kubernetes.cluster;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A simulated cluster whose workloads replace deleted pods. For the demo, dry runs and tests. */
public final class InMemoryCluster implements Cluster {
  private static final String SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

  private record Running(Pod pod, Instant readyAt) {}

  private final InstantSource clock;
  private final Duration startUp;
  private final Map<String, Running> pods = new LinkedHashMap<>();
  private final Map<String, List<DisruptionBudget>> budgets = new LinkedHashMap<>();
  private final Set<String> isolated = new LinkedHashSet<>();

  /** The replacement's key by the UID of the detached pod. */
  private final Map<String, String> detached = new LinkedHashMap<>();

  private final List<String> caveats = new ArrayList<>();
  private Enforcement enforcement =
      new Enforcement(Enforces.YES, "the simulated network enforces NetworkPolicy");
  private int made;

  /**
   * Creates an empty cluster.
   *
   * @param startUp how long a pod takes from its creation until it is ready
   */
  public InMemoryCluster(InstantSource clock, Duration startUp) {
    this.clock = clock;
    this.startUp = startUp;
  }

  /** Adds a pod as given. */
  public synchronized void run(Pod pod) {
    Instant readyAt = pod.ready() ? Instant.MIN : Instant.MAX;
    pods.put(key(pod.namespace(), pod.name()), new Running(pod, readyAt));
  }

  /** Adds a disruption budget to a workload such as {@code shop/Deployment/web}. */
  public synchronized void budget(String workload, DisruptionBudget budget) {
    budgets.computeIfAbsent(workload, key -> new ArrayList<>()).add(budget);
  }

  /** Sets whether NetworkPolicies are enforced. */
  public synchronized void enforces(Enforcement now) {
    enforcement = now;
  }

  /** Adds traffic that stays allowed to every isolated pod. */
  public synchronized void allow(String traffic) {
    caveats.add(traffic);
  }

  /** All current pods. */
  public synchronized List<Pod> pods() {
    return pods.values().stream().map(this::now).toList();
  }

  @Override
  public synchronized Optional<Pod> pod(String namespace, String name) {
    return Optional.ofNullable(pods.get(key(namespace, name))).map(this::now);
  }

  @Override
  public synchronized int readyPeers(Pod pod) {
    return (int) others(pod).filter(peer -> serves(peer) && !peer.terminating()).count();
  }

  @Override
  public synchronized List<DisruptionBudget> disruptionBudgets(Pod pod) {
    int cutOff =
        (int)
            others(pod)
                .filter(peer -> peer.ready() && !peer.terminating() && !serves(peer))
                .count();
    return budgets.getOrDefault(pod.workload(), List.of()).stream()
        .map(budget -> new DisruptionBudget(budget.name(), Math.max(0, budget.allowed() - cutOff)))
        .toList();
  }

  @Override
  public synchronized Change delete(Pod pod, Duration grace) {
    Change check = check(pod);
    if (check == Change.MADE) {
      pods.remove(key(pod.namespace(), pod.name()));
      isolated.remove(pod.uid());
      if (detached.remove(pod.uid()) == null) {
        pod.owner().ifPresent(owner -> replace(pod, owner));
      }
    }
    return check;
  }

  @Override
  public synchronized Change evict(Pod pod, Duration grace) {
    Change check = check(pod);
    return check == Change.MADE
            && disruptionBudgets(pod).stream().anyMatch(budget -> budget.allowed() < 1)
        ? Change.REFUSED_BY_BUDGET
        : delete(pod, grace);
  }

  /** Returns the replacement's key. */
  @CanIgnoreReturnValue
  private String replace(Pod pod, Pod.Owner owner) {
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

  /** Pods have one label, by which their Services and their controller select them. */
  @Override
  public synchronized Detachment detachment(Pod pod) {
    Map<String, String> labels = Map.of("app", pod.owner().map(Pod.Owner::name).orElse(pod.name()));
    return switch (pod.owner().map(Pod.Owner::kind).orElse("")) {
      case "Deployment", "ReplicaSet" -> new Detachment(labels, true);
      case "" -> new Detachment(labels, false);
      default -> Detachment.NONE;
    };
  }

  @Override
  public synchronized Change isolate(Pod pod, Map<String, String> without) {
    Change check = check(pod);
    if (check == Change.MADE) {
      isolated.add(pod.uid());
      if (!without.isEmpty()
          && detachment(pod).leavesController()
          && !detached.containsKey(pod.uid())) {
        detached.put(pod.uid(), replace(pod, pod.owner().orElseThrow()));
      }
    }
    return check;
  }

  /** The controller takes the pod back and deletes its replacement, which is one too many. */
  @Override
  public synchronized Change release(Pod pod, Map<String, String> with) {
    isolated.remove(pod.uid());
    Change check = check(pod);
    if (!with.isEmpty() || check != Change.MADE) {
      String replacement = detached.remove(pod.uid());
      if (replacement != null && check == Change.MADE) {
        pods.remove(replacement);
      }
    }
    return check;
  }

  @Override
  public synchronized Isolation isolation(Pod pod) {
    return new Isolation(
        isolated.contains(pod.uid()),
        pod.owner().isPresent() && !detached.containsKey(pod.uid()),
        List.copyOf(caveats),
        List.of(),
        List.of());
  }

  @Override
  public synchronized Enforcement enforcement(Pod pod) {
    return enforcement;
  }

  @Override
  public synchronized Set<String> peers(Pod pod) {
    return others(pod).map(Pod::uid).collect(Collectors.toSet());
  }

  @Override
  public synchronized Optional<Pod> readyReplacement(Pod pod, Set<String> before) {
    return others(pod).filter(peer -> serves(peer) && !before.contains(peer.uid())).findFirst();
  }

  private boolean serves(Pod pod) {
    return pod.ready() && !isolated.contains(pod.uid());
  }

  private Stream<Pod> others(Pod pod) {
    return pods.values().stream()
        .map(this::now)
        .filter(
            peer ->
                !peer.uid().equals(pod.uid())
                    && !peer.detached()
                    && pod.owner().isPresent()
                    && peer.workload().equals(pod.workload()));
  }

  private Change check(Pod pod) {
    Running running = pods.get(key(pod.namespace(), pod.name()));
    if (running == null) {
      return Change.GONE;
    }
    return running.pod.uid().equals(pod.uid()) ? Change.MADE : Change.REPLACED;
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
        pod.terminating(),
        pod.hostNetwork(),
        pod.ready() && !clock.instant().isBefore(running.readyAt),
        pod.containerIds(),
        detached.containsKey(pod.uid()));
  }

  private static String key(String namespace, String name) {
    return namespace + "/" + name;
  }
}
