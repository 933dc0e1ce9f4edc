package io.cattleguard.respond;

import java.util.function.Supplier;

/** Something a guard-rail needs to know, or the reason why nobody could find out. */
public sealed interface Fact<T> {
  /** It is so. */
  record Known<T>(T value) implements Fact<T> {}

  /** Nobody could tell. */
  record Unknown<T>(String reason) implements Fact<T> {}

  /** Asks, and turns a failure to answer into {@link Unknown}. */
  static <T> Fact<T> ask(Supplier<T> question) {
    try {
      return new Known<>(question.get());
    } catch (Unavailable e) {
      return new Unknown<>(String.valueOf(e.getMessage()));
    }
  }
}
