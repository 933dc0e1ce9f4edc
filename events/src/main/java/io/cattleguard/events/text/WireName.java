package io.cattleguard.events.text;

import java.util.Locale;
import java.util.Optional;

/** A constant with a name in JSON: {@code AWAITING_APPROVAL} is {@code awaiting-approval}. */
public interface WireName {
  /** The name in JSON. */
  String jsonName();

  /** The name in JSON of a constant. */
  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The constant with that name, or empty. */
  static <E extends WireName> Optional<E> find(E[] constants, String jsonName) {
    for (E constant : constants) {
      if (constant.jsonName().equals(jsonName)) {
        return Optional.of(constant);
      }
    }
    return Optional.empty();
  }
}
