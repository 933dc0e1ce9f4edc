package io.cattleguard.respond.action;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.Unverified;
import java.util.List;

/** A check that began before the release of its containment, and goes on after it. */
public final class LateCheck {
  private LateCheck() {}

  /** The undo record of such a check: it must not change anything any more. */
  public static UndoRecord of(Ledger ledger, Containment released) {
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
          throw new Unavailable("the containment is being released");
        });
  }
}
