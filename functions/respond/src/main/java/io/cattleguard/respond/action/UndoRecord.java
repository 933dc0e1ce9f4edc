package io.cattleguard.respond.action;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.Unverified;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The ledger entry in which one action stores the state before it. */
public final class UndoRecord {
  private final Ledger ledger;
  private final Ledger.Key key;
  private final String playbook;
  private final Instant since;
  private final Instant until;
  private final String scoredJson;
  private final Runnable beforeChange;
  private boolean stored;
  private boolean unstored;

  private UndoRecord(
      Ledger ledger,
      Ledger.Key key,
      String playbook,
      Instant since,
      Instant until,
      String scoredJson,
      Runnable beforeChange) {
    this.ledger = ledger;
    this.key = key;
    this.playbook = playbook;
    this.since = since;
    this.until = until;
    this.scoredJson = scoredJson;
    this.beforeChange = beforeChange;
  }

  /** Creates the entry of an action that starts now. */
  public static UndoRecord of(
      Ledger ledger,
      Ledger.Key key,
      String playbook,
      Instant since,
      Instant until,
      ScoredAlert scored) {
    return new UndoRecord(
        ledger, key, playbook, since, until, AlertJson.write(scored).toString(), () -> {});
  }

  /**
   * Creates the entry of an action that was taken and is being verified.
   *
   * @param beforeChange run right before each change; throws {@link Unavailable} if the change must
   *     not be made now
   */
  public static UndoRecord of(
      Ledger ledger, Ledger.Key key, Unverified unverified, Runnable beforeChange) {
    return new UndoRecord(
        ledger,
        key,
        unverified.playbook(),
        unverified.since(),
        unverified.until(),
        unverified.scoredJson(),
        beforeChange);
  }

  /** Creates the entry of an action that started before, with its original lease. */
  public static UndoRecord resumed(Ledger ledger, Containment containment) {
    return new UndoRecord(
        ledger,
        containment.key(),
        containment.playbook(),
        containment.since(),
        containment.until(),
        containment.scoredJson(),
        () -> {});
  }

  /** When the lease expires. */
  public Instant until() {
    return until;
  }

  /** When the action was decided. */
  public Instant since() {
    return since;
  }

  /** The scored alert of the action. */
  public String scoredJson() {
    return scoredJson;
  }

  /** The stored state before the action, if there is one. */
  public Optional<JsonNode> remembered() {
    return ledger.remembered(key).map(Containment::subject);
  }

  /**
   * Called right before each change, because a check may last longer than its containment: nothing
   * would undo a change that comes after the release.
   *
   * @throws Unavailable if the change must not be made now
   */
  public void checkMayChange() {
    beforeChange.run();
  }

  /** Stores the state before the action, replacing an earlier one. The lease starts with it. */
  public void remember(Subject before) {
    checkMayChange();
    try {
      ledger.remember(
          new Containment(
              key.action(), key.uid(), before.toJson(), playbook, since, until, scoredJson));
      stored = true;
    } catch (Unavailable e) {
      unstored = !stored && remembered().isEmpty();
      throw e;
    }
  }

  /**
   * Whether the ledger did not take the state before the action, and has none of an earlier
   * attempt: then nothing was changed.
   */
  public boolean isUnstored() {
    return unstored;
  }

  /** Whether an earlier containment of the object was released after that time. */
  public boolean isReleasedAfter(Instant time) {
    return ledger.lastRelease(key).map(Ledger.Release::at).filter(time::isBefore).isPresent();
  }

  /** Whether a containment with that effect was released after that time. */
  public boolean isReleasedAfter(String sharedEffect, Instant time) {
    return ledger
        .lastRelease(new Ledger.Key(key.action(), sharedEffect))
        .map(Ledger.Release::at)
        .filter(time::isBefore)
        .isPresent();
  }

  /** Stores that the effect was seen in place, so that its absence later means an undoing. */
  public void seen() {
    try {
      ledger.change(key, containment -> containment.seen(Containment.Effect.SEEN));
    } catch (Unavailable e) {
      // If this fails, a missing effect does not count as undone, and the action is repeated.
      return;
    }
  }

  /**
   * Changes the stored state, if this action stored it last. The lease stays, and so does a
   * person's order.
   */
  public void amend(UnaryOperator<JsonNode> change) {
    ledger.change(
        key,
        containment ->
            containment.since().equals(since)
                ? containment.about(change.apply(containment.subject()))
                : containment);
  }

  /**
   * Deletes the stored state: nothing was contained or the object is gone, so there is nothing to
   * undo. A person's order stays in force: the release ends it and records it. The state of a later
   * action on the object stays as well.
   */
  public void forget() {
    ledger
        .remembered(key)
        .filter(one -> one.undo().isEmpty())
        .filter(one -> !one.since().isAfter(since))
        .ifPresent(ledger::forget);
  }
}
