package io.cattleguard.app.road;

import java.time.Instant;
import java.time.InstantSource;

/** A clock for replays: its time is that of the current event. */
public final class EventClock implements InstantSource {
  private Instant now = Instant.EPOCH;

  @Override
  public Instant instant() {
    return now;
  }

  /** Sets the time; it may go backwards, because recordings may be out of order. */
  public void moveTo(Instant instant) {
    now = instant;
  }
}
