package io.cattleguard.route.slack;

import java.time.Duration;

/** Waits; replaced in tests. */
@FunctionalInterface
interface Pause {

  /** Waits for that duration. */
  void during(Duration duration);
}
