package io.cattleguard.respond.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.action.Action;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What was done to whom: so that one action happens once on one object, within its budget, and can
 * be undone.
 *
 * <p>Each method throws {@link Unavailable} where the ledger does not answer.
 */
public interface Ledger {

  /**
   * Takes an action on an object for an alert. Conditional: of any number that try, one gets it.
   *
   * @param hold how long the claim keeps others away while it is not settled
   */
  Claim claim(Key key, String alertId, Instant now, Duration hold);

  /** Writes down what a granted claim came to. */
  void settle(Key key, Settlement settlement);

  /**
   * What that alert's action came to, where it was settled: an alert that is delivered again, when
   * its pod is long gone, is told the same.
   */
  Optional<Answer> answered(String alertId, String action);

  /**
   * The UID of the object that an alert was granted an action on, where what came of it was never
   * settled: the attempt was interrupted.
   */
  Optional<String> begun(String alertId, String action);

  /** How many actions were spent from a budget since then. */
  int spent(String budget, Instant since);

  /**
   * Takes one action from a budget, if it has one left; the same spender takes it once.
   *
   * @return whether it may act
   */
  boolean spend(String budget, String spender, Instant now, Duration window, int max);

  /** Gives one action back to a budget: it is over, or was never begun. */
  void giveBack(String budget, String spender);

  /** Whether somebody has thrown the kill switch. */
  boolean halted();

  /** Throws the kill switch, or takes it back. */
  void halt(boolean halted);

  /** Remembers a containment before it is made, so that it can be undone. */
  void remember(Containment containment);

  /** What was remembered of a containment and not forgotten since. */
  Optional<Containment> remembered(Key key);

  /** Forgets a containment that was undone, so that the object can be contained anew. */
  void forget(Containment containment);

  /** The containments whose lease has ended by then. */
  List<Containment> endedBy(Instant now);

  /** One action on one object, whichever alert asks for it. */
  record Key(String action, String uid) {}

  /** What an action came to, on the object with that UID. */
  record Answer(String uid, Settlement settlement) {}

  /** What became of a try to take an action. */
  sealed interface Claim {
    /**
     * It is yours.
     *
     * @param again whether somebody held it before and did not settle: look first
     */
    record Granted(boolean again) implements Claim {}

    /** It was done. */
    record Settled(Settlement settlement) implements Claim {}

    /** Somebody is at it. */
    record Held(String alertId, Instant until) implements Claim {}
  }

  /**
   * What an action came to. One that failed or was refused may be claimed again by another alert.
   *
   * @param leaseUntil when it ends by itself, for what can be undone
   */
  record Settlement(
      String alertId,
      ResponseOutcome outcome,
      String explanation,
      Instant at,
      Optional<Instant> leaseUntil) {

    /** Whether that alert may have the action although it is settled. */
    boolean maybeRetriedBy(String otherAlertId) {
      return (outcome == ResponseOutcome.FAILED || outcome == ResponseOutcome.REFUSED)
          && !alertId.equals(otherAlertId);
    }
  }

  /**
   * An object that is contained.
   *
   * @param action that contained it; empty for what was written before actions had a say, which its
   *     action knows by {@link Action#undoes}
   * @param subject as it was before, as its action wrote it
   * @param scoredJson the scored alert it answers, to tell the same thread of its release
   */
  record Containment(
      String action,
      String uid,
      JsonNode subject,
      String playbook,
      Instant since,
      Instant until,
      String scoredJson) {
    /** The same, of the action that knows it. */
    public Containment by(String name) {
      return new Containment(name, uid, subject, playbook, since, until, scoredJson);
    }

    /** What the ledger knows it by. */
    public Key key() {
      return new Key(action, uid);
    }
  }
}
