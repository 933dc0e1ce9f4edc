package io.cattleguard.record;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The records of incidents, for readers. */
public interface RecordedIncidents {
  /** Maximum incidents in a list. */
  int LIMIT = 500;

  /** What people may write in place of an id of 32 digits. */
  Pattern START_OF_ID = Pattern.compile("[0-9a-f]{6,31}");

  /** The record of that incident. */
  Optional<IncidentRecord> find(String id);

  /**
   * The record of that incident, or of the only recent or holding one whose id begins with that.
   * People copy the first digits, which the log of {@code up} shows.
   */
  default Optional<IncidentRecord> named(String id) {
    Optional<IncidentRecord> found = id.isBlank() ? Optional.empty() : find(id);
    if (found.isPresent() || !START_OF_ID.matcher(id).matches()) {
      return found;
    }
    List<String> ids =
        Stream.concat(latest(Instant.EPOCH, LIMIT).stream(), holding(LIMIT).stream())
            .map(IncidentSummary::id)
            .filter(one -> one.startsWith(id))
            .distinct()
            .toList();
    return ids.size() == 1 ? find(ids.getFirst()) : Optional.empty();
  }

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
