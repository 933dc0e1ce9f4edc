package io.cattleguard.deduplicate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.deduplicate.inhibition.Inhibitions;
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
import org.jspecify.annotations.Nullable;

/** What hides the alerts of one batch from people, by their positions. */
final class Hiding {
  private final List<Arrival> arrivals;
  private final Suppressions suppressions;
  private final Quiet quiet;
  private final Map<Integer, Silenced> marks = new HashMap<>();
  private final Map<Integer, ObjectNode> events = new HashMap<>();

  Hiding(List<Arrival> arrivals, Suppressions suppressions, Quiet quiet) {
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
                        + " does not hide it: it is graver than "
                        + silence.upTo().jsonName()));
  }

  /**
   * Marks the symptoms of incidents. An incident that is hidden from people itself mutes nothing,
   * because people would then see neither.
   */
  void inhibit(@Nullable Verdict[] verdicts) {
    Inhibitions inhibitions = quiet.inhibitions();
    if (inhibitions.isEmpty() || arrivals.isEmpty()) {
      return;
    }
    Instant now = arrivals.getLast().receivedAt();
    List<Inhibitor> seen = new ArrayList<>();
    for (int i = 0; i < verdicts.length; i++) {
      if (verdicts[i] == null && !marks.containsKey(i)) {
        Arrival arrival = arrivals.get(i);
        seen.addAll(inhibitions.inhibitors(arrival.alert(), event(i), arrival.receivedAt()));
      }
    }
    List<Inhibitor> known = quiet.inhibitors().known(now);
    if (!seen.isEmpty() && !InhibitorBook.covers(known, seen)) {
      quiet.inhibitors().remember(seen, now);
      known = InhibitorBook.merged(known, seen, now);
    }
    for (int i = 0; i < verdicts.length; i++) {
      if (verdicts[i] == null && !marks.containsKey(i)) {
        Arrival arrival = arrivals.get(i);
        Optional<Silenced> mark =
            inhibitions.mark(arrival.alert(), event(i), known, arrival.receivedAt());
        if (mark.isPresent()) {
          marks.put(i, mark.get());
        }
      }
    }
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
