package io.cattleguard.respond.ledger;

import io.cattleguard.events.ResponseOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The record of actions and objects. It ensures that an action happens once per object, stays
 * within its budget and can be undone.
 *
 * <p>Each method throws {@link Unavailable} if the ledger does not answer.
 */
public interface Ledger {

  /**
   * Claims an action on an object for an alert. Of concurrent callers exactly one gets the claim.
   *
   * @param hold how long an unsettled claim excludes others
   */
  Claim claim(Key key, String alertId, Instant now, Duration hold);

  /** Gives back a granted claim with which nothing was done, as if it had never been granted. */
  void withdraw(Key key, String alertId);

  /**
   * Ends the hold of a granted claim whose result is not known, as if the attempt had been killed.
   */
  void expire(Key key, String alertId, Instant now);

  /**
   * Stores the outcome of a granted claim. If another alert has the claim by now, only the answer
   * to the alert of the outcome is stored. A person's release replaces every claim, and no outcome
   * of an action replaces it.
   */
  void settle(Key key, Settlement settlement);

  /** Whether an attempt holds the claim and has not taken its action yet. */
  boolean isActing(Key key, Instant now);

  /**
   * Stores the verification that a granted claim waits for. It excludes others until then. Nothing
   * is stored if the claim was settled meanwhile, as by a person's release, or if another alert has
   * it.
   */
  void suspend(Key key, Unverified unverified, Instant heldUntil);

  /**
   * Begins a check of a verification that was read. Of concurrent checks exactly one begins.
   *
   * @param end until when it keeps others from beginning
   * @return whether the caller may check
   */
  boolean beginCheck(Key key, Unverified read, Instant end, Instant heldUntil);

  /** The verification that a claim waits for, or waited for when its hold ended. */
  Optional<Unverified> suspended(Key key);

  /** Whether a claim waits for a verification, and still excludes others. */
  boolean isBeingVerified(Key key, Instant now);

  /** The settled outcome of an action on an object, for whatever alert it was taken. */
  Optional<Settlement> settled(Key key);

  /** Lets another alert claim a settled action again, if it is still settled in that way. */
  void reopen(Key key, Settlement settlement);

  /**
   * The UID of the object of that name on which the action was claimed last; an alert about an
   * object that is gone has no other key.
   */
  Optional<String> claimedByName(String action, String name);

  /** Stores under which name an object is claimed. */
  void nameClaim(Key key, String name, Instant now);

  /**
   * The settled outcome of that alert's action. A redelivered alert gets the same outcome, even if
   * its pod no longer exists. Completes a settlement that was interrupted, so that other alerts see
   * it too.
   */
  Optional<Answer> answered(String alertId, String action);

  /**
   * The UID of the object of a granted claim that was never settled, because the attempt was
   * interrupted. Empty if another alert has the claim now.
   */
  Optional<String> begun(String alertId, String action);

  /**
   * The number of other spenders that each budget has had since then, read at once.
   *
   * @return by budget, with every budget that was asked for
   */
  Map<String, Integer> spentByOthers(Collection<Spent> budgets);

  /**
   * Takes one action from a budget if others have left one. The same spender is counted once, from
   * its latest action on: an earlier attempt may have spent without acting, or long before.
   *
   * @return whether the spender may act
   */
  boolean spend(String budget, String spender, Instant now, Duration window, int max);

  /**
   * Marks that something was done, such as that people were notified. It counts like {@link
   * #spend}, and is not listed as a budget.
   *
   * @return whether others did it less often than that within the window
   */
  boolean mark(String what, String by, Instant now, Duration window, int max);

  /** Whether anyone marked it after that time. */
  boolean isMarked(String what, Instant since);

  /**
   * Takes a slot of a concurrency limit for an object. All actions on one object share its slot.
   *
   * @param key the action that needs the slot
   * @param slots how many the limit has
   * @return whether other objects left at least one, or the object had one
   */
  boolean takeSlot(String limit, Key key, Instant now, Duration window, int slots);

  /**
   * Gives a slot back: the action has ended or was never started. The slot is free when no other
   * action on the object needs it.
   */
  void giveBack(String limit, Key key);

  /**
   * The usage of budgets, the most recently used ones first. It reads no other items.
   *
   * @param limit maximum number
   */
  List<SpentBudget> spent(int limit);

  /** Whether the kill switch is on. */
  boolean halted();

  /** Turns the kill switch on or off, whatever its state. */
  default void halt(Halt halt) {
    changeSwitch(before -> Optional.of(halt));
  }

  /**
   * Changes the kill switch. Of concurrent changes none is lost: the change is computed again from
   * the state that another writer has stored in between.
   */
  void changeSwitch(UnaryOperator<Optional<Halt>> change);

  /** The latest state of the kill switch; empty if it was never set. */
  Optional<Halt> killSwitch();

  /**
   * Stores a containment before it is made, so that it can be undone. A person's order to undo the
   * previous one stays in force, and so does its extended lease.
   */
  void remember(Containment containment);

  /** The stored containment, if there is one. */
  Optional<Containment> remembered(Key key);

  /**
   * Changes a stored containment, if it is still stored. Of concurrent changes none is lost.
   *
   * @return the stored containment after the change
   */
  Optional<Containment> change(Key key, UnaryOperator<Containment> change);

  /** The stored containments, without those that cannot be read. */
  List<Containment> live();

  /**
   * Deletes a containment that was undone, so that the object can be contained again. One that was
   * made again since stays, and so does the claim of an attempt that makes it again. One whose
   * release a person has asked for since stays as well, and is released once more. A person's
   * release stays settled.
   */
  void forget(Containment containment);

  /**
   * Notes when a release begins.
   *
   * @param since of the released containment
   */
  void noteRelease(Key key, Instant since, Instant at);

  /** The latest release of an object, if there was one in the last 30 days. */
  Optional<Release> lastRelease(Key key);

  /**
   * The containments that are {@link Containment#due due} at that time, without unreadable ones.
   * Reads an index of the live ones, not the history.
   */
  List<Containment> endedBy(Instant now);

  /** The keys of containments that this version cannot read. They stay in the ledger. */
  default List<String> unreadableContainments() {
    return List.of();
  }

  /** The questions to people whether an action may be taken. */
  Approvals approvals();

  /**
   * The kill switch.
   *
   * @param by who set it, with the reason
   * @param commands the ids of the latest commands about it, so that none is carried out twice
   * @param ignored the ids of the latest ones that changed nothing, so that none does later
   */
  record Halt(
      boolean on,
      String by,
      String reason,
      Instant at,
      List<String> commands,
      List<String> ignored) {
    private static final int COMMANDS = 20;

    /** Copies the lists. */
    public Halt {
      commands = List.copyOf(commands);
      ignored = List.copyOf(ignored);
    }

    /** A state that was set without a command. */
    public Halt(boolean on, String by, String reason, Instant at) {
      this(on, by, reason, at, List.of(), List.of());
    }

    /** The initial state. */
    public static Halt never() {
      return new Halt(false, "nobody", "", Instant.EPOCH);
    }

    /** A copy that remembers the commands of an earlier state, and one that was carried out. */
    public Halt knowing(Optional<Halt> earlier, Optional<String> command) {
      return new Halt(
          on,
          by,
          reason,
          at,
          latest(earlier.map(Halt::commands).orElse(List.of()), command),
          earlier.map(Halt::ignored).orElse(List.of()));
    }

    /** A copy that remembers a command which changed nothing. */
    public Halt ignoring(String command) {
      return new Halt(on, by, reason, at, commands, latest(ignored, Optional.of(command)));
    }

    private static List<String> latest(List<String> some, Optional<String> one) {
      List<String> all = new ArrayList<>(some);
      one.ifPresent(all::add);
      return all.subList(Math.max(0, all.size() - COMMANDS), all.size());
    }
  }

  /** A query for the other objects that used a budget since then. */
  record Spent(String budget, String spender, Instant since) {}

  /**
   * A release that has begun.
   *
   * @param since of the released containment
   */
  record Release(Instant since, Instant at) {}

  /** One action on one object, for any alert. */
  record Key(String action, String uid) {}

  /** The outcome of an action on the object with that UID. */
  record Answer(String uid, Settlement settlement) {}

  /** The result of a claim. */
  sealed interface Claim {
    /**
     * The caller has the claim.
     *
     * @param again whether an earlier holder did not settle it, so that the action may already have
     *     been taken
     */
    record Granted(boolean again) implements Claim {}

    /** The action is settled. */
    record Settled(Settlement settlement) implements Claim {}

    /** Another attempt holds the claim. */
    record Held(String alertId, Instant until) implements Claim {}
  }

  /**
   * The outcome of an action. Another alert may claim a failed or refused action again.
   *
   * @param leaseUntil when the lease expires, for an action that can be undone
   */
  record Settlement(
      String alertId,
      ResponseOutcome outcome,
      String explanation,
      Instant at,
      Optional<Instant> leaseUntil) {

    /** Whether the action was taken, so that it answers other alerts about the object. */
    public boolean isInEffect() {
      return outcome == ResponseOutcome.TAKEN || outcome == ResponseOutcome.REQUESTED;
    }

    /**
     * Whether a late settlement does not replace this one: another alert took the claim over and
     * settled it before, or a person undid the action while an attempt of it was still running.
     */
    boolean staysBefore(Settlement late) {
      return !late.isOfAPerson()
          && (isOfAPerson() || (!alertId.equals(late.alertId) && at.isAfter(late.at)));
    }

    /** Whether a person asked for it. Only a person's undo is settled as released. */
    public boolean isOfAPerson() {
      return outcome == ResponseOutcome.RELEASED;
    }

    /** Whether that alert may claim the settled action again. */
    boolean maybeRetriedBy(String otherAlertId) {
      return (outcome == ResponseOutcome.FAILED || outcome == ResponseOutcome.REFUSED)
          && !alertId.equals(otherAlertId);
    }
  }
}
