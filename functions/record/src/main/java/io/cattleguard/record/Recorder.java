package io.cattleguard.record;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The step record: merges each event into the records of its incidents. */
public final class Recorder {
  /** The source of commands that a process of this deployment verified. */
  public static final String OPERATOR = "cattleguard.operator";

  private final Incidents incidents;

  /** Uses the store of the records. */
  public Recorder(Incidents incidents) {
    this.incidents = incidents;
  }

  /**
   * Records an event. Recording it again changes nothing.
   *
   * @param source of its envelope
   * @return false if it is not about an incident
   */
  public boolean record(JsonNode detail, String source) {
    return record(detail, source, Optional.empty());
  }

  /**
   * Records an event that came over a bus which is open to more writers than this deployment.
   *
   * @param source of its envelope
   * @param receivedAt of its envelope
   * @return false if it is not about an incident
   */
  public boolean record(JsonNode detail, String source, Optional<Instant> receivedAt) {
    List<IncidentRecord> additions = Projection.of(detail, source, receivedAt, incidents);
    additions.forEach(incidents::merge);
    return !additions.isEmpty();
  }
}
