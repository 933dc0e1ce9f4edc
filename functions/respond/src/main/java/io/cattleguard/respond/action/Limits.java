package io.cattleguard.respond.action;

import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The limits of {@code settings.yaml} for all playbooks together.
 *
 * @param protectedNamespaces namespaces in which nothing is changed, in addition to those that are
 *     always protected
 * @param hourly the objects on which actions may be taken within an hour, per workload, namespace
 *     and cluster
 * @param repeatOffender after how many actions on a workload whose replacements raise alerts again
 *     a stronger one is taken
 * @param circuitBreaker after how many failed actions responders only observe
 * @param networkPolicy by cluster, whether it enforces NetworkPolicies; other clusters are queried
 * @param operators which people may give which commands
 * @param neverDeny networks whose addresses no action denies to a workload or blocks
 */
public record Limits(
    Set<String> protectedNamespaces,
    Map<Budget.Per, Integer> hourly,
    Budget repeatOffender,
    Budget circuitBreaker,
    Map<String, Boolean> networkPolicy,
    Operators operators,
    List<Cidr> neverDeny) {
  private static final String FILE = "settings.yaml";
  private static final Duration HOUR = Duration.ofHours(1);

  /**
   * No further namespace; 5 objects per workload and hour, 10 per namespace, 20 per cluster; a
   * stronger action after 3 on a workload within an hour; 5 failed actions within 10 minutes.
   */
  public static final Limits DEFAULT =
      new Limits(
          Set.of(),
          Map.of(Budget.Per.WORKLOAD, 5, Budget.Per.NAMESPACE, 10, Budget.Per.CLUSTER, 20),
          new Budget(Budget.Per.WORKLOAD, 3, HOUR),
          new Budget(Budget.Per.CLUSTER, 5, Duration.ofMinutes(10)),
          Map.of());

  /** With the default operators and without networks that are never denied. */
  public Limits(
      Set<String> protectedNamespaces,
      Map<Budget.Per, Integer> hourly,
      Budget repeatOffender,
      Budget circuitBreaker,
      Map<String, Boolean> networkPolicy) {
    this(
        protectedNamespaces,
        hourly,
        repeatOffender,
        circuitBreaker,
        networkPolicy,
        Operators.DEFAULT);
  }

  /** Without networks that are never denied. */
  public Limits(
      Set<String> protectedNamespaces,
      Map<Budget.Per, Integer> hourly,
      Budget repeatOffender,
      Budget circuitBreaker,
      Map<String, Boolean> networkPolicy,
      Operators operators) {
    this(
        protectedNamespaces,
        hourly,
        repeatOffender,
        circuitBreaker,
        networkPolicy,
        operators,
        List.of());
  }

  /** Copies the collections. */
  public Limits {
    protectedNamespaces = Set.copyOf(protectedNamespaces);
    hourly = Map.copyOf(hourly);
    networkPolicy = Map.copyOf(networkPolicy);
    neverDeny = List.copyOf(neverDeny);
  }

  /**
   * Reads {@code settings.yaml}; missing settings have their defaults.
   *
   * @throws io.cattleguard.edge.policy.PolicyException with file and line of each mistake
   */
  public static Limits read(PolicyFiles policy) {
    Optional<PolicyNode> file = policy.file(FILE);
    if (file.isEmpty()) {
      return DEFAULT;
    }
    PolicyNode.Mapping keys =
        file.get()
            .mapping(
                "protected-namespaces",
                "hourly-caps",
                "repeat-offender",
                "circuit-breaker",
                "network-policy",
                "operators",
                "never-deny");
    Set<String> namespaces = new TreeSet<>();
    keys.optional("protected-namespaces")
        .ifPresent(list -> list.items().forEach(one -> namespaces.add(one.text())));
    Map<Budget.Per, Integer> hourly = new EnumMap<>(DEFAULT.hourly);
    keys.optional("hourly-caps").ifPresent(caps -> readCaps(caps, hourly));
    return new Limits(
        namespaces,
        hourly,
        keys.optional("repeat-offender")
            .map(node -> within(node, DEFAULT.repeatOffender))
            .orElse(DEFAULT.repeatOffender),
        keys.optional("circuit-breaker")
            .map(node -> within(node, DEFAULT.circuitBreaker))
            .orElse(DEFAULT.circuitBreaker),
        keys.optional("network-policy").map(Limits::networkPolicy).orElse(Map.of()),
        keys.optional("operators").map(Operators::read).orElse(Operators.DEFAULT),
        keys.optional("never-deny").map(Limits::networks).orElse(List.of()));
  }

  private static List<Cidr> networks(PolicyNode list) {
    return list.items().stream()
        .map(
            one ->
                Cidr.parseNetworkOrAddress(one.text())
                    .orElseThrow(
                        () -> one.wrong("expected a network such as 203.0.113.0/24 or an address")))
        .toList();
  }

  private static void readCaps(PolicyNode node, Map<Budget.Per, Integer> hourly) {
    PolicyNode.Mapping caps = node.mapping("workload", "namespace", "cluster");
    hourly.replaceAll(
        (per, otherwise) ->
            caps.optional(per.word()).map(cap -> cap.wholeNumber(1, 10_000)).orElse(otherwise));
  }

  private static Map<String, Boolean> networkPolicy(PolicyNode node) {
    Map<String, Boolean> clusters = new TreeMap<>();
    PolicyNode.Mapping byCluster = node.anyMapping();
    for (String cluster : byCluster.keys()) {
      clusters.put(
          cluster,
          byCluster
              .required(cluster)
              .oneOf(List.of("enforced", "not-enforced"))
              .equals("enforced"));
    }
    return clusters;
  }

  private static Budget within(PolicyNode node, Budget otherwise) {
    PolicyNode.Mapping in = node.mapping("max", "window");
    return new Budget(
        otherwise.per(),
        in.optional("max").map(max -> max.wholeNumber(1, 1_000)).orElse(otherwise.max()),
        in.optional("window").map(PolicyNode::duration).orElse(otherwise.window()));
  }

  /** The cap as a budget of all playbooks. */
  Budget cap(Budget.Per per) {
    return new Budget(per, hourly.getOrDefault(per, 1), HOUR);
  }
}
