package io.cattleguard.route;

import java.time.Duration;

/** Waits, so that tests need not. */
@FunctionalInterface
public interface Pause {

  /** Waits that long. */
  void during(Duration duration);
}
