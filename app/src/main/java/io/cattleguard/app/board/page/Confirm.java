package io.cattleguard.app.board.page;

import java.util.Optional;

/**
 * Asks for the reason of a command, before it is given.
 *
 * @param id of the object, as it was requested
 * @param about the object in words
 * @param incident the incident to return to, empty for none
 * @param error what was wrong with the last attempt
 */
public record Confirm(
    Verb verb,
    String id,
    String about,
    String incident,
    String reason,
    String time,
    Optional<String> error) {
  /** Maximum characters of a reason. */
  public static final int LONGEST_REASON = 300;

  /** Makes texts bounded and visible, but not the ids, which go back as they came. */
  public Confirm {
    about = Words.sentence(about);
    reason = Words.sentence(reason);
    error = error.map(Words::sentence);
  }

  /** A copy with an error message. */
  public Confirm with(String wrong) {
    return new Confirm(verb, id, about, incident, reason, time, Optional.of(wrong));
  }

  /** The page to return to without a command. */
  public String back() {
    return !incident.isEmpty()
        ? Links.incident(incident)
        : switch (verb) {
          case APPROVE, REJECT, UNDO, EXTEND -> "/containments";
          case SILENCE -> "/incidents";
          case UNSILENCE -> "/silences";
          case STOP, RESUME -> "/";
        };
  }

  /** The maximum length of a reason, for the form. */
  public int longest() {
    return LONGEST_REASON;
  }
}
