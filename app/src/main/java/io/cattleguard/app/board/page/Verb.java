package io.cattleguard.app.board.page;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The commands of the board. */
public enum Verb {
  APPROVE(
      "Approve",
      "The responder evaluates the guards again, then takes the action and reports the result.",
      "good",
      ""),
  REJECT("Reject", "The action is not taken.", "plain", ""),
  UNDO(
      "Undo",
      "The responder undoes the change within a minute. The same action is not taken again on the"
          + " same object.",
      "warn",
      ""),
  EXTEND(
      "Extend",
      "The lease is extended by that time. It ends at most 7 days from now.",
      "plain",
      "1h 4h 24h 3d"),
  SILENCE(
      "Silence",
      "Alerts of this problem are hidden from people for that time, up to the severity that it has"
          + " now. Responders still act on them.",
      "plain",
      "4h 24h 7d 14d"),
  UNSILENCE("End silence", "People are notified of these alerts again.", "plain", ""),
  STOP(
      "Stop everything",
      "The kill switch: no action is taken and nothing is released. Alerts are still scored and"
          + " people are still notified.",
      "alarm",
      ""),
  RESUME("Resume", "Responders act and release leases again.", "good", "");

  private final String button;
  private final String effect;
  private final String tone;
  private final String times;

  Verb(String button, String effect, String tone, String times) {
    this.button = button;
    this.effect = effect;
    this.tone = tone;
    this.times = times;
  }

  /** The verb of that word; empty if there is none. */
  public static Optional<Verb> named(String word) {
    for (Verb verb : values()) {
      if (verb.word().equals(word)) {
        return Optional.of(verb);
      }
    }
    return Optional.empty();
  }

  /** The word in addresses and forms. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The text of its button. */
  public String button() {
    return button;
  }

  /** What it does. */
  public String effect() {
    return effect;
  }

  /** The class of its button in the style sheet. */
  public String tone() {
    return tone;
  }

  /** The times that a person chooses from; empty if it needs none. */
  public List<String> times() {
    return times.isEmpty() ? List.of() : List.of(times.split(" ", -1));
  }

  /** Whether it is about the whole deployment. */
  public boolean isAboutAll() {
    return this == STOP || this == RESUME;
  }
}
