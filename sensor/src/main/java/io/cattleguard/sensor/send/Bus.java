package io.cattleguard.sensor.send;

import io.cattleguard.sensor.spool.Entry;
import java.util.List;

/** Where alerts are sent to. */
public interface Bus {
  /** How many entries one call may have. */
  int ENTRIES_PER_CALL = 10;

  /**
   * Sends entries in one call. An answer or failure of the receiver never throws.
   *
   * @return one result per entry, in order
   */
  List<Outcome> put(List<Entry> entries);

  /** The result of an entry. */
  sealed interface Outcome {
    /** It arrived. */
    record Accepted() implements Outcome {}

    /**
     * A retry may succeed.
     *
     * @param reason one of {@code throttled}, {@code refused}, {@code unanswered}
     * @param explanation for people
     */
    record Later(String reason, String explanation) implements Outcome {
      /** Whether the same entry is accepted if it is sent later, whatever it contains. */
      boolean isAboutThePace() {
        return reason.equals("throttled");
      }

      /** Whether the entry may have been accepted all the same. */
      boolean isAmbiguous() {
        return reason.equals("unanswered");
      }
    }

    /** It will never arrive as it is: too large, or malformed. */
    record Never(String explanation) implements Outcome {}
  }
}
