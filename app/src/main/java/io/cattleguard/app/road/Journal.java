package io.cattleguard.app.road;

import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.route.Attempt;
import io.cattleguard.sources.parsing.Reading;
import java.util.List;

/** Hears of everything that happens on the road, in order. */
public interface Journal {
  /** An event was read, or could not be. */
  void read(Reading reading);

  /** An unreadable event, and the verdict on the health alert that reports it. */
  default void unreadable(String raw, String reason, Verdict healthAlert) {}

  /** An alert was judged. */
  void judged(Verdict verdict);

  /** An accepted alert was scored. */
  void scored(ScoredAlert scored);

  /** People and systems were told, of an alert or of what became of a response. */
  void told(List<Attempt> attempts);

  /** A playbook answered it. */
  void responded(ResponseDecided decided);

  /** Every playbook that has something to say to an alert has said it. */
  default void answered(ScoredAlert scored, List<ResponseDecided> answers) {}
}
