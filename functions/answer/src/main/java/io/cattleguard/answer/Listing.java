package io.cattleguard.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * What a store has, for people.
 *
 * @param entries each as a line and as JSON
 * @param note a sentence in addition to them, for example that there are none
 */
public record Listing(List<Entry> entries, Optional<String> note) {
  /** Copies the list. */
  public Listing {
    entries = List.copyOf(entries);
  }

  /** One entry, as a line for people and as JSON. */
  public record Entry(String line, ObjectNode object) {}
}
