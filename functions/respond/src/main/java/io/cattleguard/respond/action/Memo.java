package io.cattleguard.respond.action;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.Ledger.Containment;
import java.time.Instant;
import java.util.Optional;

/** The page of the ledger on which one action writes down what was there before it. */
public final class Memo {
  private final Ledger ledger;
  private final Ledger.Key key;
  private final String playbook;
  private final Instant since;
  private final Instant until;
  private final String scoredJson;

  private Memo(
      Ledger ledger,
      Ledger.Key key,
      String playbook,
      Instant since,
      Instant until,
      String scoredJson) {
    this.ledger = ledger;
    this.key = key;
    this.playbook = playbook;
    this.since = since;
    this.until = until;
    this.scoredJson = scoredJson;
  }

  /** Of an action that begins now. */
  public static Memo of(
      Ledger ledger,
      Ledger.Key key,
      String playbook,
      Instant since,
      Instant until,
      ScoredAlert scored) {
    return new Memo(ledger, key, playbook, since, until, AlertJson.write(scored).toString());
  }

  /** Of an action that began before, with the lease that it has. */
  public static Memo resumed(Ledger ledger, Containment containment) {
    return new Memo(
        ledger,
        containment.key(),
        containment.playbook(),
        containment.since(),
        containment.until(),
        containment.scoredJson());
  }

  /** When the lease ends of what is remembered here. */
  public Instant until() {
    return until;
  }

  /** What was there before, where it was written down and not forgotten since. */
  public Optional<JsonNode> remembered() {
    return ledger.remembered(key).map(Containment::subject);
  }

  /** Writes down what is there, over what was written before; the lease begins with it. */
  public void remember(Subject before) {
    ledger.remember(
        new Containment(
            key.action(), key.uid(), before.toJson(), playbook, since, until, scoredJson));
  }

  /** Nothing was contained, or it is gone: nothing is left to undo. */
  public void forget() {
    ledger.remembered(key).ifPresent(ledger::forget);
  }
}
