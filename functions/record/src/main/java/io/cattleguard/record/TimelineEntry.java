package io.cattleguard.record;

import java.time.Instant;
import java.util.Comparator;

/**
 * One line of an incident's timeline.
 *
 * @param id of the event
 * @param what the event's own word: {@code opened}, {@code taken}, {@code undo}
 * @param who the source, the playbook, or the person
 * @param text a sentence for people, bounded and visible
 */
public record TimelineEntry(Instant at, Kind kind, String id, String what, String who, String text)
    implements Comparable<TimelineEntry> {
  private static final Comparator<TimelineEntry> ORDER =
      Comparator.comparing(TimelineEntry::at)
          .thenComparing(TimelineEntry::kind)
          .thenComparing(TimelineEntry::id)
          .thenComparing(TimelineEntry::what)
          .thenComparing(TimelineEntry::who)
          .thenComparing(TimelineEntry::text);

  /** The kind of an entry. Each kind has its own limit, so that none displaces another. */
  public enum Kind {
    /** An alert with news. The earliest are kept: they show how the incident began. */
    ALERT(30, false),
    /** An alert without news. */
    REPEAT(10, true),
    /** An action was taken, or failed. */
    EFFECT(30, true),
    /** An action was not taken, with the reason. */
    ANSWER(15, true),
    /** A person gave a command. */
    COMMAND(25, true);

    private final int limit;
    private final boolean latest;

    Kind(int limit, boolean latest) {
      this.limit = limit;
      this.latest = latest;
    }

    /** Maximum number of kept entries. */
    public int limit() {
      return limit;
    }

    /** Whether the latest are kept, rather than the earliest. */
    boolean keepsLatest() {
      return latest;
    }
  }

  @Override
  public int compareTo(TimelineEntry other) {
    return ORDER.compare(this, other);
  }
}
