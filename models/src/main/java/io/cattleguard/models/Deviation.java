package io.cattleguard.models;

import io.cattleguard.events.Severity;
import io.cattleguard.events.trait.Trait;
import java.util.List;

/**
 * An observation that a model does not have.
 *
 * @param observation what was seen
 * @param mode the model's mode
 * @param rule the alert's rule, one of a fixed list: its name never depends on the event
 * @param severity how severe it is
 * @param tactics MITRE ATT&CK tactics that it implies
 * @param techniques MITRE ATT&CK techniques that it implies
 * @param traits traits of the alert
 * @param why the difference, as a sentence for people
 */
public record Deviation(
    Observation observation,
    Mode mode,
    String rule,
    Severity severity,
    List<String> tactics,
    List<String> techniques,
    List<Trait> traits,
    String why) {
  /** Copies the lists. */
  public Deviation {
    tactics = List.copyOf(tactics);
    techniques = List.copyOf(techniques);
    traits = List.copyOf(traits);
  }
}
