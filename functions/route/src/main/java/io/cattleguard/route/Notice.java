package io.cattleguard.route;

import io.cattleguard.events.DetailType;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.operator.OperatorCommand;

/** A message for a destination. */
public sealed interface Notice {

  /** About an alert: the alert itself, or the outcome of a response to it. */
  sealed interface About extends Notice {
    /** The alert. */
    ScoredAlert scored();
  }

  /** A scored alert. */
  record Scored(ScoredAlert scored) implements About {
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
  record Decided(ResponseDecided decided) implements About {
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

  /** A person's command for the whole deployment; destinations that people read receive it. */
  record Commanded(OperatorCommand command) implements Notice {
    @Override
    public String id() {
      return command.id();
    }

    @Override
    public DetailType kind() {
      return DetailType.OPERATOR_COMMAND;
    }
  }

  /** The id of the notice's event. Deterministic. */
  String id();

  /** The type of the notice's event. */
  DetailType kind();
}
