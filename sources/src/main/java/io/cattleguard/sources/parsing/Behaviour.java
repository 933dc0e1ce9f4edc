package io.cattleguard.sources.parsing;

import io.cattleguard.events.Severity;
import io.cattleguard.events.trait.Trait;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The behaviour that an alert reports, as MITRE ATT&amp;CK ids and other words.
 *
 * @param words what only the reader of a table knows, such as a severity
 */
public record Behaviour(
    List<String> tactics, List<String> techniques, List<Trait> traits, List<String> words) {
  /** The state without any knowledge. */
  public static final Behaviour NONE = new Behaviour(List.of(), List.of());

  /** Copies the lists. */
  public Behaviour {
    tactics = List.copyOf(tactics);
    techniques = List.copyOf(techniques);
    traits = List.copyOf(traits);
    words = List.copyOf(words);
  }

  /** ATT&amp;CK ids alone. */
  public Behaviour(List<String> tactics, List<String> techniques) {
    this(tactics, techniques, List.of(), List.of());
  }

  /** Sorts words by what they are; a word that occurs twice counts once. */
  public static Behaviour of(List<String> words) {
    List<String> tactics = new ArrayList<>(2);
    List<String> techniques = new ArrayList<>(2);
    List<Trait> traits = new ArrayList<>(1);
    List<String> others = new ArrayList<>(1);
    for (String word : words) {
      String tactic = AttackTags.tactic(word);
      String technique = AttackTags.technique(word);
      if (tactic != null) {
        addOnce(tactics, tactic);
      } else if (technique != null) {
        addOnce(techniques, technique);
      } else {
        Optional<Trait> trait = Trait.named(word);
        trait.ifPresent(one -> addOnce(traits, one));
        if (trait.isEmpty()) {
          addOnce(others, word);
        }
      }
    }
    return new Behaviour(tactics, techniques, traits, others);
  }

  /**
   * Reads names as ATT&amp;CK's own tools write them: {@code Privilege Escalation}, {@code T1611 -
   * Escape to Host}. Other names are ignored.
   */
  public static Behaviour ofNames(List<String> names) {
    List<String> words = new ArrayList<>(names.size());
    for (String name : names) {
      boolean isId = AttackTags.technique(name) != null || AttackTags.tactic(name) != null;
      words.add(
          isId
              ? name
              : "mitre_" + name.toLowerCase(Locale.ROOT).replace(' ', '_').replace('-', '_'));
    }
    Behaviour all = of(words);
    return all.attack();
  }

  /** The last severity among the words. */
  public Optional<Severity> severity() {
    return words.stream().flatMap(word -> Severity.named(word).stream()).reduce((a, b) -> b);
  }

  /** The ATT&amp;CK ids without traits and words. */
  public Behaviour attack() {
    return new Behaviour(tactics, techniques);
  }

  /** Both together, this one's first. */
  public Behaviour and(Behaviour other) {
    if (other.equals(NONE)) {
      return this;
    }
    return equals(NONE)
        ? other
        : new Behaviour(
            joined(tactics, other.tactics),
            joined(techniques, other.techniques),
            joined(traits, other.traits),
            joined(words, other.words));
  }

  /** A list, and what another one has in addition. */
  public static <T> List<T> joined(List<T> first, List<T> second) {
    if (second.isEmpty() || first.containsAll(second)) {
      return first;
    }
    List<T> both = new ArrayList<>(first);
    second.forEach(one -> addOnce(both, one));
    return both;
  }

  private static <T> void addOnce(List<T> list, T value) {
    if (!list.contains(value)) {
      list.add(value);
    }
  }
}
