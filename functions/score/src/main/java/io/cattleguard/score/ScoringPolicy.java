package io.cattleguard.score;

import io.cattleguard.edge.EventPattern;
import io.cattleguard.edge.PolicyFiles;
import io.cattleguard.edge.PolicyNode;
import io.cattleguard.events.AlertFields;
import io.cattleguard.events.Severity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The weights of {@code scoring.yaml}.
 *
 * @param severity points by what the source says
 * @param unknownSeverity points where it says nothing
 * @param techniques points by technique; the strongest one counts
 * @param traits points by what the container or process may do
 * @param shellWithConnection points for a command interpreter that talks to somebody
 * @param newRule points for a rule never seen on a workload watched for {@code watchedFor}
 * @param tactic points for every further tactic within {@code chainWindow}
 * @param spread points for a problem on more than one object
 * @param repeated points for a problem that keeps on
 * @param badPeer points for a peer or port of {@code peers} or {@code ports}
 * @param adjustments points by pattern, for what only its owner knows
 * @param cap the most that alerts of classes that are never contained can score
 */
public record ScoringPolicy(
    Map<Severity, Integer> severity,
    int unknownSeverity,
    List<TechniqueWeight> techniques,
    Map<String, Integer> traits,
    int shellWithConnection,
    int newRule,
    Duration watchedFor,
    int tactic,
    Duration chainWindow,
    int spread,
    int repeated,
    int badPeer,
    List<Cidr> peers,
    Set<Integer> ports,
    List<Adjustment> adjustments,
    int cap) {
  /** The file of the policy directory that holds them. */
  public static final String FILE = "scoring.yaml";

  /** Points for a technique and those below it. */
  public record TechniqueWeight(String technique, int points, String reason) {}

  /** Points for alerts that match a pattern, negative for known noise. */
  public record Adjustment(String name, EventPattern when, int points, String reason) {}

  /** Copies the collections. */
  public ScoringPolicy {
    severity = Map.copyOf(severity);
    techniques = List.copyOf(techniques);
    traits = Map.copyOf(traits);
    peers = List.copyOf(peers);
    ports = Set.copyOf(ports);
    adjustments = List.copyOf(adjustments);
  }

  /**
   * Reads {@code scoring.yaml}.
   *
   * @throws io.cattleguard.edge.PolicyException naming file and line of all that is wrong
   */
  public static ScoringPolicy read(PolicyFiles policy) {
    return policy
        .file(FILE)
        .map(ScoringPolicy::read)
        .orElseThrow(() -> PolicyFiles.missing(FILE, "every policy needs its weights"));
  }

  private static ScoringPolicy read(PolicyNode file) {
    PolicyNode.Mapping keys =
        file.mapping(
            "severity",
            "techniques",
            "traits",
            "shell-with-connection",
            "new-rule",
            "kill-chain",
            "spread",
            "repeated",
            "bad-peers",
            "adjustments",
            "cap-for-uncontained-classes",
            "tests");
    PolicyNode.Mapping severities =
        keys.required("severity")
            .mapping("fatal", "critical", "high", "medium", "low", "informational", "unknown");
    Map<Severity, Integer> severity = new EnumMap<>(Severity.class);
    for (Severity one : Severity.values()) {
      severity.put(one, points(severities.required(one.jsonName())));
    }
    PolicyNode.Mapping newRule = keys.required("new-rule").mapping("points", "watched-for");
    PolicyNode.Mapping chain = keys.required("kill-chain").mapping("points-per-tactic", "window");
    PolicyNode.Mapping bad = keys.required("bad-peers").mapping("points", "addresses", "ports");
    Set<Integer> ports = new HashSet<>();
    bad.required("ports").items().forEach(port -> ports.add(port.wholeNumber(1, 65_535)));
    Set<String> names = new HashSet<>();
    return new ScoringPolicy(
        severity,
        points(severities.required("unknown")),
        PolicyFiles.eachCollectingErrors(
            keys.required("techniques").items(), ScoringPolicy::technique),
        traits(keys.required("traits")),
        points(keys.required("shell-with-connection")),
        points(newRule.required("points")),
        newRule.required("watched-for").duration(),
        points(chain.required("points-per-tactic")),
        chain.required("window").duration(),
        points(keys.required("spread")),
        points(keys.required("repeated")),
        points(bad.required("points")),
        PolicyFiles.eachCollectingErrors(bad.required("addresses").items(), ScoringPolicy::cidr),
        ports,
        PolicyFiles.eachCollectingErrors(
            keys.optional("adjustments").map(PolicyNode::items).orElse(List.of()),
            node -> adjustment(node, names)),
        keys.required("cap-for-uncontained-classes").wholeNumber(0, 100));
  }

  private static int points(PolicyNode node) {
    return node.wholeNumber(-100, 100);
  }

  private static TechniqueWeight technique(PolicyNode node) {
    PolicyNode.Mapping keys = node.mapping("technique", "points", "reason");
    return new TechniqueWeight(
        keys.required("technique").text(),
        points(keys.required("points")),
        keys.required("reason").text());
  }

  private static Map<String, Integer> traits(PolicyNode node) {
    Map<String, Integer> traits = new LinkedHashMap<>();
    List<String> keys = new ArrayList<>(node.anyMapping().keys());
    keys.forEach(key -> traits.put(key, points(node.anyMapping().required(key))));
    return traits;
  }

  private static Cidr cidr(PolicyNode node) {
    return Cidr.parse(node.text())
        .orElseThrow(() -> node.wrong("expected an address or network such as 203.0.113.0/24"));
  }

  private static Adjustment adjustment(PolicyNode node, Set<String> names) {
    PolicyNode.Mapping keys = node.mapping("name", "when", "points", "reason", "tests");
    PolicyNode name = keys.required("name");
    if (!names.add(name.text())) {
      throw name.wrong("an adjustment named '" + name.text() + "' stands above already");
    }
    return new Adjustment(
        name.text(),
        keys.required("when").pattern(AlertFields.ACCEPTED),
        points(keys.required("points")),
        keys.required("reason").text());
  }
}
