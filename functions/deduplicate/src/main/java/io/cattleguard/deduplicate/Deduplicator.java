package io.cattleguard.deduplicate;

import io.cattleguard.deduplicate.Verdict.Column;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.TargetKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Tells new problems from known ones; writes once per problem and batch. */
public final class Deduplicator {
  /** Attempts to store a state before the batch is left to be delivered again. */
  private static final int ATTEMPTS = 10;

  private final Sightings sightings;
  private final Suppressions suppressions;
  private final DeduplicationSettings settings;

  /** Over the given memory and policy. */
  public Deduplicator(
      Sightings sightings, Suppressions suppressions, DeduplicationSettings settings) {
    this.sightings = sightings;
    this.suppressions = suppressions;
    this.settings = settings;
  }

  /**
   * Judges a batch. What could not be recorded is {@link Column#FAILED}, alone: it was not counted
   * and is to be delivered again.
   *
   * @return a verdict for each arrival, in their order
   */
  public List<Verdict> deduplicate(List<Arrival> arrivals) {
    @Nullable Verdict[] verdicts = new @Nullable Verdict[arrivals.size()];
    if (suppressions.isEmpty()) {
      judge(arrivals, verdicts);
    } else {
      Map<Integer, Suppression> spent = suppress(arrivals, verdicts);
      List<Arrival> noted = new ArrayList<>(arrivals);
      spent.forEach(
          (position, suppression) -> noted.set(position, noted(noted.get(position), suppression)));
      judge(noted, verdicts);
      spent.forEach(
          (position, suppression) ->
              verdicts[position] =
                  Objects.requireNonNull(verdicts[position]).inSpiteOf(suppression));
    }
    return Arrays.stream(verdicts).map(Objects::requireNonNull).toList();
  }

  private static Arrival noted(Arrival arrival, Suppression spent) {
    return new Arrival(arrival.alert().withNote(spent.spent()), arrival.receivedAt());
  }

  private void judge(List<Arrival> arrivals, @Nullable Verdict[] verdicts) {
    for (Map.Entry<String, List<Integer>> problem : byProblem(arrivals, verdicts).entrySet()) {
      judge(problem.getKey(), problem.getValue(), arrivals, verdicts);
    }
  }

  private static Map<String, List<Integer>> byProblem(
      List<Arrival> arrivals, @Nullable Verdict[] verdicts) {
    Map<String, List<Integer>> problems = new LinkedHashMap<>();
    for (int i = 0; i < verdicts.length; i++) {
      if (verdicts[i] == null) {
        problems
            .computeIfAbsent(Fingerprint.of(arrivals.get(i).alert()), key -> new ArrayList<>(2))
            .add(i);
      }
    }
    return problems;
  }

  private void judge(
      String fingerprint,
      List<Integer> positions,
      List<Arrival> arrivals,
      @Nullable Verdict[] verdicts) {
    try {
      Optional<Sighting> before = sightings.recall(fingerprint);
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        Folding folding = new Folding(fingerprint, before, settings);
        for (int position : positions) {
          verdicts[position] = folding.add(arrivals.get(position));
        }
        if (!folding.changed()) {
          return;
        }
        before = sightings.store(folding.after(), folding.version());
        if (before.isEmpty()) {
          return;
        }
      }
    } catch (StorageUnavailable e) {
      // Told by the verdicts below: the caller knows the records and has them delivered again.
    }
    for (int position : positions) {
      verdicts[position] = failed(fingerprint, arrivals.get(position).alert());
    }
  }

  /** Hides what it may; returns the positions of what matches a suppression that is spent. */
  private Map<Integer, Suppression> suppress(List<Arrival> arrivals, @Nullable Verdict[] verdicts) {
    Map<Suppression, List<Integer>> matched = new LinkedHashMap<>();
    for (int i = 0; i < verdicts.length; i++) {
      Suppression suppression = suppressions.hiding(arrivals.get(i)).orElse(null);
      if (suppression != null) {
        matched.computeIfAbsent(suppression, key -> new ArrayList<>()).add(i);
      }
    }
    Map<Integer, Suppression> spent = new LinkedHashMap<>();
    matched.forEach(
        (suppression, positions) -> {
          hide(suppression, positions, arrivals, verdicts);
          for (int position : positions) {
            if (verdicts[position] == null) {
              spent.put(position, suppression);
            }
          }
        });
    return spent;
  }

  /**
   * Counts against the cap; what is beyond it keeps no verdict here and is judged like any other.
   * Where the cap cannot be counted, neither is done: hiding without a cap would be silence, and
   * letting known noise through would have it acted on.
   */
  private void hide(
      Suppression suppression,
      List<Integer> positions,
      List<Arrival> arrivals,
      @Nullable Verdict[] verdicts) {
    String key = "suppression/" + suppression.name();
    try {
      Optional<Sighting> before = sightings.recall(key);
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        CapCount count = new CapCount(key, before, suppression);
        for (int position : positions) {
          Arrival arrival = arrivals.get(position);
          verdicts[position] =
              count.admits(arrival) ? suppressed(suppression, arrival.alert()) : null;
        }
        if (!count.changed()) {
          return;
        }
        before = sightings.store(count.after(), count.version());
        if (before.isEmpty()) {
          return;
        }
      }
    } catch (StorageUnavailable e) {
      // As below.
    }
    for (int position : positions) {
      Alert alert = arrivals.get(position).alert();
      verdicts[position] = failed(Fingerprint.of(alert), alert);
    }
  }

  private static Verdict suppressed(Suppression suppression, Alert alert) {
    return new Verdict(
        Column.SUPPRESSED,
        alert,
        Fingerprint.of(alert),
        TargetKey.of(alert.target()),
        Optional.empty(),
        Optional.of(suppression.name()));
  }

  private static Verdict failed(String fingerprint, Alert alert) {
    return new Verdict(
        Column.FAILED,
        alert,
        fingerprint,
        TargetKey.of(alert.target()),
        Optional.empty(),
        Optional.empty());
  }
}
