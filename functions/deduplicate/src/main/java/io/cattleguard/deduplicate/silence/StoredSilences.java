package io.cattleguard.deduplicate.silence;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/** The silences in one item of deduplicate's table. */
public final class StoredSilences implements SilenceBook {
  /** Maximum number of silences at a time. */
  public static final int MOST = 100;

  /** Maximum number of ended silences that are still listed. */
  static final int MOST_ENDED = 100;

  /** How long an ended silence is still listed. */
  static final Duration KEPT_AFTER_END = Duration.ofDays(7);

  /** Maximum size of the item in bytes, below the 400 KB of a DynamoDB item. */
  private static final int MOST_BYTES = 300_000;

  private static final String KEY = "silences";
  private static final int ATTEMPTS = 10;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final VersionedTable table;
  private final Duration refresh;
  private final AtomicReference<Known> known =
      new AtomicReference<>(new Known(Instant.MIN, 0, Silences.NONE));

  private record Known(Instant at, long version, Silences silences) {}

  /**
   * Uses deduplicate's table.
   *
   * @param refresh how long a reading is used before the table is read again
   */
  public StoredSilences(VersionedTable table, Duration refresh) {
    this.table = table;
    this.refresh = refresh;
  }

  @Override
  public Silences activeAt(Instant now) {
    Known last = known.get();
    if (now.isBefore(last.at) || !now.isBefore(last.at.plus(refresh))) {
      last = again(last, now);
      known.set(last);
    }
    return last.silences.activeAt(now);
  }

  /** Parses the item only if it has changed. A failure to read is retried after the same time. */
  private Known again(Known last, Instant now) {
    try {
      Optional<VersionedTable.State> state = table.read(KEY);
      long version = state.map(VersionedTable.State::version).orElse(0L);
      return new Known(now, version, version == last.version ? last.silences : parse(state));
    } catch (Unavailable e) {
      return new Known(now, last.version, last.silences);
    }
  }

  /**
   * Every silence, also the latest {@value #MOST_ENDED} of those that ended within seven days.
   *
   * @throws Unavailable if the table does not answer
   */
  public Silences all() {
    return parse(table.read(KEY));
  }

  /**
   * Adds a silence.
   *
   * @throws IllegalArgumentException if there are too many, or their texts are too long
   * @throws Unavailable if the table does not answer
   */
  public void add(Silence silence, Instant now) {
    add(silence, now, false);
  }

  /**
   * Adds a silence, unless one of that id is known already, also if it has ended.
   *
   * @throws IllegalArgumentException if there are too many, or their texts are too long
   * @throws Unavailable if the table does not answer
   */
  void addOnce(Silence silence, Instant now) {
    add(silence, now, true);
  }

  private void add(Silence silence, Instant now, boolean once) {
    change(
        now,
        silences -> {
          if (once && silences.stream().anyMatch(one -> one.id().equals(silence.id()))) {
            return Optional.empty();
          }
          if (silences.stream().filter(one -> one.isActive(now)).count() >= MOST) {
            throw new IllegalArgumentException(
                "there are " + MOST + " silences already; remove one with: cattleguard unsilence");
          }
          List<Silence> next = new ArrayList<>(silences);
          next.removeIf(one -> one.id().equals(silence.id()));
          next.add(silence);
          if (bytes(next.stream().filter(one -> one.isActive(now)).toList()) > MOST_BYTES) {
            throw new IllegalArgumentException(
                "the silences have more than "
                    + MOST_BYTES / 1_000
                    + " kB; remove one with: cattleguard unsilence");
          }
          return Optional.of(next);
        });
  }

  /**
   * Ends a silence. It is still listed as one that has ended, so that a command that arrives again
   * does not set it again.
   *
   * @return the silence, or empty if none of that id is active
   * @throws Unavailable if the table does not answer
   */
  public Optional<Silence> remove(String id, Instant now) {
    List<Silence> removed = new ArrayList<>();
    change(
        now,
        silences -> {
          removed.clear();
          List<Silence> next = new ArrayList<>();
          for (Silence one : silences) {
            if (one.id().equals(id) && one.isActive(now)) {
              removed.add(one);
              next.add(one.endedAt(now));
            } else {
              next.add(one);
            }
          }
          return removed.isEmpty() ? Optional.empty() : Optional.of(next);
        });
    return removed.stream().findFirst();
  }

  private void change(Instant now, Function<List<Silence>, Optional<List<Silence>>> change) {
    Optional<VersionedTable.State> state = table.read(KEY);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long version = state.map(VersionedTable.State::version).orElse(0L);
      Optional<List<Silence>> next = change.apply(parse(state).all());
      if (next.isEmpty()) {
        return;
      }
      List<Silence> kept = kept(next.get(), now);
      Optional<VersionedTable.State> conflict =
          table.store(
              new VersionedTable.State(KEY, version + 1, write(kept)),
              version,
              now.plus(Silence.LONGEST).plus(KEPT_AFTER_END));
      if (conflict.isEmpty()) {
        return;
      }
      state = conflict.filter(current -> current.version() != 0);
    }
    throw new Unavailable("too many concurrent changes of the silences; try again");
  }

  /** Without the ended ones that are too old or too many; the latest are kept. */
  private static List<Silence> kept(List<Silence> silences, Instant now) {
    List<Silence> ended =
        new ArrayList<>(silences.stream().filter(one -> !one.isActive(now)).toList());
    ended.sort(Comparator.comparing(Silence::until).reversed());
    int most = MOST_ENDED;
    List<Silence> kept;
    do {
      Set<Silence> latest = new HashSet<>(ended.subList(0, Math.min(most, ended.size())));
      kept =
          silences.stream()
              .filter(
                  one ->
                      one.isActive(now)
                          || (latest.contains(one)
                              && now.isBefore(one.until().plus(KEPT_AFTER_END))))
              .toList();
      most -= 10;
    } while (most >= 0 && bytes(kept) > MOST_BYTES);
    return kept;
  }

  private static int bytes(List<Silence> silences) {
    return write(silences).getBytes(StandardCharsets.UTF_8).length;
  }

  private static String write(List<Silence> silences) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    silences.forEach(silence -> all.add(silence.toJson()));
    return all.toString();
  }

  /** A silence that cannot be read hides nothing. */
  private static Silences parse(Optional<VersionedTable.State> state) {
    List<Silence> all = new ArrayList<>();
    for (JsonNode one : items(state)) {
      try {
        all.add(Silence.read(one));
      } catch (IllegalArgumentException e) {
        // Written by a later version. It hides nothing.
      }
    }
    return new Silences(all);
  }

  private static JsonNode items(Optional<VersionedTable.State> state) {
    try {
      return state.isEmpty() ? JSON.createArrayNode() : JSON.readTree(state.get().text());
    } catch (IOException e) {
      throw new Unavailable("the stored silences are unreadable", e);
    }
  }
}
