package io.cattleguard.sources.parsing;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Alert;

/** Reads the events of one source. Pure, and never throws because of an event's content. */
public interface AlertParser {

  /** The source's name, as in {@link Alert#source()}. */
  String source();

  /** Whether the event's structure is one of this source. */
  boolean recognises(JsonNode event);

  /**
   * Reads an event that {@link #recognises} accepted.
   *
   * @param event the parsed event
   * @param raw the event's original text
   */
  Reading read(JsonNode event, String raw, Origin origin);
}
