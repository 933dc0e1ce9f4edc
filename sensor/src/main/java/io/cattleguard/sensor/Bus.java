package io.cattleguard.sensor;

import java.util.List;

/** Where alerts are sent to. */
interface Bus {
  /** How many entries one call may have. */
  int ENTRIES_PER_CALL = 10;

  /**
   * Puts entries in one call; never throws for what the other side does.
   *
   * @return what became of each, in their order
   */
  List<Outcome> put(List<Entry> entries);

  /** What became of an entry. */
  sealed interface Outcome {
    /** It arrived. */
    record Taken() implements Outcome {}

    /**
     * It may arrive another time.
     *
     * @param reason one of {@code throttled}, {@code refused}, {@code unanswered}
     * @param explanation for people
     */
    record Later(String reason, String explanation) implements Outcome {}

    /** It will never arrive as it is: too large, or malformed. */
    record Never(String explanation) implements Outcome {}
  }
}
