package io.cattleguard.respond.action;

import java.util.ArrayList;
import java.util.List;
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
  /** The key under which failures are counted. */
  public static final String CIRCUIT_BREAKER = "circuit-breaker";

  private static final String HOURLY_CAP = "the hourly cap of the ";
  private static final String USED_UP = " is used up: ";

  /** Asks the ledger how many objects other than {@code uid} count against a limit. */
  @FunctionalInterface
  public interface Count {
    /** The number of objects. */
    int others(String key, String uid, Budget budget);
  }

  /**
   * All limits of an action on that object: the playbook's budget, the hourly caps, the repeat
   * offender's and the circuit breaker.
   */
  public static List<Allowance> of(
      Playbook playbook,
      Action<?, ?> action,
      Limits limits,
      Optional<? extends Subject> subject,
      Count count) {
    List<Allowance> all = new ArrayList<>();
    all.add(
        of(
            "the playbook's budget",
            playbook.name() + "/" + playbook.budget().per().share(subject),
            playbook.budget(),
            subject,
            Objection.Kind.PASSES,
            count));
    for (Budget.Per per : Budget.Per.values()) {
      all.add(
          of(
              HOURLY_CAP + per.word(),
              "hourly-cap/" + per.word() + "/" + per.share(subject),
              limits.cap(per),
              subject,
              Objection.Kind.PASSES,
              count));
    }
    if (action.escalation().isPresent()) {
      Budget repeats = limits.repeatOffender();
      all.add(
          of(
              "repeat offender: the limit of " + action.name() + " on one workload",
              "repeat-offender/" + action.name() + "/" + repeats.per().share(subject),
              repeats,
              subject,
              Objection.Kind.ESCALATES,
              count));
    }
    all.add(
        new Allowance(
            "circuit breaker: the limit of failed actions",
            CIRCUIT_BREAKER,
            limits.circuitBreaker(),
            Fact.ask(() -> count.others(CIRCUIT_BREAKER, "", limits.circuitBreaker())),
            Objection.Kind.OBSERVES));
    return List.copyOf(all);
  }

  private static Allowance of(
      String name,
      String key,
      Budget budget,
      Optional<? extends Subject> subject,
      Objection.Kind kind,
      Count count) {
    String uid = subject.map(Subject::uid).orElse("");
    return new Allowance(name, key, budget, Fact.ask(() -> count.others(key, uid, budget)), kind);
  }

  /** The objection if one more object would exceed it, or if the count is not known. */
  Optional<Objection> objection() {
    return switch (others) {
      case Fact.Known<Integer> known ->
          known.value() < budget.max()
              ? Optional.empty()
              : Optional.of(new Objection(used(known.value()), kind));
      case Fact.Unknown<Integer> unknown ->
          Optional.of(Objection.passes("cannot read " + name + ": " + unknown.reason()));
    };
  }

  /** Whether that objection is of an hourly cap that is used up. */
  public static boolean isHourlyCap(String objection) {
    return objection.startsWith(HOURLY_CAP) && objection.contains(USED_UP);
  }

  /** What people are told when it is used up. */
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
