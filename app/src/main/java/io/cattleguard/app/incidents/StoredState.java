package io.cattleguard.app.incidents;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.record.RecordedIncidents;
import java.util.List;

/** The stored state that the commands about incidents read. */
interface StoredState {
  /** The records of the deployment. */
  RecordedIncidents incidents();

  /**
   * What is contained now, as {@code containments --json} prints it; empty if it cannot be read,
   * because a person may be allowed to read the incidents only.
   */
  List<ObjectNode> containments();

  /**
   * Why containment is off, in sentences: the kill switch is on, or a silence hides alerts from
   * responders. Empty if it cannot be read.
   */
  List<String> containmentIsOff();
}
