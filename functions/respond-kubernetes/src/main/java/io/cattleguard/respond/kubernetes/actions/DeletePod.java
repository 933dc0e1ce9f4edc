package io.cattleguard.respond.kubernetes.actions;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/** Looks whether an action has shown its effect; success is seen, never assumed. */
final class Verification {
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 1_000;

  private final Cluster cluster;
  private final InstantSource clock;
  private final Responder.Pause pause;
  private final Duration deadline;

  Verification(Cluster cluster, InstantSource clock, Responder.Pause pause, Duration deadline) {
    this.cluster = cluster;
    this.clock = clock;
    this.pause = pause;
    this.deadline = deadline;
  }

  /** What was seen. */
  record Finding(boolean confirmed, String inWords) {}

  /** Looks again and again until it is so, or time is up. */
  interface Look {
    Finding untilDeadline();
  }

  /**
   * That UID is gone and its controller has a ready pod that was not there before.
   *
   * @param before the controller's other pods, as they were before the deletion
   */
  Look deleted(Pod pod, Set<String> before) {
    return () -> {
      Instant started = clock.instant();
      boolean gone = false;
      for (long wait = FIRST_PAUSE_MILLIS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MILLIS)) {
        gone = gone || isGone(pod);
        if (gone) {
          Optional<Pod> replacement = cluster.readyReplacement(pod, before);
          if (replacement.isPresent()) {
            return new Finding(
                true,
                "deleted; "
                    + replacement.get().name()
                    + " is ready in its place after "
                    + since(started));
          }
        }
        if (isOver(started)) {
          return new Finding(
              false,
              gone
                  ? "deleted, but no replacement was ready after " + since(started)
                  : "asked to delete it, but it was still there after " + since(started));
        }
        pause.millis(wait);
      }
    };
  }

  /** The label and the policy are in force; says what may get through all the same. */
  Look isolated(Pod pod) {
    return () -> {
      Instant started = clock.instant();
      for (long wait = FIRST_PAUSE_MILLIS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MILLIS)) {
        Cluster.Isolation isolation = cluster.isolation(pod);
        if (isolation.inForce()) {
          return isolation.caveats().isEmpty()
              ? new Finding(true, "cut off the network; connections made before may persist")
              : new Finding(
                  false, "isolation is incomplete: " + String.join("; ", isolation.caveats()));
        }
        if (isOver(started)) {
          return new Finding(false, "the isolation was not in force after " + since(started));
        }
        pause.millis(wait);
      }
    };
  }

  private boolean isGone(Pod pod) {
    return cluster
        .pod(pod.namespace(), pod.name())
        .filter(now -> now.uid().equals(pod.uid()))
        .isEmpty();
  }

  private boolean isOver(Instant started) {
    return Duration.between(started, clock.instant()).compareTo(deadline) >= 0;
  }

  private String since(Instant started) {
    return Duration.between(started, clock.instant()).toMillis() + " ms";
  }
}
