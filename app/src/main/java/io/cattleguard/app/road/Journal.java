package io.cattleguard.app.road;

import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.route.Attempt;
import io.cattleguard.sources.parsing.Reading;
import java.util.List;

/** Receives the result of every step, in order. */
public interface Journal {
  /** An event was read, ignored or found unreadable. */
  void read(Reading reading);

  /** An unreadable event, and the verdict on the health alert that reports it. */
  default void unreadable(String raw, String reason, Verdict healthAlert) {}

  /** Deduplicate returned a verdict. */
  void judged(Verdict verdict);

  /** An accepted alert was scored. */
  void scored(ScoredAlert scored);

  /** An alert reached route, whether or not any destination gets it. */
  default void routed(ScoredAlert scored) {}

  /** An outcome reached route, whether or not any destination gets it. */
  default void routed(ResponseDecided decided) {}

  /** Deliveries about an alert or a response were attempted. */
  void told(List<Attempt> attempts);

  /** A step of a playbook was decided. */
  void responded(ResponseDecided decided);

  /**
   * An outcome that came after its alert was answered: an effect was verified, an action was
   * possible at last, or a containment ended.
   */
  default void respondedLater(ResponseDecided decided) {}

  /** A person's command changed nothing. */
  default void ignored(OperatorCommand command, String reason) {}

  /**
   * All steps of all matching playbooks were decided for an alert.
   *
   * @param answers the outcomes that are known now
   * @param applies whether a step applies, also if its outcome comes later
   */
  default void answered(ScoredAlert scored, List<ResponseDecided> answers, boolean applies) {}
}
