package io.cattleguard.sources.unwrap;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * An envelope and what it holds.
 *
 * @param name with its article, such as {@code an SQS message}
 * @param parts in order; empty if it holds nothing, as a control message does
 * @param isList whether it only lists events or envelopes
 */
public record Envelope(String name, List<Part> parts, boolean isList) {
  /** Copies the list. */
  public Envelope {
    parts = List.copyOf(parts);
  }

  /** One content of an envelope: an event, or another envelope. */
  public sealed interface Part {
    /** A JSON value inside the envelope's JSON. */
    record Tree(JsonNode value) implements Part {}

    /** A text: JSON, JSON lines or a line of a log. */
    record Text(String text) implements Part {}

    /** Bytes in Base64, compressed with gzip or not. */
    record Bytes(String base64) implements Part {}
  }
}
