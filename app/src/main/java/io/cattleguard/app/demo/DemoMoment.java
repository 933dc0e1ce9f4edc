package io.cattleguard.app.demo;

import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.route.Attempt;
import java.time.Duration;
import java.util.List;

/** Something that happened to an event on the road. */
sealed interface DemoMoment {
  /** Since the event came in, as measured. */
  Duration after();

  /** Deduplicate judged it. */
  record Judged(Duration after, Verdict verdict) implements DemoMoment {}

  /** Score scored it. */
  record Scored(Duration after, ScoredAlert scored) implements DemoMoment {}

  /** Route told somebody. */
  record Told(Duration after, List<Attempt> attempts) implements DemoMoment {
    /** Copies the list. */
    public Told {
      attempts = List.copyOf(attempts);
    }
  }

  /** Respond answered it. */
  record Responded(Duration after, ResponseDecided decided) implements DemoMoment {}
}
