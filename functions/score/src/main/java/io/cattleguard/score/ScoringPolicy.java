package io.cattleguard.score;

import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.Severity;
import io.cattleguard.events.fields.AlertFields;
import io.cattleguard.events.trait.Trait;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The weights of {@code scoring.yaml}, in points of the score.
 *
 * @param severity by the severity that the source reports
 * @param unknownSeverity if the source reports none
 * @param attack by MITRE technique or tactic; the highest one counts
 * @param traits by trait of the container or process
 * @param shells names of processes that are command interpreters
 * @param interpreters names of other programs that run commands for an attacker
 * @param shellWithConnection for a shell with a network connection, or for an interpreter whose
 *     stdin or stdout is one
 * @param newRule for the first alert of a rule on a workload known for {@code watchedFor}
 * @param tactic for every further tactic within {@code chainWindow}
 * @param spread for a problem on more than one object
 * @param repeated for a problem seen ten times or more
 * @param badPeer for a peer or port of {@code peers}, {@code peerLists} or {@code ports}
 * @param peerLists the lists of the files that the policy names
 * @param novelty for an executable or a peer that is new for a workload
 * @param standingNoise for a rule that fires on a workload day by day
 * @param adjustments by EventBridge pattern
 * @param incidentWindow alerts about one subject that are at most this far from an alert that keeps
 *     their incident open are one incident
 * @param keepsOpen the score from which on an alert keeps its incident open
 * @param incidentEndsAfter the longest time from the first to the last alert of an incident
 * @param accounts the AWS accounts of the clusters; empty if a finding of any account that names
 *     its own cluster may join an incident of a cluster of that name
 * @param cap maximum score of the classes that are never contained
 * @param floor minimum score of alerts that a detector calls critical, or high and an intrusion
 */
public record ScoringPolicy(
    Map<Severity, Integer> severity,
    int unknownSeverity,
    Map<String, AttackWeight> attack,
    Map<String, Integer> traits,
    Set<String> shells,
    Set<String> interpreters,
    int shellWithConnection,
    int newRule,
    Duration watchedFor,
    int tactic,
    Duration chainWindow,
    int spread,
    int repeated,
    int badPeer,
    List<Cidr> peers,
    List<PeerList> peerLists,
    Set<Integer> ports,
    NoveltyWeights novelty,
    int notInModel,
    StandingNoise standingNoise,
    List<Adjustment> adjustments,
    Duration incidentWindow,
    int keepsOpen,
    Duration incidentEndsAfter,
    Set<String> accounts,
    int cap,
    int floor) {
  /** The file of the policy directory that holds them. */
  public static final String FILE = "scoring.yaml";

  /** The threshold of the security channel in the shipped routes.yaml. */
  private static final int DEFAULT_FLOOR = 60;

  private static final Duration LONGEST_WINDOW = Duration.ofDays(7);

  /** When an incident ends, unless the window is longer. */
  private static final Duration ENDS_AFTER = Duration.ofDays(1);

  private static final Pattern ACCOUNT = Pattern.compile("[0-9]{12}");

  private static final Pattern ATTACK_ID = Pattern.compile("TA[0-9]{4}|T[0-9]{4}(\\.[0-9]{3})?");

  /** The traits of which a weight can speak. Another key would never match. */
  private static final String[] TRAITS =
      Arrays.stream(Trait.values()).filter(Trait::isObserved).map(Trait::id).toArray(String[]::new);

  /** Points for a technique or tactic. A technique's points apply to its sub-techniques. */
  public record AttackWeight(int points, String reason) {}

  /**
   * Points for behaviour that is new for a workload and its image.
   *
   * @param watchedFor how long the image must have been known
   */
  public record NoveltyWeights(Map<Novelty, Integer> points, Duration watchedFor) {
    static final NoveltyWeights OFF = new NoveltyWeights(Map.of(), Duration.ZERO);

    /** Copies the map. */
    public NoveltyWeights {
      points = Map.copyOf(points);
    }
  }

  /**
   * Points for a rule that has fired on a workload on that many days, at most 0.
   *
   * @param days 0 for never
   */
  public record StandingNoise(int points, int days) {
    static final StandingNoise OFF = new StandingNoise(0, 0);
  }

  /** Points for alerts that match a pattern, negative for known noise. */
  public record Adjustment(String name, EventPattern when, int points, String reason) {}

  /** Copies the collections. */
  public ScoringPolicy {
    severity = Map.copyOf(severity);
    attack = Map.copyOf(attack);
    traits = Map.copyOf(traits);
    shells = Set.copyOf(shells);
    interpreters = Set.copyOf(interpreters);
    peers = List.copyOf(peers);
    peerLists = List.copyOf(peerLists);
    ports = Set.copyOf(ports);
    adjustments = List.copyOf(adjustments);
    accounts = Set.copyOf(accounts);
  }

  /**
   * Reads {@code scoring.yaml}; a policy without one has the weights of the default policy.
   *
   * @throws io.cattleguard.edge.policy.PolicyException listing every error with its file and line
   */
  public static ScoringPolicy read(PolicyFiles policy) {
    return policy.file(FILE).map(file -> read(file, policy)).orElseGet(ScoringPolicy::shipped);
  }

  /** The default policy's weights. */
  private static ScoringPolicy shipped() {
    return read(PolicyFiles.builtIn(ScoringPolicy.class, FILE), null);
  }

  /** Takes the policy directory, which the built-in file does not have. */
  private static ScoringPolicy read(PolicyNode file, @Nullable PolicyFiles policy) {
    PolicyNode.Mapping keys =
        file.mapping(
            "severity",
            "attack",
            "traits",
            "shells-with-connection",
            "new-rule",
            "kill-chain",
            "spread",
            "repeated",
            "bad-peers",
            "novelty",
            "not-in-model",
            "standing-noise",
            "adjustments",
            "incidents",
            "cap-for-uncontained-classes",
            "floor-for-grave-alerts",
            "tests");
    PolicyNode.Mapping severities =
        keys.required("severity")
            .mapping("fatal", "critical", "high", "medium", "low", "informational", "unknown");
    Map<Severity, Integer> severity = new EnumMap<>(Severity.class);
    for (Severity one : Severity.values()) {
      severity.put(one, points(severities.required(one.jsonName())));
    }
    PolicyNode.Mapping shells =
        keys.required("shells-with-connection").mapping("points", "names", "interpreters");
    PolicyNode.Mapping newRule = keys.required("new-rule").mapping("points", "watched-for");
    PolicyNode.Mapping chain = keys.required("kill-chain").mapping("points-per-tactic", "window");
    PolicyNode.Mapping bad =
        keys.required("bad-peers").mapping("points", "addresses", "ports", "files");
    Optional<PolicyNode.Mapping> incidents =
        keys.optional("incidents")
            .map(node -> node.mapping("window", "kept-open-from", "ends-after", "accounts"));
    Set<String> names = new HashSet<>();
    return new ScoringPolicy(
        severity,
        points(severities.required("unknown")),
        attack(keys.required("attack")),
        traits(keys.required("traits")),
        Set.copyOf(each(shells.required("names"), PolicyNode::text)),
        shells
            .optional("interpreters")
            .map(list -> Set.copyOf(each(list, PolicyNode::text)))
            .orElseGet(() -> shipped().interpreters),
        points(shells.required("points")),
        points(newRule.required("points")),
        newRule.required("watched-for").duration(),
        points(chain.required("points-per-tactic")),
        chain.required("window").duration(),
        points(keys.required("spread")),
        points(keys.required("repeated")),
        points(bad.required("points")),
        each(bad.required("addresses"), ScoringPolicy::cidr),
        bad.optional("files")
            .map(list -> each(list, name -> peerList(policy, name)))
            .orElse(List.of()),
        Set.copyOf(each(bad.required("ports"), port -> port.wholeNumber(1, 65_535))),
        keys.optional("novelty").map(ScoringPolicy::novelty).orElse(NoveltyWeights.OFF),
        keys.optional("not-in-model").map(ScoringPolicy::points).orElse(0),
        keys.optional("standing-noise").map(ScoringPolicy::standingNoise).orElse(StandingNoise.OFF),
        keys.optional("adjustments")
            .map(list -> each(list, node -> adjustment(node, names)))
            .orElse(List.of()),
        incidents
            .map(mapping -> window(mapping.required("window")))
            .orElseGet(() -> shipped().incidentWindow),
        incidents
            .map(mapping -> mapping.required("kept-open-from").wholeNumber(0, 100))
            .orElseGet(() -> shipped().keepsOpen),
        incidents.map(ScoringPolicy::endsAfter).orElseGet(() -> shipped().incidentEndsAfter),
        incidents
            .flatMap(mapping -> mapping.optional("accounts"))
            .map(list -> Set.copyOf(each(list, ScoringPolicy::account)))
            .orElse(Set.of()),
        keys.required("cap-for-uncontained-classes").wholeNumber(0, 100),
        keys.optional("floor-for-grave-alerts")
            .map(floor -> floor.wholeNumber(0, 100))
            .orElse(DEFAULT_FLOOR));
  }

  private static <T> List<T> each(PolicyNode list, Function<PolicyNode, T> read) {
    return PolicyFiles.eachCollectingErrors(list.items(), read);
  }

  private static Duration window(PolicyNode node) {
    Duration window = node.duration();
    if (window.compareTo(LONGEST_WINDOW) > 0) {
      throw node.wrong("at most 7d: older alerts are another incident");
    }
    return window;
  }

  /** A policy of an earlier version does not have the key. */
  private static Duration endsAfter(PolicyNode.Mapping incidents) {
    Duration window = incidents.required("window").duration();
    Optional<PolicyNode> node = incidents.optional("ends-after");
    if (node.isEmpty()) {
      return window.compareTo(ENDS_AFTER) > 0 ? window : ENDS_AFTER;
    }
    Duration endsAfter = node.get().duration();
    if (endsAfter.compareTo(window) < 0 || endsAfter.compareTo(LONGEST_WINDOW) > 0) {
      throw node.get().wrong("at least the window, and at most 7d");
    }
    return endsAfter;
  }

  private static String account(PolicyNode node) {
    String account = node.text();
    if (!ACCOUNT.matcher(account).matches()) {
      throw node.wrong("expected the 12 digits of an AWS account, in quotes");
    }
    return account;
  }

  /** {@code 4 h} or {@code 90 min}. */
  static String inWords(Duration duration) {
    return duration.toMinutesPart() == 0
        ? duration.toHours() + " h"
        : duration.toMinutes() + " min";
  }

  private static int points(PolicyNode node) {
    return node.wholeNumber(-100, 100);
  }

  private static Map<String, AttackWeight> attack(PolicyNode node) {
    Map<String, AttackWeight> weights = new LinkedHashMap<>();
    PolicyNode.Mapping ids = node.anyMapping();
    PolicyFiles.eachCollectingErrors(
        ids.keys(),
        id -> {
          PolicyNode weight = ids.required(id);
          if (!ATTACK_ID.matcher(id).matches()) {
            throw weight.wrong(
                "'" + id + "' is not a MITRE ATT&CK id such as T1059, T1059.004 or TA0002");
          }
          PolicyNode.Mapping keys = weight.mapping("points", "reason");
          weights.put(
              id,
              new AttackWeight(points(keys.required("points")), keys.required("reason").text()));
          return id;
        });
    return weights;
  }

  private static Map<String, Integer> traits(PolicyNode node) {
    Map<String, Integer> traits = new LinkedHashMap<>();
    PolicyNode.Mapping weights = node.mapping(TRAITS);
    weights.keys().forEach(trait -> traits.put(trait, points(weights.required(trait))));
    return traits;
  }

  private static Cidr cidr(PolicyNode node) {
    return Cidr.parseNetworkOrAddress(node.text())
        .orElseThrow(() -> node.wrong("expected an address or network such as 203.0.113.0/24"));
  }

  private static PeerList peerList(@Nullable PolicyFiles policy, PolicyNode name) {
    if (policy == null) {
      throw name.wrong("the built-in policy has no other files");
    }
    return PeerList.read(policy, name);
  }

  private static NoveltyWeights novelty(PolicyNode node) {
    PolicyNode.Mapping keys = node.mapping("executable", "peer", "watched-for");
    Map<Novelty, Integer> points = new EnumMap<>(Novelty.class);
    for (Novelty one : Novelty.values()) {
      points.put(one, points(keys.required(one.jsonName())));
    }
    return new NoveltyWeights(points, keys.required("watched-for").duration());
  }

  private static StandingNoise standingNoise(PolicyNode node) {
    PolicyNode.Mapping keys = node.mapping("points", "days");
    return new StandingNoise(
        keys.required("points").wholeNumber(-100, 0), keys.required("days").wholeNumber(2, 365));
  }

  private static Adjustment adjustment(PolicyNode node, Set<String> names) {
    PolicyNode.Mapping keys = node.mapping("name", "when", "points", "reason", "tests");
    PolicyNode name = keys.required("name");
    if (!names.add(name.text())) {
      throw name.wrong("an adjustment named '" + name.text() + "' exists already");
    }
    int points = points(keys.required("points"));
    Set<String> fields =
        points > 0 ? AlertFields.ACCEPTED : AlertFields.notChosenByThePod(AlertFields.ACCEPTED);
    return new Adjustment(
        name.text(),
        keys.required("when").pattern(fields, AlertFields.VALUES),
        points,
        keys.required("reason").text());
  }

  /** The weight of a tactic or technique; T1059's holds for T1059.004 unless that has its own. */
  Optional<AttackWeight> attackWeight(String id) {
    AttackWeight own = attack.get(id);
    int dot = id.indexOf('.');
    return Optional.ofNullable(own != null || dot < 0 ? own : attack.get(id.substring(0, dot)));
  }
}
