package io.cattleguard.respond.action;

/**
 * A guard's objection.
 *
 * @param text what objects, as a sentence for people
 * @param kind what becomes of the action
 */
public record Objection(String text, Kind kind) {

  /** What an objection means for the action. */
  public enum Kind {
    /** The action is refused. */
    REFUSES,
    /** The alert is old news or may not act now: it is only observed. */
    OBSERVES,
    /** May pass, such as a limit that is reached. Asked again while fresh. */
    PASSES,
    /** Something could not be read, so the guard cannot be evaluated. Asked again while fresh. */
    UNREAD,
    /** The object is gone or is being removed, so there is nothing to act on. */
    GONE,
    /** The workload was acted on too often; a stronger action may be taken instead. */
    ESCALATES
  }

  /** The action is refused. */
  public static Objection refuses(String text) {
    return new Objection(text, Kind.REFUSES);
  }

  /** The objection may pass, so the guards are asked again while the alert is fresh. */
  public static Objection passes(String text) {
    return new Objection(text, Kind.PASSES);
  }

  /** The guard cannot be evaluated, so it is asked again while the alert is fresh. */
  public static Objection unread(String text) {
    return new Objection(text, Kind.UNREAD);
  }

  /** The object is gone or is being removed. */
  public static Objection gone(String text) {
    return new Objection(text, Kind.GONE);
  }
}
