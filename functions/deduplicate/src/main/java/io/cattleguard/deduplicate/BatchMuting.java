package io.cattleguard.deduplicate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.deduplicate.inhibition.Inhibitor;
import io.cattleguard.deduplicate.inhibition.InhibitorBook;
import io.cattleguard.deduplicate.silence.HidingPattern;
import io.cattleguard.deduplicate.silence.Silence;
import io.cattleguard.deduplicate.silence.Silences;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Silenced;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What hides the alerts of one batch from people, by their positions. */
final class BatchMuting {
  private final List<Arrival> arrivals;
  private final Suppressions suppressions;
  private final Quiet quiet;
  private final Map<Integer, Silenced> marks = new HashMap<>();
  private final Map<Integer, ObjectNode> events = new HashMap<>();

  BatchMuting(List<Arrival> arrivals, Suppressions suppressions, Quiet quiet) {
    this.arrivals = new ArrayList<>(arrivals);
    this.suppressions = suppressions;
    this.quiet = quiet;
  }

  /** The batch, with the notes on its alerts. */
  List<Arrival> arrivals() {
    return arrivals;
  }

  /** The positions that a suppression matches, without its cap. */
  Map<Suppression, List<Integer>> suppressed() {
    Map<Suppression, List<Integer>> matched = new LinkedHashMap<>();
    if (!suppressions.isEmpty()) {
      for (int i = 0; i < arrivals.size(); i++) {
        Optional<Suppression> suppression = suppressions.hiding(arrivals.get(i), event(i));
        if (suppression.isPresent()) {
          matched.computeIfAbsent(suppression.get(), key -> new ArrayList<>()).add(i);
        }
      }
    }
    return matched;
  }

  /** Marks what silences hide; positions that have a verdict already need none. */
  void silence(@Nullable Verdict[] verdicts) {
    if (arrivals.isEmpty()) {
      return;
    }
    Silences silences = quiet.silences().activeAt(arrivals.getLast().receivedAt());
    if (silences.isEmpty()) {
      return;
    }
    for (int i = 0; i < verdicts.length; i++) {
      if (verdicts[i] == null) {
        silence(i, silences);
      }
    }
  }

  private void silence(int position, Silences silences) {
    Severity severity = Silences.severity(arrivals.get(position).alert());
    Optional<Silence> hiding = silences.hiding(event(position), severity);
    if (hiding.isPresent()) {
      if (hiding.get().responders() || !marks.containsKey(position)) {
        marks.put(position, hiding.get().mark());
      }
      return;
    }
    silences
        .outranked(event(position), severity)
        .ifPresent(
            silence ->
                note(
                    position,
                    silence.mark().by()
                        + " does not hide it: it is more severe than "
                        + silence.upTo().jsonName()));
  }

  /** Marks the symptoms of the incidents that are known before this batch. */
  void mute(@Nullable Verdict[] verdicts) {
    if (!quiet.inhibitions().isEmpty() && !arrivals.isEmpty()) {
      mute(quiet.inhibitors().known(arrivals.getLast().receivedAt()), verdicts);
    }
  }

  private void mute(List<Inhibitor> known, @Nullable Verdict[] verdicts) {
    for (int i = 0; i < verdicts.length; i++) {
      if (verdicts[i] == null && !marks.containsKey(i)) {
        int position = i;
        Arrival arrival = arrivals.get(i);
        quiet
            .inhibitions()
            .mark(arrival.alert(), () -> event(position), known, arrival.receivedAt())
            .ifPresent(mark -> marks.put(position, mark));
      }
    }
  }

  /** The positions of alerts that mute others if people are notified of them. */
  Set<Integer> incidents(@Nullable Verdict[] verdicts) {
    if (quiet.inhibitions().isEmpty()) {
      return Set.of();
    }
    Set<Integer> positions = new TreeSet<>();
    for (int i = 0; i < verdicts.length; i++) {
      if (verdicts[i] == null && !inhibitors(i).isEmpty()) {
        positions.add(i);
      }
    }
    return positions;
  }

  private List<Inhibitor> inhibitors(int position) {
    Arrival arrival = arrivals.get(position);
    return quiet
        .inhibitions()
        .inhibitors(arrival.alert(), () -> event(position), arrival.receivedAt());
  }

  /**
   * Remembers the incidents that people are notified of, and marks their symptoms. An incident that
   * is hidden from people, merged or a copy mutes nothing, because people would then see neither
   * the incident nor its symptoms.
   */
  void inhibit(Set<Integer> incidents, @Nullable Verdict[] verdicts) {
    Instant now = arrivals.getLast().receivedAt();
    List<Inhibitor> told = new ArrayList<>();
    for (int position : incidents) {
      Verdict verdict = verdicts[position];
      if (verdict != null && verdict.isTold()) {
        told.addAll(inhibitors(position));
      }
    }
    if (told.isEmpty()) {
      return;
    }
    List<Inhibitor> known = quiet.inhibitors().known(now);
    if (!InhibitorBook.covers(known, told)) {
      quiet.inhibitors().remember(told, now);
      known = InhibitorBook.merged(known, told, now);
    }
    mute(known, verdicts);
  }

  void note(int position, String note) {
    Arrival arrival = arrivals.get(position);
    arrivals.set(position, new Arrival(arrival.alert().withNote(note), arrival.receivedAt()));
  }

  void mark(int position, Silenced mark) {
    marks.put(position, mark);
  }

  Optional<Silenced> mark(int position) {
    return Optional.ofNullable(marks.get(position));
  }

  private ObjectNode event(int position) {
    Alert alert = arrivals.get(position).alert();
    return events.computeIfAbsent(position, key -> HidingPattern.matchable(alert));
  }
}
