package io.cattleguard.respond.action;

import io.cattleguard.edge.port.Unavailable;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** A fact that a guard needs, or the reason why it is unknown. */
public sealed interface Fact<T> {
  /** The fact was read. */
  record Known<T>(T value) implements Fact<T> {}

  /** The fact could not be read. */
  record Unknown<T>(String reason) implements Fact<T> {}

  /** Reads the fact; {@link Unavailable} becomes {@link Unknown}. */
  static <T> Fact<T> ask(Supplier<T> question) {
    try {
      return new Known<>(question.get());
    } catch (Unavailable e) {
      return new Unknown<>(String.valueOf(e.getMessage()));
    }
  }

  /** The object that was found; empty if it does not exist or could not be read. */
  static <T> Optional<T> found(Fact<Optional<T>> fact) {
    return fact instanceof Known<Optional<T>> known ? known.value() : Optional.empty();
  }

  /**
   * The objection to the object that was found. A missing or unreadable object has its own
   * objection in {@link #exists}, so the other guards do not repeat it.
   */
  static <T, O> Optional<O> objection(Fact<Optional<T>> fact, Function<T, Optional<O>> objection) {
    return found(fact).flatMap(objection);
  }

  /**
   * The objection that an object does not exist or cannot be read. A dry run reads nothing, so an
   * unread object is no objection there.
   */
  static <T> Optional<Objection> exists(
      Situation<?> situation, Fact<Optional<T>> fact, String missing, String unread) {
    return switch (fact) {
      case Known<Optional<T>> known ->
          known.value().isPresent() ? Optional.empty() : Optional.of(Objection.gone(missing));
      case Unknown<Optional<T>> unknown ->
          situation.rehearsal()
              ? Optional.empty()
              : Optional.of(Objection.unread(unread + ": " + unknown.reason()));
    };
  }
}
