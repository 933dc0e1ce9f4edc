package io.cattleguard.route.slack;

import java.time.Duration;

/** Waits with a real sleep, to pace a channel. */
final class SlackPause implements Pause {
  @Override
  public void during(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while pacing Slack", e);
    }
  }
}
