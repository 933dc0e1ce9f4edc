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
 * names one leaves a record under its hash which names the incident. It has no alert, so it is not
 * listed.
 */
final class Pointers {
  private Pointers() {}

  /** What an outcome leaves for later commands about it. */
  static List<IncidentRecord> of(JsonNode decided, String incident, Instant at) {
    return Stream.of("/response/containment", "/response/approval/id")
        .map(decided::at)
        .filter(JsonNode::isTextual)
        .map(JsonNode::asText)
        .filter(id -> !id.isBlank())
        .map(id -> IncidentRecord.at(key(id), at).with(Set.of(), Set.of(incident)))
        .toList();
  }

  /** The incident of what a command is about; the latest, if it was contained in several. */
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
