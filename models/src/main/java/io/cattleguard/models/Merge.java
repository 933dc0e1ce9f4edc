package io.cattleguard.models;

import io.cattleguard.models.Entry.WrittenFile;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Merges newly learned behaviour with the model that people reviewed. */
public final class Merge {
  /** Names of pods and starts that a model keeps. */
  public static final int NAMES = 16;

  /** The latest digests of an entry that a model keeps. */
  private static final int DIGESTS = 8;

  private Merge() {}

  /**
   * The merged model. Behaviour that was not seen for that long is dropped, unless a person
   * accepted it. The mode is the known model's.
   *
   * @param age counted back from the latest observation of either, so that a model does not age
   *     while its workload does not run
   */
  public static Model of(Model known, Model learned, Duration age) {
    return of(known, learned, age, Instant.MAX);
  }

  /**
   * The merged model.
   *
   * @param now the current time; a later observation has a wrong time and does not age other
   *     entries
   * @see #of(Model, Model, Duration)
   */
  public static Model of(Model known, Model newer, Duration age, Instant now) {
    Model learned = newer.holding(within(known, newer), newer.refused());
    boolean repeats = isWithin(learned, known);
    boolean newStarts = areOthers(known.starts(), learned.starts());
    boolean newInstances = areOthers(known.instances(), learned.instances());
    NavigableMap<Entry, Sighting> entries = new TreeMap<>(known.entries());
    Instant until = latest(known.until(), learned.until());
    Instant oldest = earliest(until, now).minus(age);
    // Calls are seen only while a tracer is on, so a record is as old as its latest call.
    Instant oldestCall = earliest(lastCall(known, learned), oldest.plus(age)).minus(age);
    entries
        .entrySet()
        .removeIf(
            entry ->
                !entry.getValue().accepted()
                    && entry
                        .getValue()
                        .last()
                        .isBefore(
                            entry.getKey().kind() == Entry.Kind.SYSTEM_CALL ? oldestCall : oldest)
                    && !learned.entries().containsKey(entry.getKey()));
    Map<Entry.Kind, Long> refused = new TreeMap<>(repeats ? known.refused() : learned.refused());
    learned
        .entries()
        .forEach(
            (entry, sighting) -> {
              Sighting old = entries.get(entry);
              if (old != null) {
                entries.put(entry, joined(old, sighting, repeats, newStarts, newInstances));
              } else if (size(entries, entry.kind()) < Limits.DEFAULT.of(entry.kind())) {
                entries.put(entry, sighting);
              } else {
                refused.merge(entry.kind(), sighting.count(), Long::sum);
              }
            });
    joinFiles(entries);
    boolean isNew =
        !known.entries().keySet().containsAll(learned.entries().keySet())
            && learned.changed().isAfter(known.changed());
    return new Model(
        known.workload(),
        known.mode(),
        learned.image().isEmpty() || learned.until().isBefore(known.until())
            ? known.image()
            : learned.image(),
        earliest(known.since(), learned.since()),
        until,
        isNew ? lastAdded(known, learned) : known.changed(),
        latestNames(known.instances(), learned.instances()),
        latestNames(known.starts(), learned.starts()),
        entries,
        union(known.covers(), learned.covers()),
        refused,
        newInstances ? known.replicas() + learned.replicas() : overlapping(known, learned),
        latestNames(known.traced(), learned.traced()),
        days(known, learned));
  }

  /** The learned entries, with the known patterns for the files that they cover. */
  private static NavigableMap<Entry, Sighting> within(Model known, Model learned) {
    NavigableMap<Entry, Sighting> entries = new TreeMap<>();
    learned
        .entries()
        .forEach(
            (entry, sighting) ->
                entries.merge(
                    entry instanceof WrittenFile file && !known.entries().containsKey(file)
                        ? pattern(known.entries().keySet(), file)
                        : entry,
                    sighting,
                    Sighting::and));
    return entries;
  }

  private static WrittenFile pattern(Set<Entry> known, WrittenFile file) {
    return Risk.of(file).rule().isRisky()
        ? file
        : files(known, other -> Ephemeral.covers(other, file.path())).findFirst().orElse(file);
  }

  /** The harmless files. Looks at the path first, because the risk takes longer. */
  private static Stream<WrittenFile> files(Set<Entry> entries, Predicate<String> isMeant) {
    return entries.stream()
        .filter(WrittenFile.class::isInstance)
        .map(WrittenFile.class::cast)
        .filter(file -> isMeant.test(file.path()) && !Risk.of(file).rule().isRisky());
  }

  /** Joins files that differ in one part of their path only, as a learner does. */
  private static void joinFiles(NavigableMap<Entry, Sighting> entries) {
    List<WrittenFile> left =
        new ArrayList<>(
            files(entries.keySet(), path -> Ephemeral.joinedWithin(path).isPresent()).toList());
    while (!left.isEmpty()) {
      WrittenFile file = left.removeLast();
      Optional<WrittenFile> pattern =
          entries.containsKey(file) ? pattern(entries, file) : Optional.empty();
      if (pattern.isPresent()) {
        WrittenFile wide = pattern.get();
        List<WrittenFile> covered =
            files(entries.keySet(), path -> Ephemeral.covers(wide.path(), path)).toList();
        for (WrittenFile one : covered) {
          Sighting sighting = entries.get(one);
          if (sighting != null && !one.equals(wide) && !sighting.accepted()) {
            entries.remove(one);
            entries.merge(wide, sighting, Sighting::and);
          }
        }
        left.add(wide);
      }
    }
  }

  private static Optional<WrittenFile> pattern(Map<Entry, Sighting> entries, WrittenFile file) {
    String folder = Ephemeral.joinedWithin(file.path()).orElse("/");
    List<String> near =
        files(entries.keySet(), path -> path.startsWith(folder)).map(WrittenFile::path).toList();
    return Ephemeral.joined(near, file.path())
        .map(WrittenFile::new)
        .filter(wide -> !Risk.of(wide).rule().isRisky());
  }

  private static Instant lastCall(Model known, Model learned) {
    return Stream.of(known, learned)
        .flatMap(model -> model.entries().entrySet().stream())
        .filter(entry -> entry.getKey().kind() == Entry.Kind.SYSTEM_CALL)
        .map(entry -> entry.getValue().last())
        .reduce(Instant.EPOCH, Merge::latest);
  }

  /** A model of an earlier version counts as observed on each day. */
  private static NavigableSet<LocalDate> days(Model known, Model learned) {
    NavigableSet<LocalDate> days = new TreeSet<>(known.days());
    if (known.days().isEmpty()) {
      LocalDate last = Model.day(known.until());
      for (int i = 0; i < Model.MOST_DAYS; i++) {
        LocalDate day = last.minusDays(i);
        if (!day.isBefore(Model.day(known.since()))) {
          days.add(day);
        }
      }
    }
    days.addAll(learned.days());
    return days;
  }

  /** The pods of two models that may be the same ones, as far as their names tell. */
  private static int overlapping(Model known, Model learned) {
    long named =
        Stream.concat(known.instances().stream(), learned.instances().stream()).distinct().count();
    return Math.max(Math.max(known.replicas(), learned.replicas()), (int) named);
  }

  /** Whether no name is in both. A list that is full may have lost a name, so it proves nothing. */
  private static boolean areOthers(List<String> known, List<String> learned) {
    return known.size() < NAMES && learned.size() < NAMES && Collections.disjoint(known, learned);
  }

  /** Whether the same observations were learned before: a model does not count them twice. */
  private static boolean isWithin(Model learned, Model known) {
    return !learned.since().isBefore(known.since()) && !learned.until().isAfter(known.until());
  }

  private static Instant lastAdded(Model known, Model learned) {
    return learned.entries().entrySet().stream()
        .filter(entry -> !known.entries().containsKey(entry.getKey()))
        .map(entry -> entry.getValue().first())
        .reduce(known.changed(), Merge::latest);
  }

  private static Sighting joined(
      Sighting old, Sighting now, boolean repeats, boolean newStarts, boolean newInstances) {
    boolean areKnown = !old.start().isEmpty() && !now.start().isEmpty();
    boolean otherStart = areKnown ? !old.start().equals(now.start()) : newStarts;
    int starts = otherStart ? old.starts() + now.starts() : Math.max(old.starts(), now.starts());
    return new Sighting(
        repeats ? Math.max(old.count(), now.count()) : old.count() + now.count(),
        earliest(old.first(), now.first()),
        latest(old.last(), now.last()),
        newInstances
            ? old.instances() + now.instances()
            : Math.max(old.instances(), now.instances()),
        starts,
        starts > 1 ? "" : old.start(),
        old.startupOnly() && now.startupOnly(),
        digests(old, now),
        old.accepted() || now.accepted());
  }

  /** The newer sighting's digests are the latest. */
  private static List<String> digests(Sighting old, Sighting now) {
    List<String> all =
        Stream.concat(
                old.digests().stream().filter(one -> !now.digests().contains(one)),
                now.digests().stream())
            .toList();
    return all.subList(Math.max(0, all.size() - DIGESTS), all.size()).stream().sorted().toList();
  }

  private static List<String> latestNames(List<String> known, List<String> learned) {
    List<String> all = new ArrayList<>(known);
    all.removeAll(learned);
    all.addAll(learned);
    return List.copyOf(all.subList(Math.max(0, all.size() - NAMES), all.size()));
  }

  private static Set<Entry.Kind> union(Set<Entry.Kind> one, Set<Entry.Kind> other) {
    Set<Entry.Kind> both = new TreeSet<>(one);
    both.addAll(other);
    return both;
  }

  private static long size(NavigableMap<Entry, Sighting> entries, Entry.Kind kind) {
    return entries.keySet().stream().filter(entry -> entry.kind() == kind).count();
  }

  private static Instant latest(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  private static Instant earliest(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}
