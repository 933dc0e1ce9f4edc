package io.cattleguard.local;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;

/**
 * Plays the demonstration's intrusion to nobody before a server listens: a machine that has never
 * contained anything takes a second for its first alert, and that may be the one that matters.
 */
final class UpRehearsal {
  private static final int TIMES = 8;

  private UpRehearsal() {}

  /** Plays it on a simulated cluster, with a policy that is not changed by it. */
  static void play(Policy policy, Path patterns, InstantSource clock) {
    DemoStory story = DemoStory.read();
    for (int i = 0; i < TIMES; i++) {
      DemoStage stage = new DemoStage(story, clock, Duration.ZERO);
      DemoPlay play = new DemoPlay(story, stage, DemoCommand.enforcing(policy), patterns, clock);
      for (DemoStory.Act act : story.acts()) {
        act.attack().ifPresent(play::attack);
      }
    }
  }
}
