package io.cattleguard.score;

import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Points;
import java.util.Optional;

/** One reason that raises or lowers the score. */
@FunctionalInterface
public interface Signal {
  /** Returns points and the reason that people see, or empty if the signal does not apply. */
  Optional<Points> weigh(AcceptedAlert accepted, HistoryFacts history);
}
