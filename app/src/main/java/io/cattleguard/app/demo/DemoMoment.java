package io.cattleguard.app.demo;

import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.route.Attempt;
import java.time.Duration;
import java.util.List;

/** The result of one step for one event. */
sealed interface DemoMoment {
  /** The measured time since the event arrived. */
  Duration after();

  /** Deduplicate returned a verdict. */
  record Judged(Duration after, Verdict verdict) implements DemoMoment {}

  /** Score returned a score. */
  record Scored(Duration after, ScoredAlert scored) implements DemoMoment {}

  /** Route sent deliveries. */
  record Told(Duration after, List<Attempt> attempts) implements DemoMoment {
    /** Copies the list. */
    public Told {
      attempts = List.copyOf(attempts);
    }
  }

  /** Respond decided a step of a playbook. */
  record Responded(Duration after, ResponseDecided decided) implements DemoMoment {}
}
