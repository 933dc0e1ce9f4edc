package io.cattleguard.record;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Fingerprint;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds the incident of a command that names only a containment or a question. Each outcome that
 * names one stores a record under its hash, which names the incident. It has no alert, so it is not
 * listed.
 */
final class Pointers {
  private Pointers() {}

  /** The pointer that an outcome stores for later commands. */
  static List<IncidentRecord> of(JsonNode decided, String incident, Instant at) {
    return Stream.of("/response/containment", "/response/approval/id")
        .map(decided::at)
        .filter(JsonNode::isTextual)
        .map(JsonNode::asText)
        .filter(id -> !id.isBlank())
        .map(id -> IncidentRecord.at(key(id), at).with(Set.of(), Set.of(incident)))
        .toList();
  }

  /** The incident of a command's object; the latest, if the object was contained in several. */
  static Optional<String> incident(JsonNode command, RecordedIncidents incidents) {
    return Stream.of("/containment", "/approval")
        .map(command::at)
        .filter(JsonNode::isTextual)
        .flatMap(id -> incidents.find(key(id.asText())).stream())
        .flatMap(pointer -> pointer.continuedAs().stream())
        .flatMap(id -> incidents.find(id).stream())
        .max(Comparator.comparing(IncidentRecord::lastAt))
        .map(IncidentRecord::id);
  }

  private static String key(String id) {
    return "about-" + Fingerprint.hash("about\n" + id);
  }
}
