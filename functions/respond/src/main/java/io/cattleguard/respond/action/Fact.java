package io.cattleguard.respond.action;

import io.cattleguard.edge.port.Unavailable;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** Something that a guard needs to know, or the reason why it is not known. */
public sealed interface Fact<T> {
  /** It is so. */
  record Known<T>(T value) implements Fact<T> {}

  /** It could not be read. */
  record Unknown<T>(String reason) implements Fact<T> {}

  /** Asks, and turns a failure to answer into {@link Unknown}. */
  static <T> Fact<T> ask(Supplier<T> question) {
    try {
      return new Known<>(question.get());
    } catch (Unavailable e) {
      return new Unknown<>(String.valueOf(e.getMessage()));
    }
  }

  /** What was found; empty where there is none, and where it could not be read. */
  static <T> Optional<T> found(Fact<Optional<T>> fact) {
    return fact instanceof Known<Optional<T>> known ? known.value() : Optional.empty();
  }

  /**
   * An objection to what was found. What is missing or unread has an objection of its own, so that
   * the others need not repeat it.
   */
  static <T> Optional<String> objection(
      Fact<Optional<T>> fact, Function<T, Optional<String>> objection) {
    return found(fact).flatMap(objection);
  }

  /** The objection that something is not there, or that nobody can tell outside of a rehearsal. */
  static <T> Optional<String> exists(
      Situation<?> situation, Fact<Optional<T>> fact, String missing, String unread) {
    return switch (fact) {
      case Known<Optional<T>> known ->
          known.value().isPresent() ? Optional.empty() : Optional.of(missing);
      case Unknown<Optional<T>> unknown ->
          situation.rehearsal() ? Optional.empty() : Optional.of(unread + ": " + unknown.reason());
    };
  }
}
