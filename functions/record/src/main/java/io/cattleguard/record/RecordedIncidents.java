package io.cattleguard.record;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The records of incidents, for readers. */
public interface RecordedIncidents {
  /** Maximum incidents in a list. */
  int LIMIT = 500;

  /** How many of those that an id could mean are named. */
  int NAMED = 10;

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
    List<IncidentSummary> all = beginningWith(id);
    return all.size() == 1 ? find(all.getFirst().id()) : Optional.empty();
  }

  /** The recent and holding incidents whose id begins with that, the latest first. */
  default List<IncidentSummary> beginningWith(String id) {
    if (!START_OF_ID.matcher(id).matches()) {
      return List.of();
    }
    Map<String, IncidentSummary> found = new LinkedHashMap<>();
    Stream.concat(latest(Instant.EPOCH, LIMIT).stream(), holding(LIMIT).stream())
        .filter(one -> one.id().startsWith(id))
        .forEach(one -> found.putIfAbsent(one.id(), one));
    return List.copyOf(found.values());
  }

  /** Says which incidents begin with that, if several do, so that it names none of them. */
  default Optional<String> ambiguity(String id) {
    List<IncidentSummary> all = beginningWith(id);
    return all.size() < 2
        ? Optional.empty()
        : Optional.of(
            all.size()
                + " incidents begin with "
                + id
                + ": "
                + all.stream()
                    .limit(NAMED)
                    .map(one -> one.id() + " (" + one.title() + ")")
                    .collect(Collectors.joining(", "))
                + (all.size() > NAMED ? " and " + (all.size() - NAMED) + " more" : "")
                + ". Give more digits.");
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
