package io.cattleguard.respond.action;

/**
 * A guard's objection.
 *
 * @param text the reason, as a sentence for people
 * @param kind the consequence for the action
 */
public record Objection(String text, Kind kind) {

  /** What an objection means for the action. */
  public enum Kind {
    /** The action is refused. */
    REFUSES,
    /** The alert is too old or may not cause an action now: it is only observed. */
    OBSERVES,
    /**
     * A temporary objection, such as a limit that is reached. The guard is evaluated again while
     * the alert is fresh.
     */
    PASSES,
    /**
     * Something could not be read, so the guard cannot be evaluated. It is evaluated again while
     * the alert is fresh.
     */
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

  /** A temporary objection, so the guards are evaluated again while the alert is fresh. */
  public static Objection passes(String text) {
    return new Objection(text, Kind.PASSES);
  }

  /** The guard cannot be evaluated now, so it is evaluated again while the alert is fresh. */
  public static Objection unread(String text) {
    return new Objection(text, Kind.UNREAD);
  }

  /** The object is gone or is being removed. */
  public static Objection gone(String text) {
    return new Objection(text, Kind.GONE);
  }
}
