package io.cattleguard.score;

import io.cattleguard.edge.cidr.IpAddress;
import io.cattleguard.edge.pattern.PatternSet;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.Points;
import io.cattleguard.events.Severity;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.models.AlertBehaviour;
import io.cattleguard.models.Deviations;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.reviewed.ReviewedModels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The scoring model: the list of all signals, in the order in which people see their reasons. */
final class Signals {
  /** Prefix of the reason when the history is missing. The default routes.yaml matches it. */
  static final String UNKNOWN_PAST = "workload history unavailable";

  /** The source of deviations. */
  private static final String OWN = "cattleguard";

  private final ScoringPolicy policy;
  private final ReviewedModels models;
  private final PatternSet<ScoringPolicy.Adjustment> adjustments;
  private final List<Signal> all =
      List.of(
          this::severity,
          this::attack,
          this::shellWithConnection,
          this::traits,
          this::badPeer,
          this::killChain,
          this::newRule,
          this::novelty,
          this::notInModel,
          this::spread,
          this::repeated);

  Signals(ScoringPolicy policy, ReviewedModels models) {
    this.policy = policy;
    this.models = models;
    this.adjustments = new PatternSet<>(policy.adjustments(), ScoringPolicy.Adjustment::when);
  }

  /** Returns the points of every signal, then those of the policy's adjustments. */
  List<Points> weigh(AcceptedAlert accepted, HistoryFacts history) {
    List<Points> points = new ArrayList<>(8);
    for (Signal signal : all) {
      signal.weigh(accepted, history).ifPresent(points::add);
    }
    addAdjustments(accepted, points);
    if (accepted.alert().has(Trait.BLOCKED)) {
      points.add(
          new Points(
              0, accepted.alert().source() + " blocked it already: playbooks take no action"));
    }
    history.unavailable().ifPresent(why -> points.add(new Points(0, unknownPast(why))));
    return points;
  }

  private Optional<Points> severity(AcceptedAlert accepted, HistoryFacts history) {
    Severity severity = accepted.alert().severity();
    return severity == null
        ? points(policy.unknownSeverity(), "the source reports no severity")
        : points(
            policy.severity().getOrDefault(severity, 0),
            "severity " + severity.jsonName() + " (source)");
  }

  /** The highest-weighted technique or tactic. */
  private Optional<Points> attack(AcceptedAlert accepted, HistoryFacts history) {
    ScoringPolicy.AttackWeight strongest = null;
    String named = "";
    for (List<String> ids : List.of(accepted.alert().techniques(), accepted.alert().tactics())) {
      for (String id : ids) {
        ScoringPolicy.AttackWeight weight = policy.attackWeight(id).orElse(null);
        if (weight != null && (strongest == null || weight.points() > strongest.points())) {
          strongest = weight;
          named = id;
        }
      }
    }
    return strongest == null
        ? Optional.empty()
        : points(strongest.points(), strongest.reason() + " (" + named + ")");
  }

  private Optional<Points> shellWithConnection(AcceptedAlert accepted, HistoryFacts history) {
    Alert alert = accepted.alert();
    String process = alert.process().name();
    String peer = alert.network().peer();
    if (process == null || peer == null || isLoopback(peer)) {
      return Optional.empty();
    }
    if (policy.shells().contains(process)) {
      return points(
          policy.shellWithConnection(), "a shell (" + process + ") has a network connection");
    }
    // An interpreter often has connections, but its stdin and stdout are not one.
    return alert.has(Trait.STDIO_REDIRECT)
            && policy.interpreters().contains(withoutVersion(process))
        ? points(
            policy.shellWithConnection(),
            "stdin or stdout of an interpreter (" + process + ") is a network connection")
        : Optional.empty();
  }

  /** A probe of the workload's own port has no peer. */
  private static boolean isLoopback(String peer) {
    return peer.startsWith("127.") || peer.equals("::1");
  }

  /** {@code python} for {@code python3.11}. */
  private static String withoutVersion(String process) {
    int end = process.length();
    while (end > 0 && "0123456789.-".indexOf(process.charAt(end - 1)) >= 0) {
      end--;
    }
    return process.substring(0, end);
  }

  private Optional<Points> traits(AcceptedAlert accepted, HistoryFacts history) {
    int sum = 0;
    List<String> counted = new ArrayList<>(2);
    for (String trait : accepted.alert().traits()) {
      Integer weight = policy.traits().get(trait);
      if (weight != null && weight != 0) {
        sum += weight;
        counted.add(trait);
      }
    }
    return counted.isEmpty()
        ? Optional.empty()
        : points(sum, "traits: " + String.join(", ", counted));
  }

  private Optional<Points> badPeer(AcceptedAlert accepted, HistoryFacts history) {
    Integer port = accepted.alert().network().port();
    if (port != null && policy.ports().contains(port)) {
      return points(policy.badPeer(), "port " + port + " is a known bad port");
    }
    String peer = accepted.alert().network().peer();
    if (peer == null || (policy.peers().isEmpty() && policy.peerLists().isEmpty())) {
      return Optional.empty();
    }
    return IpAddress.parse(peer)
        .flatMap(this::badPeerList)
        .flatMap(list -> points(policy.badPeer(), "peer " + peer + " is on " + list));
  }

  private Optional<String> badPeerList(IpAddress address) {
    return policy.peers().stream().anyMatch(network -> network.contains(address))
        ? Optional.of("the list of bad peers")
        : policy.peerLists().stream()
            .filter(list -> list.contains(address))
            .findFirst()
            .map(list -> "the list of bad peers " + list.name());
  }

  /** Points for tactics of other alerts. The tactics of one alert alone are not a chain. */
  private Optional<Points> killChain(AcceptedAlert accepted, HistoryFacts history) {
    Set<String> tactics = history.tactics();
    int further = tactics.size() - Math.max(1, accepted.alert().tactics().size());
    return further <= 0
        ? Optional.empty()
        : points(
            policy.tactic() * further,
            tactics.size()
                + " tactics on this "
                + history.subject()
                + " within "
                + policy.chainWindow().toMinutes()
                + " min: "
                + String.join(", ", tactics.stream().sorted().toList()));
  }

  private Optional<Points> newRule(AcceptedAlert accepted, HistoryFacts history) {
    return history.newRule()
        ? points(policy.newRule(), "first alert of this rule for this " + history.subject())
        : Optional.empty();
  }

  /** Points for the new behaviour with the most points. */
  private Optional<Points> novelty(AcceptedAlert accepted, HistoryFacts history) {
    return history.novel().stream()
        .max(Comparator.comparingInt(this::weight).thenComparing(Comparator.reverseOrder()))
        .flatMap(
            one ->
                points(
                    weight(one),
                    switch (one) {
                      case EXECUTABLE ->
                          "first alert of this " + history.subject() + " about this executable";
                      case PEER ->
                          "first alert of this " + history.subject() + " about this peer's network";
                    }));
  }

  /**
   * Points for a program or peer that the workload's enforced model does not have. A model in
   * another mode is under review, and must not lift an alert over a playbook's threshold. A match
   * with the model lowers no score: an intruder uses the existing programs. A deviation is about
   * the model itself, so it gets no additional points here.
   */
  private Optional<Points> notInModel(AcceptedAlert accepted, HistoryFacts history) {
    Alert alert = accepted.alert();
    if (policy.notInModel() == 0 || models.isEmpty() || alert.source().equals(OWN)) {
      return Optional.empty();
    }
    Optional<Model> model =
        models.model(AlertBehaviour.workload(alert)).filter(one -> one.mode() == Mode.ENFORCING);
    if (model.isEmpty()) {
      return Optional.empty();
    }
    List<String> unknown =
        AlertBehaviour.of(alert).stream()
            .filter(seen -> Deviations.of(model.get(), seen).isPresent())
            .map(seen -> seen.entry().kind() == Entry.Kind.PEER ? "peer" : "executable")
            .toList();
    return unknown.isEmpty()
        ? Optional.empty()
        : points(
            policy.notInModel(),
            "this "
                + String.join(" and this ", unknown)
                + (unknown.size() == 1 ? " was" : " were")
                + " never seen in "
                + days(model.get())
                + " of this workload's model");
  }

  private static String days(Model model) {
    long days = Math.max(1, Duration.between(model.since(), model.until()).toDays());
    return days + (days == 1 ? " day" : " days");
  }

  private int weight(Novelty novelty) {
    return policy.novelty().points().getOrDefault(novelty, 0);
  }

  /**
   * Points for a rule that fires day by day, so that it ranks below other alerts.
   *
   * @param sum of all other points
   */
  Optional<Points> standingNoise(AcceptedAlert accepted, HistoryFacts history, int sum) {
    ScoringPolicy.StandingNoise noise = policy.standingNoise();
    boolean applies =
        noise.days() > 0
            && history.days() >= noise.days()
            && history.novel().isEmpty()
            && sum < policy.floor()
            && killChain(accepted, history).isEmpty();
    return applies
        ? points(
            noise.points(),
            "this rule fires for this "
                + history.subject()
                + " day by day: "
                + history.days()
                + " days")
        : Optional.empty();
  }

  private Optional<Points> spread(AcceptedAlert accepted, HistoryFacts history) {
    return accepted.targets() > 1
        ? points(policy.spread(), "seen on " + accepted.targets() + " objects")
        : Optional.empty();
  }

  /** Points for the count, whatever the reason for publishing a known problem again. */
  private Optional<Points> repeated(AcceptedAlert accepted, HistoryFacts history) {
    boolean again =
        switch (accepted.acceptance()) {
          case OPENED, SPREAD -> false;
          case REPEATED, ESCALATED, CONTINUING -> true;
        };
    return again && accepted.count() >= 10
        ? points(policy.repeated(), "seen " + accepted.count() + " times")
        : Optional.empty();
  }

  /** The policy's adjustments, in the order of the file. */
  private void addAdjustments(AcceptedAlert accepted, List<Points> points) {
    if (adjustments.isEmpty()) {
      return;
    }
    for (ScoringPolicy.Adjustment adjustment :
        adjustments.matching(AlertJson.matchable(accepted))) {
      points.add(new Points(adjustment.points(), adjustment.reason()));
    }
  }

  private static String unknownPast(String why) {
    return UNKNOWN_PAST + " (" + why + "): no kill-chain, no new-rule and no novelty points";
  }

  private static Optional<Points> points(int value, String reason) {
    return value == 0 ? Optional.empty() : Optional.of(new Points(value, reason));
  }
}
