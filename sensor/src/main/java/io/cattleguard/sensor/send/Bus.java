package io.cattleguard.sensor.send;

import io.cattleguard.sensor.spool.Entry;
import java.util.List;

/** The receiver of alerts. */
public interface Bus {
  /** Maximum entries of one call. */
  int ENTRIES_PER_CALL = 10;

  /**
   * Sends entries in one call. It never throws because of the receiver's answer or failure.
   *
   * @return one result per entry, in order
   */
  List<Outcome> put(List<Entry> entries);

  /** The result of an entry. */
  sealed interface Outcome {
    /** The entry was accepted. */
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

      /** Whether the entry may have been accepted anyway. */
      boolean isAmbiguous() {
        return reason.equals("unanswered");
      }
    }

    /** The entry will never be accepted: it is too large, or malformed. */
    record Never(String explanation) implements Outcome {}
  }
}
