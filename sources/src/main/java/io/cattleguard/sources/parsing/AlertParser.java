package io.cattleguard.sources.parsing;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Alert;

/** Reads the events of one source; pure, and never throws for what an event may contain. */
public interface AlertParser {

  /** The source's name as it stands in {@link Alert#source()}. */
  String source();

  /** Whether that event is one of this source's, by its shape alone. */
  boolean recognises(JsonNode event);

  /**
   * Reads an event that {@link #recognises} said yes to.
   *
   * @param event the event as a tree
   * @param raw the same event as the text that arrived
   */
  Reading read(JsonNode event, String raw, Origin origin);
}
