package io.cattleguard.route.slack;

import java.time.Duration;

/** Waits, so that tests need not. */
@FunctionalInterface
interface Pause {

  /** Waits that long. */
  void during(Duration duration);
}
