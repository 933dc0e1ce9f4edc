package io.cattleguard.models;

import io.cattleguard.models.Entry.SystemCall;
import io.cattleguard.models.Entry.WrittenFile;
import io.cattleguard.models.Learner.Outcome;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The state of a learner for one workload. */
final class Learned {
  private static final long SECONDS_OF_A_DAY = ChronoUnit.DAYS.getDuration().toSeconds();

  private final Workload workload;
  private final Map<Entry, Tally> tallies = new HashMap<>(8);
  private final EnumMap<Entry.Kind, Integer> sizes = new EnumMap<>(Entry.Kind.class);
  private final EnumMap<Entry.Kind, Long> refused = new EnumMap<>(Entry.Kind.class);

  /** The entries that stand for several files. */
  private final List<WrittenFile> patterns = new ArrayList<>(0);

  private final Slots instances = new Slots();
  private final Slots starts = new Slots();
  private final Slots digests = new Slots();
  private int replicas;
  private String image = "";
  private int characters;
  private long since = Long.MAX_VALUE;
  private long until = Long.MIN_VALUE;
  private long changed = Long.MIN_VALUE;

  /** The latest day as its number since 1970, and a bit per observed day, the lowest for it. */
  private long latestDay = Long.MIN_VALUE;

  private long days;

  /** Mutable and small, because there are millions. */
  private static final class Tally {
    private long count;
    private long first = Long.MAX_VALUE;
    private long last = Long.MIN_VALUE;
    private long instances;
    private long starts;
    private long digests;
    private int instanceCount;
    private int startCount;
    private boolean startupOnly = true;

    void add(Tally other) {
      count = Math.min(Sighting.MOST, count + other.count);
      first = Math.min(first, other.first);
      last = Math.max(last, other.last);
      instances |= other.instances;
      starts |= other.starts;
      digests |= other.digests;
      instanceCount =
          Math.max(Math.max(instanceCount, other.instanceCount), Long.bitCount(instances));
      startCount = Math.max(Math.max(startCount, other.startCount), Long.bitCount(starts));
      startupOnly &= other.startupOnly;
    }
  }

  Learned(Workload workload) {
    this.workload = workload;
  }

  Outcome observe(Observation seen, Limits limits) {
    long at = seen.at().getEpochSecond();
    since = Math.min(since, at);
    until = Math.max(until, at);
    countDay(Math.floorDiv(at, SECONDS_OF_A_DAY));
    if (seen.image() != null) {
      image = seen.image();
    }
    Tally tally = tallies.get(seen.entry());
    if (tally == null && seen.entry() instanceof WrittenFile file) {
      tally = ofPattern(file);
    }
    boolean isNew = tally == null;
    if (tally == null) {
      if (!hasRoom(seen.entry(), limits)) {
        refused.merge(seen.entry().kind(), Math.min(Sighting.MOST, seen.count()), Learned::sum);
        return Outcome.REFUSED;
      }
      tally = new Tally();
      tallies.put(seen.entry(), tally);
      sizes.merge(seen.entry().kind(), 1, Integer::sum);
      characters += characters(seen.entry());
      changed = seen.entry().equals(SystemCall.RECORDED) ? changed : Math.max(changed, at);
    }
    boolean isOther = add(tally, seen, at);
    if (isNew && seen.entry() instanceof WrittenFile file) {
      join(file);
    }
    return isOther && !isNew ? Outcome.NEW_INSTANCE : isNew ? Outcome.NEW : Outcome.KNOWN;
  }

  /** The tally of the pattern that covers a file, if there is one. */
  private @Nullable Tally ofPattern(WrittenFile file) {
    if (patterns.isEmpty() || Risk.of(file).rule().isRisky()) {
      return null;
    }
    return patterns.stream()
        .filter(pattern -> Ephemeral.covers(pattern.path(), file.path()))
        .findFirst()
        .map(tallies::get)
        .orElse(null);
  }

  /** Joins a file with its siblings if they are many, and what comes of that likewise. */
  private void join(WrittenFile added) {
    Optional<WrittenFile> pattern = pattern(added);
    while (pattern.isPresent()) {
      WrittenFile wide = pattern.get();
      Tally all = new Tally();
      Tally before = tallies.remove(wide);
      if (before != null) {
        all.add(before);
      } else {
        sizes.merge(Entry.Kind.WRITTEN_FILE, 1, Integer::sum);
        characters += characters(wide);
      }
      for (WrittenFile file : harmlessFiles(path -> Ephemeral.covers(wide.path(), path))) {
        if (!file.equals(wide)) {
          all.add(Objects.requireNonNull(tallies.remove(file)));
          patterns.remove(file);
          sizes.merge(Entry.Kind.WRITTEN_FILE, -1, Integer::sum);
          characters -= characters(file);
        }
      }
      tallies.put(wide, all);
      patterns.add(wide);
      pattern = pattern(wide);
    }
  }

  private Optional<WrittenFile> pattern(WrittenFile file) {
    Optional<String> folder = Ephemeral.joinedWithin(file.path());
    if (folder.isEmpty() || Risk.of(file).rule().isRisky()) {
      return Optional.empty();
    }
    List<WrittenFile> near = harmlessFiles(path -> path.startsWith(folder.get()));
    return Ephemeral.joined(near.stream().map(WrittenFile::path).toList(), file.path())
        .map(WrittenFile::new)
        .filter(wide -> !Risk.of(wide).rule().isRisky());
  }

  /** Looks at the path first, because the risk takes longer. */
  private List<WrittenFile> harmlessFiles(Predicate<String> isMeant) {
    return tallies.keySet().stream()
        .filter(WrittenFile.class::isInstance)
        .map(WrittenFile.class::cast)
        .filter(file -> isMeant.test(file.path()) && !Risk.of(file).rule().isRisky())
        .toList();
  }

  private void countDay(long day) {
    if (day > latestDay) {
      days =
          latestDay == Long.MIN_VALUE || day - latestDay >= Long.SIZE
              ? 0
              : days << (day - latestDay);
      latestDay = day;
    }
    days |= latestDay - day < Long.SIZE ? 1L << (latestDay - day) : 0;
  }

  private NavigableSet<LocalDate> days() {
    NavigableSet<LocalDate> all = new TreeSet<>();
    for (int i = 0; i < Long.SIZE; i++) {
      if ((days & 1L << i) != 0) {
        all.add(LocalDate.ofEpochDay(latestDay - i));
      }
    }
    return all;
  }

  private boolean hasRoom(Entry entry, Limits limits) {
    return sizes.getOrDefault(entry.kind(), 0) < limits.of(entry.kind())
        && characters + characters(entry) <= limits.characters();
  }

  private static long sum(long one, long other) {
    return Math.min(Sighting.MOST, one + other);
  }

  private static int characters(Entry entry) {
    return entry.subject().length() + entry.detail().length();
  }

  /** Whether the entry was not yet seen in this pod, start or image. */
  private boolean add(Tally tally, Observation seen, long at) {
    tally.count = Math.min(Sighting.MOST, tally.count + Math.min(Sighting.MOST, seen.count()));
    tally.first = Math.min(tally.first, at);
    tally.last = Math.max(tally.last, at);
    tally.startupOnly &= seen.phase() == Phase.STARTUP;
    String start = seen.start().isEmpty() ? seen.instance() : seen.start();
    long instance = 1L << slot(instances, seen.instance(), Dimension.INSTANCE);
    long ofStart = 1L << slot(starts, start, Dimension.START);
    long digest = seen.digest() == null ? 0 : 1L << slot(digests, seen.digest(), Dimension.DIGEST);
    boolean newInstance = (tally.instances & instance) == 0;
    boolean newStart = (tally.starts & ofStart) == 0;
    boolean newDigest = (tally.digests & digest) != digest;
    tally.instances |= instance;
    tally.starts |= ofStart;
    tally.digests |= digest;
    tally.instanceCount += newInstance ? 1 : 0;
    tally.startCount += newStart ? 1 : 0;
    return newInstance || newStart || newDigest;
  }

  private enum Dimension {
    INSTANCE,
    START,
    DIGEST
  }

  private int slot(Slots slots, String name, Dimension dimension) {
    int slot = slots.find(name);
    if (slot >= 0) {
      return slot;
    }
    slot = slots.add(name);
    replicas += dimension == Dimension.INSTANCE ? 1 : 0;
    long others = ~(1L << slot);
    for (Tally tally : tallies.values()) {
      switch (dimension) {
        case INSTANCE -> tally.instances &= others;
        case START -> tally.starts &= others;
        case DIGEST -> tally.digests &= others;
      }
    }
    return slot;
  }

  String cluster() {
    return workload.cluster();
  }

  Instant until() {
    return Instant.ofEpochSecond(until);
  }

  int systemCalls() {
    return sizes.getOrDefault(Entry.Kind.SYSTEM_CALL, 0);
  }

  int size() {
    return tallies.size();
  }

  /** Empty if the start was forgotten. */
  private String only(long bits) {
    List<String> names = starts.names(bits);
    return names.size() == 1 ? names.getFirst() : "";
  }

  Model model(Set<Entry.Kind> covers) {
    NavigableMap<Entry, Sighting> entries = new TreeMap<>();
    Tally recorded = tallies.get(SystemCall.RECORDED);
    tallies.forEach(
        (entry, tally) ->
            entries.put(
                entry,
                new Sighting(
                    tally.count,
                    Instant.ofEpochSecond(tally.first),
                    Instant.ofEpochSecond(tally.last),
                    tally.instanceCount,
                    tally.startCount,
                    tally.startCount == 1 ? only(tally.starts) : "",
                    tally.startupOnly,
                    digests.names(tally.digests).stream().sorted().toList(),
                    false)));
    entries.remove(SystemCall.RECORDED);
    return new Model(
        workload,
        Mode.LEARNING,
        image,
        Instant.ofEpochSecond(since),
        Instant.ofEpochSecond(until),
        Instant.ofEpochSecond(changed == Long.MIN_VALUE ? since : changed),
        instances.names(),
        starts.names(),
        entries,
        covers,
        refused,
        replicas,
        recorded == null ? List.of() : starts.names(recorded.starts),
        days());
  }

  /**
   * Gives the latest 64 names a bit each, so that a set of them is a number. Forgets the oldest.
   */
  private static final class Slots {
    static final int MOST = Long.SIZE;

    private final List<String> names = new ArrayList<>(1);
    private int next;

    /** The slot of a name, or -1. */
    int find(String name) {
      return names.indexOf(name);
    }

    /** A slot for a name that has none; it may have belonged to a name that is now forgotten. */
    int add(String name) {
      if (names.size() < MOST) {
        names.add(name);
        return names.size() - 1;
      }
      int slot = next;
      names.set(slot, name);
      next = (next + 1) % MOST;
      return slot;
    }

    List<String> names() {
      return List.copyOf(names);
    }

    List<String> names(long bits) {
      List<String> set = new ArrayList<>();
      for (int i = 0; i < names.size(); i++) {
        if ((bits & 1L << i) != 0) {
          set.add(names.get(i));
        }
      }
      return set;
    }
  }
}
