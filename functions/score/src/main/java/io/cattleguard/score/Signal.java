package io.cattleguard.score;

import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Points;
import java.util.Optional;

/** One reason why an alert matters, or matters less. */
@FunctionalInterface
public interface Signal {
  /** Its share of the score with the reason for people, or empty where it has nothing to say. */
  Optional<Points> weigh(AcceptedAlert accepted, HistoryFacts history);
}
