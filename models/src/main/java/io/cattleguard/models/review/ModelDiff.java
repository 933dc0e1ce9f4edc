package io.cattleguard.models.review;

import io.cattleguard.models.Entry;
import io.cattleguard.models.Model;
import io.cattleguard.models.Sighting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The differences between two models of a workload that a person reviews, without counts.
 *
 * @param added entries that only the newer model has
 * @param removed entries that only the older model has
 * @param changed entries whose meaning changed, with what changed
 */
public record ModelDiff(
    Map<Entry, Sighting> added, Map<Entry, Sighting> removed, Map<Entry, String> changed) {
  /** A later time alone rewrites a file only after that long, so that files do not churn. */
  private static final Duration REFRESH = Duration.ofDays(7);

  /** Copies the maps. */
  public ModelDiff {
    added = Collections.unmodifiableMap(new TreeMap<>(added));
    removed = Collections.unmodifiableMap(new TreeMap<>(removed));
    changed = Collections.unmodifiableMap(new TreeMap<>(changed));
  }

  /** The changes of the newer model. */
  public static ModelDiff of(Model older, Model newer) {
    Map<Entry, Sighting> added = new TreeMap<>(newer.entries());
    added.keySet().removeAll(older.entries().keySet());
    Map<Entry, Sighting> removed = new TreeMap<>(older.entries());
    removed.keySet().removeAll(newer.entries().keySet());
    Map<Entry, String> changed = new TreeMap<>();
    older
        .entries()
        .forEach(
            (entry, old) -> {
              Sighting now = newer.entries().get(entry);
              String difference = now == null ? "" : difference(old, now);
              if (!difference.isEmpty()) {
                changed.put(entry, difference);
              }
            });
    return new ModelDiff(added, removed, changed);
  }

  private static String difference(Sighting old, Sighting now) {
    List<String> differences = new ArrayList<>();
    if (old.startupOnly() && !now.startupOnly()) {
      differences.add("also while running");
    }
    if (!old.isConfirmed() && now.isConfirmed()) {
      differences.add(now.accepted() ? "accepted" : "repeated by another start");
    }
    List<String> images = new ArrayList<>(now.digests());
    images.removeAll(old.digests());
    if (!images.isEmpty() && !old.digests().isEmpty()) {
      differences.add("also in image " + String.join(", ", images));
    }
    if (Duration.between(old.last(), now.last()).compareTo(REFRESH) >= 0) {
      differences.add("seen again");
    }
    return String.join("; ", differences);
  }

  /** Whether there are no differences. */
  public boolean isEmpty() {
    return added.isEmpty() && removed.isEmpty() && changed.isEmpty();
  }
}
