package io.cattleguard.sources.parsing;

import io.cattleguard.events.Severity;
import io.cattleguard.events.trait.Trait;
import java.util.List;

/**
 * A policy's description of a raw event that is an alert.
 *
 * @param name the alert's rule
 * @param title what happened, in a few words
 */
public record Detection(
    String name,
    String title,
    Severity severity,
    List<String> tactics,
    List<String> techniques,
    List<Trait> traits) {
  /** Copies the lists. */
  public Detection {
    tactics = List.copyOf(tactics);
    techniques = List.copyOf(techniques);
    traits = List.copyOf(traits);
  }
}
