package io.cattleguard.sources.parsing;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Alert;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads the events of one source. Pure, and never throws because of an event's content. */
public interface AlertParser {

  /** The source's name, as in {@link Alert#source()}. */
  String source();

  /** Every name that the source of its alerts can have. */
  default Set<String> names() {
    return Set.of(source());
  }

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
   * Reads an event from its tokens, without a tree, if it is what this source usually writes; empty
   * for everything else. {@link #recognises} and {@link #read} give the same result.
   *
   * @param tokens the tokens of {@code raw}, none of which has been read
   * @param text {@code raw} in UTF-8
   * @throws IOException if the text is not strictly JSON
   */
  default Optional<Reading> readTokens(JsonParser tokens, byte[] text, String raw, Origin origin)
      throws IOException {
    return Optional.empty();
  }

  /**
   * The actions of an event's processes, even if the event is not an alert; empty if the source
   * does not report them, or if it refused the attempt.
   *
   * @param event an event that {@link #recognises} accepted
   */
  default List<Activity> activities(JsonNode event, Origin origin) {
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
