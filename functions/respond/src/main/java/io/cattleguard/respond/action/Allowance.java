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
 */
public record Allowance(String name, String key, Budget budget, Fact<Integer> others) {

  /** Asks the ledger how many objects other than {@code uid} count against a limit. */
  @FunctionalInterface
  public interface Count {
    /** The number of objects. */
    int others(String key, String uid, Budget budget);
  }

  /** All limits of an action on that object: the playbook's budget and the hourly caps. */
  public static List<Allowance> of(
      Playbook playbook, Limits limits, Optional<? extends Subject> subject, Count count) {
    List<Allowance> all = new ArrayList<>();
    all.add(
        of(
            "the playbook's budget",
            playbook.name() + "/" + playbook.budget().per().share(subject),
            playbook.budget(),
            subject,
            count));
    for (Budget.Per per : Budget.Per.values()) {
      all.add(
          of(
              "the hourly cap of the " + per.word(),
              "hourly-cap/" + per.word() + "/" + per.share(subject),
              limits.cap(per),
              subject,
              count));
    }
    return List.copyOf(all);
  }

  private static Allowance of(
      String name, String key, Budget budget, Optional<? extends Subject> subject, Count count) {
    String uid = subject.map(Subject::uid).orElse("");
    return new Allowance(name, key, budget, Fact.ask(() -> count.others(key, uid, budget)));
  }

  /** The objection if one more object would exceed it, or if the count is not known. */
  Optional<String> objection() {
    return switch (others) {
      case Fact.Known<Integer> known ->
          known.value() < budget.max() ? Optional.empty() : Optional.of(used(known.value()));
      case Fact.Unknown<Integer> unknown ->
          Optional.of("cannot read " + name + ": " + unknown.reason());
    };
  }

  /** What people are told when it is used up. */
  public String used(int objects) {
    return name
        + " is used up: "
        + objects
        + " of "
        + budget.max()
        + " objects within "
        + InWords.of(budget.window());
  }
}
