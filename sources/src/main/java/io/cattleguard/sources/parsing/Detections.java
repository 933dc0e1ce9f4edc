package io.cattleguard.sources.parsing;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;

/**
 * Decides which raw events are alerts. A raw event, such as a Kubernetes audit event, records a
 * call; only a policy knows which calls matter.
 */
@FunctionalInterface
public interface Detections {
  /** No raw event is an alert. */
  Detections NONE = (source, event) -> Optional.empty();

  /**
   * The most severe detection that matches, with the ATT&amp;CK ids and traits of all that match.
   *
   * @param source the parser's name
   * @param event the event in the form that the source documents
   */
  Optional<Detection> of(String source, JsonNode event);

  /** The parsers of sources that only the policy knows; they are tried after all others. */
  default List<AlertParser> parsers() {
    return List.of();
  }
}
