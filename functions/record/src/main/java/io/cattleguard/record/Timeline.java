package io.cattleguard.record;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The timeline of an incident, in the order of time; limited for each kind of entry. */
public final class Timeline {
  /** A timeline without entries. */
  static final Timeline EMPTY = new Timeline(List.of());

  private final List<TimelineEntry> entries;

  private Timeline(List<TimelineEntry> entries) {
    this.entries = List.copyOf(entries);
  }

  /** A timeline of these entries, as far as they fit. */
  static Timeline of(Collection<TimelineEntry> entries) {
    return cut(List.copyOf(new TreeSet<>(entries)));
  }

  /** The entries that fit, of distinct entries in order. */
  private static Timeline cut(List<TimelineEntry> sorted) {
    Map<TimelineEntry.Kind, Integer> seen = new EnumMap<>(TimelineEntry.Kind.class);
    sorted.forEach(one -> seen.merge(one.kind(), 1, Integer::sum));
    Map<TimelineEntry.Kind, Integer> at = new EnumMap<>(TimelineEntry.Kind.class);
    List<TimelineEntry> kept = new ArrayList<>(sorted.size());
    for (TimelineEntry one : sorted) {
      int position = at.merge(one.kind(), 1, Integer::sum);
      int limit = one.kind().limit();
      int all = seen.getOrDefault(one.kind(), 0);
      if (one.kind().keepsLatest() ? position > all - limit : position <= limit) {
        kept.add(one);
      }
    }
    return new Timeline(kept);
  }

  /** The entries in the order of time. */
  public List<TimelineEntry> entries() {
    return entries;
  }

  Timeline merge(Timeline other) {
    List<TimelineEntry> all = new ArrayList<>(entries.size() + other.entries.size());
    int mine = 0;
    int theirs = 0;
    while (mine < entries.size() || theirs < other.entries.size()) {
      int order =
          mine == entries.size()
              ? 1
              : theirs == other.entries.size()
                  ? -1
                  : entries.get(mine).compareTo(other.entries.get(theirs));
      all.add(order <= 0 ? entries.get(mine) : other.entries.get(theirs));
      mine += order <= 0 ? 1 : 0;
      theirs += order >= 0 ? 1 : 0;
    }
    return cut(all);
  }

  /** The kinds of entries that reached their limit, so that some may be missing. */
  public Set<TimelineEntry.Kind> full() {
    Set<TimelineEntry.Kind> full = EnumSet.noneOf(TimelineEntry.Kind.class);
    for (TimelineEntry.Kind kind : TimelineEntry.Kind.values()) {
      if (entries.stream().filter(one -> one.kind() == kind).count() >= kind.limit()) {
        full.add(kind);
      }
    }
    return full;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Timeline timeline && entries.equals(timeline.entries);
  }

  @Override
  public int hashCode() {
    return entries.hashCode();
  }

  @Override
  public String toString() {
    return entries.toString();
  }
}
