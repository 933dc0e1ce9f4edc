package io.cattleguard.respond.action;

import io.cattleguard.events.ResponseDecided.Effect;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A limit that an action counts against. Each object counts once, however many actions are taken on
 * it.
 *
 * @param name of the limit, for people
 * @param key of the limit in the ledger
 * @param others how many other objects count against it now
 * @param kind what its objection means
 */
public record Allowance(
    String name, String key, Budget budget, Fact<Integer> others, Objection.Kind kind) {
  /** The key under which failures of actions that contain are counted. */
  public static final String CIRCUIT_BREAKER = "circuit-breaker";

  /** The prefix of the key of an hourly cap. */
  static final String CAP = "hourly-cap";

  /** The prefix of the key of the repeat offender's limit. */
  static final String REPEATS = "repeat-offender";

  /** The infix of the keys for limits of actions that only limit an attack. */
  static final String LIMITS = "limits";

  /** The keys of all circuit breakers. */
  public static final List<String> BREAKERS = List.of(CIRCUIT_BREAKER, breaker(Effect.LIMITS));

  private static final String HOURLY_CAP = "the hourly cap of the ";
  private static final String USED_UP = " is used up: ";

  /** Asks the ledger how many other objects count against limits. */
  @FunctionalInterface
  public interface Counts {
    /** The numbers of objects, by the key of the limit. */
    Map<String, Fact<Integer>> others(List<Limit> limits);
  }

  /**
   * A limit, and the object that does not count as another one.
   *
   * @param uid empty if every object counts
   */
  public record Limit(String name, String key, String uid, Budget budget, Objection.Kind kind) {
    private Allowance with(Map<String, Fact<Integer>> others) {
      Fact<Integer> count = others.getOrDefault(key, new Fact.Unknown<>("it was not counted"));
      return new Allowance(name, key, budget, count, kind);
    }
  }

  /**
   * The key under which failures of actions with that effect are counted. Outsiders determine which
   * addresses are blocked, so failures of that action must not stop containments.
   */
  public static String breaker(Effect effect) {
    return switch (effect) {
      case LIMITS -> CIRCUIT_BREAKER + "/" + LIMITS;
      case NONE, CONTAINS -> CIRCUIT_BREAKER;
    };
  }

  /** All limits of an action on that object, with what counts against them. */
  public static List<Allowance> of(
      Playbook playbook,
      Action<?, ?> action,
      Limits limits,
      Optional<? extends Subject> subject,
      Counts counts) {
    List<Limit> all = limits(playbook, action, limits, subject);
    Map<String, Fact<Integer>> others = counts.others(all);
    return all.stream().map(limit -> limit.with(others)).toList();
  }

  /**
   * The playbook's budget, the hourly caps, the repeat offender's and the circuit breaker. Actions
   * that only limit have caps of their own, so outsiders cannot use up those of the containments.
   */
  private static List<Limit> limits(
      Playbook playbook, Action<?, ?> action, Limits limits, Optional<? extends Subject> subject) {
    String uid = subject.map(Subject::uid).orElse("");
    List<Limit> all = new ArrayList<>();
    if (action.effect() == Effect.NONE) {
      // Actions that only read have separate limits, so they do not use up those of the
      // containments. The playbook's
      // keeps many objects of one workload from using up the cluster's.
      return List.of(
          new Limit(
              "the playbook's budget for " + action.name(),
              playbook.name() + "/" + action.name() + "/" + playbook.budget().per().share(subject),
              uid,
              playbook.budget(),
              Objection.Kind.PASSES),
          new Limit(
              HOURLY_CAP + "cluster for " + action.name(),
              action.name() + "/" + CAP,
              uid,
              limits.cap(Budget.Per.CLUSTER),
              Objection.Kind.PASSES));
    }
    if (!playbook.isThen(action)) {
      all.add(
          new Limit(
              "the playbook's budget",
              playbook.name() + "/" + playbook.budget().per().share(subject),
              uid,
              playbook.budget(),
              playbook.then().isPresent() ? Objection.Kind.ESCALATES : Objection.Kind.PASSES));
    }
    boolean isLimiting = action.effect() == Effect.LIMITS;
    for (Budget.Per per : Budget.Per.values()) {
      all.add(
          new Limit(
              HOURLY_CAP + per.word() + (isLimiting ? " for actions that limit" : ""),
              CAP + "/" + (isLimiting ? LIMITS + "/" : "") + per.word() + "/" + per.share(subject),
              uid,
              limits.cap(per),
              Objection.Kind.PASSES));
    }
    if (action.escalation().isPresent()) {
      Budget repeats = limits.repeatOffender();
      all.add(
          new Limit(
              "repeat offender: the limit of " + action.name() + " on one workload",
              REPEATS + "/" + action.name() + "/" + repeats.per().share(subject),
              uid,
              repeats,
              Objection.Kind.ESCALATES));
    }
    all.add(
        new Limit(
            "circuit breaker: the limit of failed actions",
            CIRCUIT_BREAKER,
            "",
            limits.circuitBreaker(),
            Objection.Kind.OBSERVES));
    if (isLimiting) {
      all.add(
          new Limit(
              "circuit breaker: the limit of failed actions that limit",
              breaker(Effect.LIMITS),
              "",
              limits.circuitBreaker(),
              Objection.Kind.OBSERVES));
    }
    return all;
  }

  /** The objection if one more object would exceed it, or if the count is not known. */
  Optional<Objection> objection() {
    return switch (others) {
      case Fact.Known<Integer> known ->
          known.value() < budget.max()
              ? Optional.empty()
              : Optional.of(new Objection(used(known.value()), kind));
      case Fact.Unknown<Integer> unknown ->
          Optional.of(Objection.unread("cannot read " + name + ": " + unknown.reason()));
    };
  }

  /** Whether that objection is of an hourly cap that is used up. */
  public static boolean isHourlyCap(String objection) {
    return objection.startsWith(HOURLY_CAP) && objection.contains(USED_UP);
  }

  /** The message when it is used up. */
  public String used(int objects) {
    return name
        + USED_UP
        + objects
        + " of "
        + budget.max()
        + " objects within "
        + InWords.of(budget.window());
  }
}
