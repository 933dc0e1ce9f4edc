package io.cattleguard.respond.ledger;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/** A ledger in memory, for one process. */
public final class InMemoryLedger implements Ledger {
  /**
   * A claim.
   *
   * @param again whether an earlier holder may have acted
   */
  private record Hold(String alertId, Instant until, boolean again) {
    private Hold until(Instant end) {
      return new Hold(alertId, end, again);
    }
  }

  /**
   * A part of a budget, or a slot of a concurrency limit.
   *
   * @param actions that need the slot
   */
  private record Spend(String spender, Instant at, Set<String> actions) {}

  /** How much of a budget may be spent, and in which time. */
  private record Bound(int max, Duration window) {}

  private final Map<Key, Hold> holds = new HashMap<>();
  private final Map<Key, Settlement> settlements = new HashMap<>();
  private final Map<String, Answer> answers = new HashMap<>();
  private final Map<String, String> begun = new HashMap<>();
  private final Map<String, List<Spend>> budgets = new HashMap<>();
  private final Map<String, List<Spend>> slotsTaken = new HashMap<>();
  private final Map<String, List<Spend>> marks = new HashMap<>();
  private final Map<String, Bound> bounds = new HashMap<>();
  private final Map<Key, Containment> containments = new LinkedHashMap<>();
  private final Map<Key, Release> releases = new HashMap<>();
  private final Map<Key, Unverified> suspended = new HashMap<>();
  private final Map<String, String> names = new HashMap<>();
  private final Approvals approvals = new InMemoryApprovals();
  private Optional<Halt> halt = Optional.empty();

  @Override
  public synchronized Claim claim(Key key, String alertId, Instant now, Duration hold) {
    Settlement settled = settlements.get(key);
    if (settled != null) {
      if (!settled.maybeRetriedBy(alertId)) {
        return new Claim.Settled(settled);
      }
      settlements.remove(key);
    }
    Hold held = holds.get(key);
    if (held != null && held.until().isAfter(now)) {
      return new Claim.Held(held.alertId(), held.until());
    }
    holds.put(key, new Hold(alertId, now.plus(hold), held != null));
    begun.put(alertId + "/" + key.action(), key.uid());
    return new Claim.Granted(held != null);
  }

  @Override
  public synchronized void withdraw(Key key, String alertId) {
    Hold held = holds.get(key);
    if (held != null && held.alertId().equals(alertId)) {
      if (held.again()) {
        holds.put(key, held.until(Instant.EPOCH));
      } else {
        holds.remove(key);
      }
      begun.remove(alertId + "/" + key.action());
    }
  }

  @Override
  public synchronized void expire(Key key, String alertId, Instant now) {
    holds.computeIfPresent(
        key, (same, held) -> held.alertId().equals(alertId) ? held.until(now) : held);
  }

  @Override
  public synchronized boolean isActing(Key key, Instant now) {
    Hold held = holds.get(key);
    return held != null
        && held.until().isAfter(now)
        && !settlements.containsKey(key)
        && !suspended.containsKey(key);
  }

  @Override
  public synchronized void suspend(Key key, Unverified unverified, Instant heldUntil) {
    Hold held = holds.get(key);
    if (!settlements.containsKey(key)
        && (held == null || held.alertId().equals(unverified.alertId()))) {
      holds.put(key, new Hold(unverified.alertId(), heldUntil, true));
      suspended.put(key, unverified);
    }
  }

  @Override
  public synchronized boolean beginCheck(Key key, Unverified read, Instant end, Instant heldUntil) {
    if (!read.equals(suspended.get(key))) {
      return false;
    }
    suspend(key, read.checkedUntil(end), heldUntil);
    return true;
  }

  @Override
  public synchronized Optional<Unverified> suspended(Key key) {
    return Optional.ofNullable(suspended.get(key));
  }

  @Override
  public synchronized boolean isBeingVerified(Key key, Instant now) {
    Hold held = holds.get(key);
    return held != null && held.until().isAfter(now) && suspended.containsKey(key);
  }

  @Override
  public synchronized Optional<Settlement> settled(Key key) {
    return Optional.ofNullable(settlements.get(key));
  }

  @Override
  public synchronized void reopen(Key key, Settlement settlement) {
    settlements.remove(key, settlement);
  }

  @Override
  public synchronized Optional<String> claimedByName(String action, String name) {
    return Optional.ofNullable(names.get(action + "/" + name));
  }

  @Override
  public synchronized void nameClaim(Key key, String name, Instant now) {
    names.put(key.action() + "/" + name, key.uid());
  }

  @Override
  public synchronized void settle(Key key, Settlement settlement) {
    Hold held = holds.get(key);
    Settlement settled = settlements.get(key);
    boolean takenOver =
        held != null
            && !settlement.isOfAPerson()
            && !held.alertId().equals(settlement.alertId())
            && held.until().isAfter(settlement.at());
    if (!takenOver && (settled == null || !settled.staysBefore(settlement))) {
      holds.remove(key);
      suspended.remove(key);
      settlements.put(key, settlement);
    }
    answers.put(settlement.alertId() + "/" + key.action(), new Answer(key.uid(), settlement));
    begun.remove(settlement.alertId() + "/" + key.action());
  }

  @Override
  public synchronized Optional<String> begun(String alertId, String action) {
    return Optional.ofNullable(begun.get(alertId + "/" + action))
        .filter(
            uid -> {
              Hold hold = holds.get(new Key(action, uid));
              return hold != null && hold.alertId().equals(alertId);
            });
  }

  @Override
  public synchronized Optional<Answer> answered(String alertId, String action) {
    return Optional.ofNullable(answers.get(alertId + "/" + action));
  }

  @Override
  public synchronized Map<String, Integer> spentByOthers(Collection<Spent> asked) {
    Map<String, Integer> counts = new HashMap<>();
    for (Spent spent : asked) {
      long others =
          budgets.getOrDefault(spent.budget(), List.of()).stream()
              .filter(spend -> spend.at().isAfter(spent.since()))
              .filter(spend -> !spend.spender().equals(spent.spender()))
              .count();
      counts.put(spent.budget(), (int) others);
    }
    return counts;
  }

  @Override
  public synchronized boolean spend(
      String budget, String spender, Instant now, Duration window, int max) {
    boolean isSpent = count(budgets, budget, by(spender, now), window, max);
    if (isSpent) {
      bounds.put(budget, new Bound(max, window));
    }
    return isSpent;
  }

  @Override
  public synchronized boolean mark(String what, String by, Instant now, Duration window, int max) {
    return count(marks, what, by(by, now), window, max);
  }

  private static Spend by(String spender, Instant now) {
    return new Spend(spender, now, new TreeSet<>());
  }

  @Override
  public synchronized boolean isMarked(String what, Instant since) {
    return marks.getOrDefault(what, List.of()).stream().anyMatch(mark -> mark.at().isAfter(since));
  }

  @Override
  public synchronized boolean takeSlot(
      String limit, Key key, Instant now, Duration window, int slots) {
    Spend next = new Spend(key.uid(), now, new TreeSet<>(Set.of(key.action())));
    return count(slotsTaken, limit, next, window, slots);
  }

  private static boolean count(
      Map<String, List<Spend>> counted, String what, Spend next, Duration window, int max) {
    List<Spend> spends = counted.computeIfAbsent(what, key -> new ArrayList<>());
    spends.removeIf(spend -> !spend.at().isAfter(next.at().minus(window)));
    List<Spend> own =
        spends.stream().filter(spend -> spend.spender().equals(next.spender())).toList();
    if (spends.size() - own.size() >= max) {
      return false;
    }
    Spend all = own.stream().reduce(next, InMemoryLedger::both);
    if (!own.contains(all)) {
      spends.removeAll(own);
      spends.add(all);
    }
    return true;
  }

  private static Spend both(Spend one, Spend other) {
    Set<String> actions = new TreeSet<>(one.actions());
    actions.addAll(other.actions());
    return new Spend(one.spender(), one.at().isAfter(other.at()) ? one.at() : other.at(), actions);
  }

  @Override
  public synchronized void giveBack(String limit, Key key) {
    List<Spend> spends = slotsTaken.getOrDefault(limit, new ArrayList<>());
    spends.stream()
        .filter(spend -> spend.spender().equals(key.uid()))
        .forEach(spend -> spend.actions().remove(key.action()));
    spends.removeIf(spend -> spend.spender().equals(key.uid()) && spend.actions().isEmpty());
  }

  @Override
  public synchronized List<SpentBudget> spent(int limit) {
    return bounds.entrySet().stream()
        .map(
            one ->
                new SpentBudget(
                    one.getKey(),
                    one.getValue().max(),
                    one.getValue().window(),
                    budgets.getOrDefault(one.getKey(), List.of()).stream()
                        .map(Spend::at)
                        .sorted()
                        .toList()))
        .filter(one -> !one.at().isEmpty())
        .sorted(Comparator.comparing((SpentBudget one) -> one.at().getLast()).reversed())
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized boolean halted() {
    return halt.filter(Halt::on).isPresent();
  }

  @Override
  public synchronized void changeSwitch(UnaryOperator<Optional<Halt>> change) {
    halt = change.apply(halt);
  }

  @Override
  public synchronized Optional<Halt> killSwitch() {
    return halt;
  }

  @Override
  public synchronized void remember(Containment containment) {
    containments.merge(containment.key(), containment, (before, next) -> next.over(before));
  }

  @Override
  public synchronized void forget(Containment containment) {
    Containment stored = containments.get(containment.key());
    if (stored != null && stored.isForgottenAs(containment)) {
      containments.remove(containment.key());
      settlements.computeIfPresent(
          containment.key(), (key, settled) -> settled.isOfAPerson() ? settled : null);
    }
  }

  @Override
  public synchronized void noteRelease(Key key, Instant since, Instant at) {
    releases.put(key, new Release(since, at));
  }

  @Override
  public synchronized Optional<Release> lastRelease(Key key) {
    return Optional.ofNullable(releases.get(key));
  }

  @Override
  public synchronized Optional<Containment> change(Key key, UnaryOperator<Containment> change) {
    return Optional.ofNullable(
        containments.computeIfPresent(key, (same, before) -> change.apply(before)));
  }

  @Override
  public synchronized List<Containment> live() {
    return List.copyOf(containments.values());
  }

  @Override
  public synchronized Optional<Containment> remembered(Key key) {
    return Optional.ofNullable(containments.get(key));
  }

  @Override
  public synchronized List<Containment> endedBy(Instant now) {
    return containments.values().stream()
        .filter(containment -> !containment.due().isAfter(now))
        .sorted(Comparator.comparing(Containment::due))
        .toList();
  }

  @Override
  public Approvals approvals() {
    return approvals;
  }
}
