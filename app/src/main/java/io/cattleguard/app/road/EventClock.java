package io.cattleguard.app.road;

import java.time.Instant;
import java.time.InstantSource;

/** The time of the latest event: what a replay takes for now. */
public final class EventClock implements InstantSource {
  private Instant now = Instant.EPOCH;

  @Override
  public Instant instant() {
    return now;
  }

  /** Moves to an event's time, also back: a recording need not be in order. */
  public void moveTo(Instant instant) {
    now = instant;
  }
}
