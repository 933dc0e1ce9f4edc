package io.cattleguard.local;

import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.events.Reading;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.route.Attempt;
import java.util.List;

/** Hears of everything that happens on the road, in order. */
interface Journal {
  /** An event was read, or could not be. */
  default void read(Reading reading) {}

  /** An alert was judged. */
  default void judged(Verdict verdict) {}

  /** An accepted alert was scored. */
  default void scored(ScoredAlert scored) {}

  /** People and systems were told of it. */
  default void told(ScoredAlert scored, List<Attempt> attempts) {}

  /** A playbook answered it. */
  default void responded(ResponseDecided decided) {}
}
