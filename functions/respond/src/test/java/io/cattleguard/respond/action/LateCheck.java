package io.cattleguard.respond.action;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.Unverified;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A check that began before the release of its containment, and goes on after it. */
public final class LateCheck {
  private LateCheck() {}

  /**
   * The undo record of such a check.
   *
   * @param changes how often it may change something before the release
   */
  public static UndoRecord of(Ledger ledger, Containment released, int changes) {
    AtomicInteger left = new AtomicInteger(changes);
    Unverified unverified =
        new Unverified(
            "a1",
            released.playbook(),
            released.since(),
            released.until(),
            new Unverified.Taken(released.since(), "", List.of(), List.of()),
            JsonNodeFactory.instance.objectNode(),
            released.scoredJson());
    return UndoRecord.of(
        ledger,
        released.key(),
        unverified,
        () -> {
          if (left.getAndDecrement() <= 0) {
            throw new Unavailable("the containment is being released");
          }
        });
  }
}
