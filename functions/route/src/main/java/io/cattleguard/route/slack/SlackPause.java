package io.cattleguard.route.slack;

import io.cattleguard.route.Pause;
import java.time.Duration;

/** Really waits; what paces a channel. */
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
