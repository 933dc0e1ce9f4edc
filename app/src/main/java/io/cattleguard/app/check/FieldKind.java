package io.cattleguard.app.check;

import io.cattleguard.events.fields.FieldTypes.Range;
import io.cattleguard.events.text.FieldValues;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;

/**
 * What a field of an event can be, for a pattern on it.
 *
 * @param range of a number
 * @param values of a text
 * @param isCertain whether no event has another value; otherwise {@code check} only warns
 */
record FieldKind(
    Type type,
    Words words,
    Optional<Range> range,
    Optional<FieldValues> values,
    boolean isCertain) {

  /** The type of a JSON value. */
  enum Type {
    TEXT("a text"),
    NUMBER("a number"),
    FLAG("true or false");

    private final String words;

    Type(String words) {
      this.words = words;
    }

    String inWords() {
      return words;
    }
  }

  /**
   * The texts of errors.
   *
   * @param noun the field
   * @param missing what to say before an impossible value, such as {@code no event has the trait}
   * @param others where further values come from, or empty
   */
  record Words(String noun, String missing, String others) {
    static Words of(String field) {
      String noun = "the " + field.substring(field.lastIndexOf('.') + 1);
      return new Words(noun, "no event has " + noun, "");
    }
  }

  static FieldKind text(String field) {
    return new FieldKind(Type.TEXT, Words.of(field), Optional.empty(), Optional.empty(), true);
  }

  static FieldKind of(String field, FieldValues values) {
    return new FieldKind(Type.TEXT, Words.of(field), Optional.empty(), Optional.of(values), true);
  }

  /** A text that is one of these names. */
  static FieldKind named(Words words, Collection<String> names) {
    return new FieldKind(
        Type.TEXT, words, Optional.empty(), Optional.of(FieldValues.of(Set.copyOf(names))), true);
  }

  /** The name of something that the policy has. */
  static FieldKind named(String noun, Collection<String> names) {
    return named(new Words("the " + noun, "this policy has no " + noun, ""), names);
  }

  static FieldKind number(String field, Range range) {
    return new FieldKind(Type.NUMBER, Words.of(field), Optional.of(range), Optional.empty(), true);
  }

  static FieldKind flag(String field) {
    return new FieldKind(Type.FLAG, Words.of(field), Optional.empty(), Optional.empty(), true);
  }

  /** The same, if other values are possible. */
  FieldKind uncertain() {
    return new FieldKind(type, words, range, values, false);
  }
}
