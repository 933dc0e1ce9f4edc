package io.cattleguard.learn;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Merge;
import io.cattleguard.models.Model;
import io.cattleguard.models.Sighting;
import io.cattleguard.models.Workload;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The learnt models in a table: one item per container of a workload. Conditional writes keep what
 * concurrent writers learnt.
 */
public final class LearntModels {
  /** Behaviour that was not seen for this long is dropped. */
  public static final Duration AGE = Duration.ofDays(30);

  /** Entries of one model; a DynamoDB item has at most 400 KB. */
  static final int ENTRIES = 448;

  /** Characters of their texts. */
  static final int CHARACTERS = 48_000;

  /** Bytes of all entries as JSON; with its names, an item then has less than 400 KB. */
  static final int BYTES = 300_000;

  private static final String PREFIX = "learnt/";
  private static final int ATTEMPTS = 10;
  private static final int MOST_BYTES_OF_A_CHARACTER = 3;

  /** For clean-up only: a workload that does not run any more. */
  private static final Duration KEPT = Duration.ofDays(90);

  private final VersionedTable table;

  /** Keeps them in a table of its own, or in a part of one. */
  public LearntModels(VersionedTable table) {
    this.table = table;
  }

  /**
   * Adds new observations, and returns the model.
   *
   * @throws Unavailable if the table does not answer, or others write all the time
   */
  Model add(Model learnt, Instant now) {
    String key = key(learnt.workload());
    VersionedTable.State known =
        table.remembered(key).orElseGet(() -> new VersionedTable.State(key, 0, ""));
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Model next = known.version() == 0 ? bounded(learnt) : joined(known, learnt, now);
      Optional<VersionedTable.State> other =
          table.store(
              new VersionedTable.State(key, known.version() + 1, ModelState.write(next)),
              known.version(),
              now.plus(KEPT));
      if (other.isEmpty()) {
        return next;
      }
      known = other.get();
    }
    throw new Unavailable("write conflict", new IllegalStateException("write conflict"));
  }

  private static Model joined(VersionedTable.State known, Model learnt, Instant now) {
    Model before = ModelState.read(known.text());
    Model both = Merge.of(before, learnt, AGE, now);
    Map<Entry.Kind, Long> refused = new TreeMap<>(both.refused());
    before.refused().forEach((kind, count) -> refused.merge(kind, count, Math::max));
    learnt.refused().forEach((kind, count) -> refused.merge(kind, count, Math::max));
    return bounded(both.holding(both.entries(), refused));
  }

  /**
   * A model with as many entries as there is room for. The oldest entries stay, so that a flood
   * cannot displace them.
   */
  private static Model bounded(Model model) {
    if (model.entries().size() <= ENTRIES
        && characters(model) <= CHARACTERS
        && ModelState.write(model).length() <= BYTES / MOST_BYTES_OF_A_CHARACTER) {
      return model;
    }
    NavigableMap<Entry, Sighting> kept = new TreeMap<>();
    Map<Entry.Kind, Long> refused = new TreeMap<>(model.refused());
    List<Map.Entry<Entry, Sighting>> oldestFirst =
        model.entries().entrySet().stream()
            .sorted(Map.Entry.comparingByValue(Comparator.comparing(Sighting::first)))
            .toList();
    int characters = 0;
    int bytes = 0;
    for (Map.Entry<Entry, Sighting> one : oldestFirst) {
      int more = characters(one.getKey());
      int size = ModelState.bytes(one.getKey(), one.getValue());
      if (kept.size() < ENTRIES && characters + more <= CHARACTERS && bytes + size <= BYTES) {
        kept.put(one.getKey(), one.getValue());
        characters += more;
        bytes += size;
      } else {
        refused.merge(one.getKey().kind(), one.getValue().count(), Long::sum);
      }
    }
    return model.holding(kept, refused);
  }

  private static int characters(Model model) {
    return model.entries().keySet().stream().mapToInt(LearntModels::characters).sum();
  }

  private static int characters(Entry entry) {
    return entry.subject().length() + entry.detail().length();
  }

  /** All learnt models, sorted by workload. May read the whole table. */
  public List<Model> all() {
    return table.scan(PREFIX).stream()
        .filter(state -> state.version() > 0)
        .map(state -> ModelState.read(state.text()))
        .sorted(Comparator.comparing(Model::workload))
        .toList();
  }

  /** Names are bounded only in length, so a hash makes them fit a key. */
  private static String key(Workload workload) {
    return PREFIX + Fingerprint.hash(workload.toString());
  }
}
