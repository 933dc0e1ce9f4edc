package io.cattleguard.events;

import java.util.Optional;

/** The events of the road; the only place in Java with their names. */
public enum DetailType {
  /** From a sensor: many raw events packed into one entry. */
  RUNTIME_ALERTS("Runtime Alerts"),
  /** From deduplicate: an alert that opened, spread or repeated a problem. */
  ALERT_ACCEPTED("Alert Accepted"),
  /** From score: an accepted alert with its score and reasons. */
  ALERT_SCORED("Alert Scored"),
  /** From respond: what was done about a scored alert, or why nothing was done. */
  RESPONSE_DECIDED("Response Decided"),
  /** From a sensor: it is alive, with its counters. */
  SENSOR_HEARTBEAT("Sensor Heartbeat"),
  /** From a sensor: what workloads did that is new on their node, to learn from. */
  WORKLOAD_OBSERVED("Workload Observed"),
  /** From people: approve, reject, undo, extend, silence, unsilence, stop or resume. */
  OPERATOR_COMMAND("Operator Command"),
  /** From people in Slack: what happened, what is contained, what is silenced. */
  QUESTION_ASKED("Question Asked"),
  /** From route: a destination that people read was sent something that notifies them. */
  PEOPLE_NOTIFIED("People Notified");

  private final String wireName;

  DetailType(String wireName) {
    this.wireName = wireName;
  }

  /** The {@code detail-type} of the EventBridge envelope. */
  public String wireName() {
    return wireName;
  }

  /** The type with that {@code detail-type}, or empty for a foreign event. */
  public static Optional<DetailType> named(String wireName) {
    for (DetailType type : values()) {
      if (type.wireName.equals(wireName)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
