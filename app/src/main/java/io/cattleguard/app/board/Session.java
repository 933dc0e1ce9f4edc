package io.cattleguard.app.board;

import io.cattleguard.app.board.page.Frame;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** The session of a browser, and the person who uses it. */
final class Session {
  private final Person person;
  private final String secret;
  private final String csrf;
  private final Instant end;
  private final AtomicReference<Optional<Frame.Flash>> flash =
      new AtomicReference<>(Optional.empty());

  /**
   * Takes the secrets of the session.
   *
   * @param secret the value of the cookie
   * @param csrf the token of every form
   */
  Session(Person person, String secret, String csrf, Instant end) {
    this.person = person;
    this.secret = secret;
    this.csrf = csrf;
    this.end = end;
  }

  Person person() {
    return person;
  }

  String secret() {
    return secret;
  }

  String csrf() {
    return csrf;
  }

  boolean isOver(Instant now) {
    return !now.isBefore(end);
  }

  /** Keeps the result of a command for the next page. */
  void show(Frame.Flash result) {
    flash.set(Optional.of(result));
  }

  /** The result of the latest command, for the first page that shows it. */
  Optional<Frame.Flash> taken() {
    return flash.getAndSet(Optional.empty());
  }
}
