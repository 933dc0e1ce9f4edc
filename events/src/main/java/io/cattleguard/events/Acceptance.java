package io.cattleguard.events;

import io.cattleguard.events.text.WireName;
import java.util.Optional;

/** Why deduplicate published an alert. */
public enum Acceptance implements WireName {
  /** The first alert of a problem. */
  OPENED,
  /** A known problem on a new object. */
  SPREAD,
  /**
   * A known problem on a known object: its 10th, 100th, … alert, or the first one after a quiet
   * time.
   */
  REPEATED,
  /** A known problem whose alert is more severe than every published one. */
  ESCALATED,
  /**
   * A known problem on a known object that continues, or that is now as grave on this object as on
   * another. For responders only; people are not notified.
   */
  CONTINUING;

  private final String jsonName = WireName.of(this);

  /** The name on the wire. */
  @Override
  public String jsonName() {
    return jsonName;
  }

  /** The acceptance with that wire name, or empty. */
  public static Optional<Acceptance> named(String jsonName) {
    return WireName.find(values(), jsonName);
  }
}
