package io.cattleguard.respond;

import io.cattleguard.respond.ledger.Approval;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.OperatorOrder;
import io.cattleguard.respond.ledger.SpentBudget;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * People's commands to the responders of a deployment: stop and resume them, undo a containment and
 * extend it. It changes the ledger only; the responders read it before each action, and release
 * within a minute.
 */
public final class Operations {
  private final Map<String, Ledger> ledgers;

  /**
   * Takes the ledgers of a deployment, which share one kill switch.
   *
   * @param ledgers by the name of their cluster; the name is empty for an account, and for a
   *     deployment with one cluster
   */
  public Operations(Map<String, ? extends Ledger> ledgers) {
    if (ledgers.isEmpty()) {
      throw new IllegalArgumentException("a deployment has at least one ledger");
    }
    this.ledgers = new TreeMap<>(ledgers);
  }

  /** Maximum time from now to the end of an extended lease. */
  public static final Duration LONGEST_LEASE = Duration.ofDays(7);

  /** The message about an extension that is longer than allowed. */
  public static final String TOO_LONG =
      "an extended lease may end at most "
          + LONGEST_LEASE.toDays()
          + " days from now; extend it again later";

  private static final String BEING_RELEASED =
      "it is being released at this moment; the result will be reported";

  /**
   * Why a lease cannot be extended: a release that is in progress would end it, an extension would
   * delay an undo that another person requested, or the object is not contained any more.
   */
  static Optional<String> notExtendable(Containment containment, Instant now) {
    if (containment.isInTurn(now)) {
      return Optional.of(BEING_RELEASED);
    }
    if (containment.released().isPresent()) {
      return containment
          .released()
          .map(
              one ->
                  "it was released at "
                      + one.at().truncatedTo(ChronoUnit.SECONDS)
                      + "; the result will be reported");
    }
    return containment
        .undo()
        .map(order -> order.by() + " asked for its undo, which is retried until it succeeds")
        .or(
            () ->
                containment
                    .acceptedSince()
                    .map(
                        at ->
                            "its release was accepted at "
                                + at.truncatedTo(ChronoUnit.SECONDS)
                                + " and does not show yet, so it may not be contained any more"));
  }

  /** Whether an extended lease would end too late. */
  public static boolean isTooLate(Instant until, Instant now) {
    return until.isAfter(now.plus(LONGEST_LEASE));
  }

  /**
   * A containment that is in force.
   *
   * @param id as {@link Operations#undo} takes it: {@code blue/isolate-pod/<uid>}
   */
  public record Live(String id, String cluster, Containment containment) {}

  /** Turns the kill switch on: no action is taken and nothing is released. */
  public void stop(OperatorOrder order, Instant now) {
    any()
        .changeSwitch(
            before ->
                Optional.of(
                    new Ledger.Halt(true, order.by(), order.reason(), notBefore(before, now))
                        .knowing(before, Optional.empty())));
  }

  /**
   * Turns the kill switch off, unless another person turns it on at the same time.
   *
   * @return whether it is off
   */
  public boolean resume(OperatorOrder order, Instant now) {
    Optional<Ledger.Halt> seen = killSwitch();
    AtomicBoolean off = new AtomicBoolean();
    any()
        .changeSwitch(
            before -> {
              off.set(before.equals(seen) || before.filter(Ledger.Halt::on).isEmpty());
              return off.get()
                  ? Optional.of(
                      new Ledger.Halt(false, order.by(), order.reason(), notBefore(before, now))
                          .knowing(before, Optional.empty()))
                  : before;
            });
    return off.get();
  }

  /** The time of a state is never before that of the previous state, whatever the clocks say. */
  private static Instant notBefore(Optional<Ledger.Halt> former, Instant now) {
    return former.map(Ledger.Halt::at).filter(at -> at.isAfter(now)).orElse(now);
  }

  /** The latest state of the kill switch; empty if it was never set. */
  public Optional<Ledger.Halt> killSwitch() {
    return any().killSwitch();
  }

  /** The containments that are in force, by cluster. */
  public List<Live> live() {
    List<Live> all = new ArrayList<>();
    ledgers.forEach(
        (cluster, ledger) ->
            ledger.live().forEach(one -> all.add(new Live(id(cluster, one), cluster, one))));
    return all;
  }

  /**
   * The containments that the last {@link #live} could not read, such as those of a newer version.
   * They are in force.
   */
  public List<String> unreadable() {
    return ledgers.values().stream()
        .flatMap(ledger -> ledger.unreadableContainments().stream())
        .toList();
  }

  /** The actions that wait for approval, or that were approved and are under way. */
  public List<Approval> approvals() {
    List<Approval> all = new ArrayList<>();
    ledgers.values().forEach(ledger -> all.addAll(ledger.approvals().open()));
    return all;
  }

  /**
   * A budget that is at least partly used.
   *
   * @param cluster empty for an account, and for a deployment with one cluster
   */
  public record Spent(String cluster, SpentBudget budget) {}

  /** Maximum budgets per cluster that people see. */
  public static final int BUDGETS = 1_000;

  /** The usage of budgets at that time, the most used ones first. */
  public List<Spent> budgets(Instant now) {
    List<Spent> all = new ArrayList<>();
    ledgers.forEach(
        (cluster, ledger) ->
            ledger.spent(BUDGETS).stream()
                .filter(one -> one.used(now) > 0)
                .forEach(one -> all.add(new Spent(cluster, one))));
    all.sort(
        Comparator.comparingDouble((Spent one) -> -share(one.budget(), now))
            .thenComparing(one -> one.budget().budget())
            .thenComparing(Spent::cluster));
    return all;
  }

  private static double share(SpentBudget one, Instant now) {
    return one.max() == 0 ? 0 : (double) one.used(now) / one.max();
  }

  private static String id(String cluster, Containment containment) {
    return Stream.of(cluster, containment.action(), containment.uid())
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining("/"));
  }

  /**
   * Makes a containment due at once. The same action is not taken again on the same object.
   *
   * @return the containment, or empty if none of that id is in force
   */
  public Optional<Live> undo(String id, OperatorOrder order, Instant now) {
    return find(id).flatMap(live -> change(live, one -> one.undoneBy(order, now)));
  }

  /**
   * Extends the lease of a containment.
   *
   * @return the containment with its new lease, or empty if none of that id is in force
   * @throws IllegalArgumentException if it would end too late, is being released, was released or
   *     is to be undone, with the reason
   */
  public Optional<Live> extend(String id, Duration more, Instant now) {
    if (more.compareTo(LONGEST_LEASE) > 0) {
      throw new IllegalArgumentException(TOO_LONG);
    }
    return find(id)
        .flatMap(
            live ->
                change(
                    live,
                    one -> {
                      notExtendable(one, now)
                          .ifPresent(
                              why -> {
                                throw new IllegalArgumentException(why);
                              });
                      Instant until = (one.until().isBefore(now) ? now : one.until()).plus(more);
                      if (isTooLate(until, now)) {
                        throw new IllegalArgumentException(TOO_LONG);
                      }
                      return one.extendedTo(until);
                    }));
  }

  private Optional<Live> find(String id) {
    return live().stream().filter(live -> isNamed(live, id)).findFirst();
  }

  /**
   * Messages name the cluster of a containment, also where there is only one. Its name may contain
   * slashes.
   */
  private static boolean isNamed(Live live, String id) {
    return live.id().equals(id) || (live.cluster().isEmpty() && id.endsWith("/" + live.id()));
  }

  private Optional<Live> change(Live live, UnaryOperator<Containment> change) {
    return ledger(live)
        .change(live.containment().key(), change)
        .map(changed -> new Live(live.id(), live.cluster(), changed));
  }

  private Ledger ledger(Live live) {
    return Objects.requireNonNull(ledgers.get(live.cluster()), live.cluster());
  }

  private Ledger any() {
    return ledgers.values().iterator().next();
  }
}
