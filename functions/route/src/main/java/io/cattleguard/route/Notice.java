package io.cattleguard.route;

import io.cattleguard.events.DetailType;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;

/** A message for a destination: a scored alert or the outcome of a response to it. */
public sealed interface Notice {

  /** A scored alert. */
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

  /** The outcome of a response. */
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

  /** The id of the notice's event. Deterministic. */
  String id();

  /** The alert that the notice is about. */
  ScoredAlert scored();

  /** The type of the notice's event. */
  DetailType kind();
}
