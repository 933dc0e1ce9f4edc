package io.cattleguard.sources.parsing;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Alert;
import java.util.List;

/** Reads the events of one source. Pure, and never throws because of an event's content. */
public interface AlertParser {

  /** The source's name, as in {@link Alert#source()}. */
  String source();

  /** Whether the event's structure is one of this source. */
  boolean recognises(JsonNode event);

  /**
   * The alerts of an event that has several, each as an event of its own that this parser reads;
   * empty if the event has one alert or none.
   */
  default List<JsonNode> parts(JsonNode event) {
    return List.of();
  }

  /**
   * Reads an event that {@link #recognises} accepted.
   *
   * @param event the parsed event
   * @param raw the event's original text
   */
  Reading read(JsonNode event, String raw, Origin origin);
}
