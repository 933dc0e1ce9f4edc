package io.cattleguard.route;

import io.cattleguard.events.DetailType;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;

/** What there is to tell: that an alert was scored, or what became of a response to it. */
public sealed interface Notice {

  /** An alert that was scored. */
  record Scored(ScoredAlert scored) implements Notice {
    @Override
    public String id() {
      return scored.id();
    }

    @Override
    public DetailType kind() {
      return DetailType.ALERT_SCORED;
    }
  }

  /** What became of a response. */
  record Decided(ResponseDecided decided) implements Notice {
    @Override
    public String id() {
      return decided.id();
    }

    @Override
    public ScoredAlert scored() {
      return decided.scored();
    }

    @Override
    public DetailType kind() {
      return DetailType.RESPONSE_DECIDED;
    }
  }

  /** Deterministic: the id of the event that it came by. */
  String id();

  /** The alert that it is about. */
  ScoredAlert scored();

  /** The event that it came by. */
  DetailType kind();
}
