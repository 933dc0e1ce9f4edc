package io.cattleguard.models;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a workload's container does. Immutable; a file of {@code policy/models/} holds one.
 *
 * @param image the image that was seen last, without its digest; empty if unknown
 * @param since the time of the first observation
 * @param until the time of the latest observation
 * @param changed the time at which the latest entry was added
 * @param instances the names of the latest pods, sorted
 * @param starts the ids of the latest starts of a container, sorted
 * @param entries what it does
 * @param refused how many observations had no room, by kind: the model is not complete
 */
public record Model(
    Workload workload,
    Mode mode,
    String image,
    Instant since,
    Instant until,
    Instant changed,
    List<String> instances,
    List<String> starts,
    SortedMap<Entry, Sighting> entries,
    Map<Entry.Kind, Long> refused) {
  /** Copies the collections. */
  public Model {
    instances = instances.stream().distinct().sorted().toList();
    starts = starts.stream().distinct().sorted().toList();
    entries = Collections.unmodifiableSortedMap(new TreeMap<>(entries));
    refused = Collections.unmodifiableMap(new TreeMap<>(refused));
  }

  /** Whether it has every entry that was observed. */
  public boolean isComplete() {
    return refused.isEmpty();
  }
}
