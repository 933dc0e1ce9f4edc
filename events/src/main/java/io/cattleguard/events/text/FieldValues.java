package io.cattleguard.events.text;

import io.cattleguard.events.attack.Tactic;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The values that a field of an event can have: a closed list, or ids of one shape. A policy's
 * pattern on another value would never match.
 *
 * @param known the closed list; for ids, those with a name
 * @param shape what an id looks like; absent for a closed list
 * @param ids of ATT&amp;CK, by names that people write in their place
 */
public record FieldValues(Set<String> known, Optional<Pattern> shape, Map<String, String> ids) {
  /** The ids of tactics by their names in one word: {@code lateralmovement}. */
  private static final Map<String, String> TACTICS =
      Arrays.stream(Tactic.values())
          .collect(
              Collectors.toUnmodifiableMap(
                  tactic -> tactic.title().toLowerCase(Locale.ROOT).replace(" ", ""), Tactic::id));

  /**
   * Ids of tactics of ATT&amp;CK: those for enterprises, for mobile devices (27 to 41) and for
   * industrial control systems (from 100), with room for a few more.
   */
  public static final FieldValues TACTIC_IDS =
      new FieldValues(
          Set.of("TA0002"),
          Optional.of(Pattern.compile("TA00(0[1-9]|1[01]|2[7-9]|3\\d|4[0-3])|TA01[01]\\d")),
          TACTICS);

  /** Ids of techniques of ATT&amp;CK. */
  public static final FieldValues TECHNIQUE_IDS =
      new FieldValues(
          Set.of("T1059", "T1059.004"),
          Optional.of(Pattern.compile("T\\d{4}(\\.\\d{3})?")),
          Map.of());

  /** Copies the collections. */
  public FieldValues {
    known = Set.copyOf(known);
    ids = Map.copyOf(ids);
  }

  /** A closed list. */
  public static FieldValues of(Set<String> known) {
    return new FieldValues(known, Optional.empty(), Map.of());
  }

  /**
   * Texts of one form.
   *
   * @param regex which they match as a whole
   * @param example for people
   */
  public static FieldValues shaped(String regex, String example) {
    return new FieldValues(Set.of(example), Optional.of(Pattern.compile(regex)), Map.of());
  }

  /** Whether an event can have this value. */
  public boolean isPossible(String value) {
    return shape.map(one -> one.matcher(value).matches()).orElseGet(() -> known.contains(value));
  }

  /** The id of what a person calls by a name, such as {@code impact} or {@code mitre_impact}. */
  public Optional<String> idOf(String name) {
    String bare = name.toLowerCase(Locale.ROOT).replaceFirst("^mitre[_-]", "");
    return Optional.ofNullable(ids.get(bare.replaceAll("[ _-]", "")));
  }

  /** The allowed values, for an error message. */
  public String inWords() {
    List<String> sorted = known.stream().sorted().toList();
    return (shape.isPresent() ? "such as " : "known: ") + String.join(", ", sorted);
  }
}
