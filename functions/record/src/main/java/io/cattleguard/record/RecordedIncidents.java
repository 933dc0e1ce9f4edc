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

  /** Maximum number of candidates that are named for an ambiguous id. */
  int NAMED = 10;

  /** The prefix that people may write instead of an id of 32 digits. */
  Pattern START_OF_ID = Pattern.compile("[0-9a-f]{6,31}");

  /** The record of that incident. */
  Optional<IncidentRecord> find(String id);

  /**
   * The record of that incident, or of the only one with that prefix that is recent or has a
   * containment in force. People copy the first digits, which the log of {@code up} shows.
   */
  default Optional<IncidentRecord> named(String id) {
    Optional<IncidentRecord> found = id.isBlank() ? Optional.empty() : find(id);
    if (found.isPresent() || !START_OF_ID.matcher(id).matches()) {
      return found;
    }
    List<IncidentSummary> all = beginningWith(id);
    return all.size() == 1 ? find(all.getFirst().id()) : Optional.empty();
  }

  /**
   * The incidents with that prefix that are recent or have a containment in force, the latest
   * first.
   */
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

  /**
   * Names the incidents with that prefix, if there are several, so that the prefix is ambiguous.
   */
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
   * The incidents with an event since that time, the latest first.
   *
   * @param since the earliest activity
   * @param limit maximum number
   */
  List<IncidentSummary> latest(Instant since, int limit);

  /**
   * The incidents with something still in force, whatever their age: a containment with a lease, a
   * release that fails, or a question to people.
   */
  List<IncidentSummary> holding(int limit);
}
