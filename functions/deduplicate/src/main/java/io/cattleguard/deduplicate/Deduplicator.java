package io.cattleguard.deduplicate;

import io.cattleguard.deduplicate.Verdict.Column;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.TargetKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Separates new problems from known ones, with one write per problem and batch. */
public final class Deduplicator {
  /** Attempts to store a state before the alerts fail and are redelivered. */
  private static final int ATTEMPTS = 10;

  private final Sightings sightings;
  private final Suppressions suppressions;
  private final DeduplicationSettings settings;
  private final Quiet quiet;

  /** Uses the given store and policy. People silence nothing. */
  public Deduplicator(
      Sightings sightings, Suppressions suppressions, DeduplicationSettings settings) {
    this(sightings, suppressions, settings, Quiet.NONE);
  }

  /** Uses the given store and policy, and what people silence. */
  public Deduplicator(
      Sightings sightings, Suppressions suppressions, DeduplicationSettings settings, Quiet quiet) {
    this.sightings = sightings;
    this.suppressions = suppressions;
    this.settings = settings;
    this.quiet = quiet;
  }

  /**
   * Processes a batch. An alert that could not be recorded is {@link Column#FAILED}: it was not
   * counted and must be redelivered. It does not affect the others.
   *
   * @return one verdict per arrival, in order
   */
  public List<Verdict> deduplicate(List<Arrival> arrivals) {
    @Nullable Verdict[] verdicts = new @Nullable Verdict[arrivals.size()];
    BatchMuting muting = new BatchMuting(arrivals, suppressions, quiet);
    Map<Integer, Suppression> spent = suppress(muting, arrivals, verdicts);
    muting.silence(verdicts);
    muting.mute(verdicts);
    // Only incidents that people are notified of mute others, so the verdicts on incidents come
    // first.
    Set<Integer> incidents = muting.incidents(verdicts);
    if (!incidents.isEmpty()) {
      judge(muting, incidents, verdicts);
      muting.inhibit(incidents, verdicts);
    }
    judge(muting, verdicts);
    spent.forEach(
        (position, suppression) ->
            verdicts[position] = Objects.requireNonNull(verdicts[position]).inSpiteOf(suppression));
    List<Verdict> all = new ArrayList<>(verdicts.length);
    for (Verdict verdict : verdicts) {
      all.add(Objects.requireNonNull(verdict));
    }
    for (int i = 0; i < verdicts.length; i++) {
      quiet.remember(all.get(i), arrivals.get(i).at());
    }
    if (!arrivals.isEmpty()) {
      quiet.count(all, suppressions, arrivals.getLast().receivedAt());
    }
    return all;
  }

  private void judge(BatchMuting muting, @Nullable Verdict[] verdicts) {
    for (Map.Entry<Problem, List<Integer>> problem :
        byProblem(muting.arrivals(), verdicts).entrySet()) {
      judge(problem.getKey(), problem.getValue(), muting, verdicts);
    }
  }

  /** Judges the problems that have one of these positions. */
  private void judge(BatchMuting muting, Set<Integer> some, @Nullable Verdict[] verdicts) {
    byProblem(muting.arrivals(), verdicts)
        .forEach(
            (problem, positions) -> {
              if (!Collections.disjoint(some, positions)) {
                judge(problem, positions, muting, verdicts);
              }
            });
  }

  private static Map<Problem, List<Integer>> byProblem(
      List<Arrival> arrivals, @Nullable Verdict[] verdicts) {
    Map<Problem, List<Integer>> problems = new LinkedHashMap<>();
    for (int i = 0; i < verdicts.length; i++) {
      if (verdicts[i] == null) {
        problems
            .computeIfAbsent(Problem.of(arrivals.get(i).alert()), key -> new ArrayList<>(2))
            .add(i);
      }
    }
    return problems;
  }

  private void judge(
      Problem problem, List<Integer> positions, BatchMuting muting, @Nullable Verdict[] verdicts) {
    List<Arrival> arrivals = muting.arrivals();
    try {
      Optional<Sighting> before = sightings.recall(problem.key());
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        SightingUpdate update = new SightingUpdate(problem, before, settings);
        for (int position : positions) {
          verdicts[position] = update.add(arrivals.get(position), muting.mark(position));
        }
        if (!update.changed()) {
          return;
        }
        before = sightings.store(update.after(), update.version());
        if (before.isEmpty()) {
          return;
        }
      }
    } catch (StorageUnavailable e) {
      // The verdicts below report the failure; the caller has the records redelivered.
    }
    for (int position : positions) {
      verdicts[position] = failed(problem.fingerprint(), arrivals.get(position).alert());
    }
  }

  /**
   * Hides suppressed alerts. Returns the positions of alerts whose suppression has reached its cap.
   */
  private Map<Integer, Suppression> suppress(
      BatchMuting muting, List<Arrival> arrivals, @Nullable Verdict[] verdicts) {
    Map<Integer, Suppression> spent = new LinkedHashMap<>();
    muting
        .suppressed()
        .forEach(
            (suppression, positions) -> {
              hide(suppression, positions, arrivals, verdicts);
              for (int position : positions) {
                Verdict verdict = verdicts[position];
                if (verdict == null) {
                  spent.put(position, suppression);
                  muting.note(position, suppression.spent());
                } else if (suppression.hides() == Suppression.From.PEOPLE
                    && verdict.column() == Column.SUPPRESSED) {
                  verdicts[position] = null;
                  muting.mark(position, suppression.mark());
                }
              }
            });
    return spent;
  }

  /**
   * Counts alerts against the cap. An alert beyond the cap gets no verdict here and is processed
   * like any other. If the count cannot be stored, the alert fails: hiding without a cap could hide
   * an attack, and passing known noise could cause a response.
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
      // The verdict below reports the failure.
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
        TargetKey.of(alert),
        Optional.empty(),
        Optional.of(suppression.name()));
  }

  private static Verdict failed(String fingerprint, Alert alert) {
    return new Verdict(
        Column.FAILED, alert, fingerprint, TargetKey.of(alert), Optional.empty(), Optional.empty());
  }
}
