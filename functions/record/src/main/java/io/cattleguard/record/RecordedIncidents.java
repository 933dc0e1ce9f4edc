package io.cattleguard.record;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The records of incidents, for readers. */
public interface RecordedIncidents {
  /** Maximum incidents in a list. */
  int LIMIT = 500;

  /** The record of that incident. */
  Optional<IncidentRecord> find(String id);

  /**
   * The incidents in which something happened since then, the latest first.
   *
   * @param since the earliest activity
   * @param limit maximum number
   */
  List<IncidentSummary> latest(Instant since, int limit);

  /**
   * The incidents that still hold something, whenever that was: a containment with a lease, a
   * release that fails, or a question to people.
   */
  List<IncidentSummary> holding(int limit);
}
