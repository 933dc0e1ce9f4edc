package io.cattleguard.events;

import io.cattleguard.events.text.WireName;
import java.util.Optional;

/** The outcome of a response. */
public enum ResponseOutcome implements WireName {
  /** Action taken, and its effect was seen. */
  TAKEN,
  /** Action taken, but its effect cannot be seen: it depends on a part that may not enforce it. */
  REQUESTED,
  /** No action taken: the playbook only observes, or the alert is stale or replayed. */
  OBSERVED,
  /** No action taken, because at least one guard objected. */
  REFUSED,
  /** Waits for a person's approval. */
  AWAITING_APPROVAL,
  /** Attempted, but not verified. */
  FAILED,
  /** Undone, at the end of the lease or by a person. */
  RELEASED,
  /** The lease of a containment was extended: the attack continues, or a person asked for it. */
  EXTENDED;

  private final String jsonName = WireName.of(this);

  /** The name on the wire: {@code taken}, {@code awaiting-approval}, and so on. */
  @Override
  public String jsonName() {
    return jsonName;
  }

  /** The outcome with that wire name, or empty. */
  public static Optional<ResponseOutcome> named(String jsonName) {
    return WireName.find(values(), jsonName);
  }
}
