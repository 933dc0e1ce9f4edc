package io.cattleguard.models;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The model of a workload's container. Immutable; a file of {@code policy/models/} holds one.
 *
 * @param image the image that was seen last, without its digest; empty if unknown
 * @param since the time of the first observation
 * @param until the time of the latest observation
 * @param changed the time at which the latest entry was added
 * @param instances the names of pods, the latest last
 * @param starts the ids of the starts of a container, the latest last
 * @param entries what it does
 * @param covers the kinds that were observed of any workload of its cluster while it was learned: a
 *     kind that no source tells is not missing
 * @param refused how many observations had no room, by kind: the model is not complete
 * @param replicas the number of different pods that were observed, as far as they are known to be
 *     different; the pods of an entry are a share of them
 * @param traced the starts, as in {@code starts}, of which all system calls were recorded
 * @param days the latest days on which it was observed, in UTC; empty if unknown, as in models of
 *     earlier versions
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
    NavigableMap<Entry, Sighting> entries,
    Set<Entry.Kind> covers,
    Map<Entry.Kind, Long> refused,
    int replicas,
    List<String> traced,
    NavigableSet<LocalDate> days) {
  /** The days that a model keeps. */
  public static final int MOST_DAYS = Long.SIZE;

  /** Copies the collections, and counts at least the pods that they name or count. */
  public Model {
    instances = instances.stream().distinct().toList();
    starts = starts.stream().distinct().toList();
    entries = Collections.unmodifiableNavigableMap(new TreeMap<>(entries));
    Set<Entry.Kind> kinds = new TreeSet<>(covers);
    kinds.remove(Entry.Kind.SYSTEM_CALL); // a CallRecord tells whether all were recorded
    covers = Collections.unmodifiableSet(kinds);
    Map<Entry.Kind, Long> bounded = new TreeMap<>(refused);
    bounded.replaceAll((kind, count) -> Math.clamp(count, 0L, (long) Sighting.MOST));
    refused = Collections.unmodifiableMap(bounded);
    int named = Math.max(Math.clamp(replicas, 0, Sighting.MOST), instances.size());
    replicas = entries.values().stream().mapToInt(Sighting::instances).reduce(named, Math::max);
    traced = traced.stream().distinct().toList();
    NavigableSet<LocalDate> latest = new TreeSet<>(days);
    while (latest.size() > MOST_DAYS) {
      latest.pollFirst();
    }
    days = Collections.unmodifiableNavigableSet(latest);
  }

  /** A model without a record of system calls, whose days are not known. */
  public Model(
      Workload workload,
      Mode mode,
      String image,
      Instant since,
      Instant until,
      Instant changed,
      List<String> instances,
      List<String> starts,
      NavigableMap<Entry, Sighting> entries,
      Set<Entry.Kind> covers,
      Map<Entry.Kind, Long> refused,
      int replicas) {
    this(
        workload,
        mode,
        image,
        since,
        until,
        changed,
        instances,
        starts,
        entries,
        covers,
        refused,
        replicas,
        List.of(),
        Collections.emptyNavigableSet());
  }

  /** A model with as many pods as its names and entries tell. */
  public Model(
      Workload workload,
      Mode mode,
      String image,
      Instant since,
      Instant until,
      Instant changed,
      List<String> instances,
      List<String> starts,
      NavigableMap<Entry, Sighting> entries,
      Set<Entry.Kind> covers,
      Map<Entry.Kind, Long> refused) {
    this(
        workload, mode, image, since, until, changed, instances, starts, entries, covers, refused,
        0);
  }

  /** The model in another mode. */
  public Model withMode(Mode other) {
    return new Model(
        workload, other, image, since, until, changed, instances, starts, entries, covers, refused,
        replicas, traced, days);
  }

  /** The model with other entries, and others that had no room. */
  public Model holding(NavigableMap<Entry, Sighting> others, Map<Entry.Kind, Long> withoutRoom) {
    return new Model(
        workload,
        mode,
        image,
        since,
        until,
        changed,
        instances,
        starts,
        others,
        covers,
        withoutRoom,
        replicas,
        traced,
        days);
  }

  /** The digests of all images that it was learned from, sorted. */
  public List<String> digests() {
    return entries.values().stream()
        .flatMap(sighting -> sighting.digests().stream())
        .distinct()
        .sorted()
        .toList();
  }

  /** The model with an entry that a person accepts, whether it has it already or not. */
  public Model accepting(Entry entry, Instant at) {
    NavigableMap<Entry, Sighting> accepted = new TreeMap<>(entries);
    Sighting old = entries.get(entry);
    accepted.put(
        entry,
        old == null
            ? new Sighting(0, at, at, 0, 0, "", false, List.of(), true)
            : new Sighting(
                old.count(),
                old.first(),
                old.last(),
                old.instances(),
                old.starts(),
                old.start(),
                old.startupOnly(),
                old.digests(),
                true));
    return holding(accepted, refused);
  }

  /**
   * How long nothing new was observed, up to a time. A whole day on which nothing at all was
   * observed does not count.
   */
  public Duration unchanged(Instant to) {
    Duration elapsed = Duration.between(changed, to);
    if (elapsed.isNegative()) {
      return Duration.ZERO;
    }
    LocalDate first = day(changed);
    LocalDate last = day(to);
    long between = ChronoUnit.DAYS.between(first, last) - 1;
    if (days.isEmpty() || between <= 0) {
      return elapsed;
    }
    return elapsed.minusDays(between - days.subSet(first, false, last, false).size());
  }

  /** The day of a time in UTC. */
  static LocalDate day(Instant at) {
    return at.atZone(ZoneOffset.UTC).toLocalDate();
  }

  /** Whether it has every entry that was observed. */
  public boolean isComplete() {
    return refused.isEmpty();
  }
}
