package io.cattleguard.respond.ledger;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;

/**
 * An action that was taken and whose effect was not visible yet, as the ledger stores it between
 * two checks.
 *
 * @param alertId of the claim
 * @param since when the action was decided, and its lease started
 * @param taken when it was taken
 * @param state input of the next {@link io.cattleguard.respond.action.Action#verify}
 * @param rooms the places that it holds until it ends
 * @param scoredJson the scored alert, so that the outcome can be reported
 */
public record Unverified(
    String alertId,
    String playbook,
    Instant since,
    Instant until,
    Instant taken,
    ObjectNode state,
    List<String> rooms,
    String scoredJson) {
  /** Copies the list. */
  public Unverified {
    rooms = List.copyOf(rooms);
  }

  /** A copy after another check. */
  public Unverified at(ObjectNode next) {
    return new Unverified(alertId, playbook, since, until, taken, next, rooms, scoredJson);
  }
}
