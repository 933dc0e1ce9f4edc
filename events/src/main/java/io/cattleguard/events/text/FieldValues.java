package io.cattleguard.events.text;

import io.cattleguard.events.attack.Tactic;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The values that a field of an event can have: a closed list, or ids of one shape. A policy's
 * pattern on another value would never match.
 *
 * @param known the closed list; for ids, those with a name
 * @param shape what an id looks like; absent for a closed list
 * @param samples texts of the shape whose beginnings lead to every possible end; empty if no ends
 *     are known
 * @param ids of ATT&amp;CK, by names that people write in their place
 */
public record FieldValues(
    Set<String> known, Optional<Pattern> shape, Set<String> samples, Map<String, String> ids) {
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
          Set.of("TA0002", "TA0010", "TA0043", "TA0110"),
          TACTICS);

  /** Ids of techniques of ATT&amp;CK. */
  public static final FieldValues TECHNIQUE_IDS =
      new FieldValues(
          Set.of("T1059", "T1059.004"),
          Optional.of(Pattern.compile("T\\d{4}(\\.\\d{3})?")),
          Set.of("T1059.004"),
          Map.of());

  /** Copies the collections. */
  public FieldValues {
    known = Set.copyOf(known);
    samples = Set.copyOf(samples);
    ids = Map.copyOf(ids);
  }

  /** A closed list. */
  public static FieldValues of(Set<String> known) {
    return new FieldValues(known, Optional.empty(), Set.of(), Map.of());
  }

  /**
   * Texts of one form.
   *
   * @param regex which they match as a whole
   * @param example for people
   * @param samples texts whose beginnings lead to every possible end; none if ends are not checked
   */
  public static FieldValues shaped(String regex, String example, String... samples) {
    return new FieldValues(
        Set.of(example), Optional.of(Pattern.compile(regex)), Set.of(samples), Map.of());
  }

  /** Whether an event can have this value. */
  public boolean isPossible(String value) {
    return shape.map(one -> one.matcher(value).matches()).orElseGet(() -> known.contains(value));
  }

  /** Whether an event can have a value that begins with this text. */
  @SuppressWarnings("JdkObsolete") // hitEnd tells the beginning of a match from another text
  public boolean isPossibleBeginning(String text) {
    if (shape.isEmpty()) {
      return known.stream().anyMatch(value -> value.startsWith(text));
    }
    Matcher form = shape.get().matcher(text);
    return form.matches() || form.hitEnd();
  }

  /** Whether an event can have a value that ends with this text, as far as it is known. */
  public boolean isPossibleEnd(String text) {
    if (shape.isEmpty()) {
      return known.stream().anyMatch(value -> value.endsWith(text));
    }
    return text.isEmpty()
        || samples.isEmpty()
        || samples.stream()
            .flatMap(
                sample ->
                    IntStream.rangeClosed(0, sample.length()).mapToObj(n -> sample.substring(0, n)))
            .anyMatch(beginning -> isPossible(beginning + text));
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
