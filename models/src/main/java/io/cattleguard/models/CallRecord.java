package io.cattleguard.models;

import io.cattleguard.models.Entry.SystemCall;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Whether a model has all system calls of its workload. A policy that allows only the calls of a
 * model stops a program in the first call that is missing, so a part of a record is not enough.
 *
 * @param model the model
 */
public record CallRecord(Model model) {
  /** The starts of a container that a record must have, unless people want another number. */
  static final int STARTS = 3;

  /** How long a record must have nothing new, likewise. */
  static final Duration STABLE = Duration.ofDays(1);

  private static final int MOST_NAMED = 3;

  /** Whether the record is complete. */
  public boolean isComplete() {
    return objections(STARTS, STABLE).isEmpty();
  }

  /** Why the record is not complete, one reason each; empty if it is. */
  public List<String> objections(int starts, Duration stable) {
    if (calls().findAny().isEmpty()) {
      return List.of("the model has no system calls");
    }
    if (model.traced().isEmpty()) {
      return List.of(
          "its system calls are only a part: no start of the container was recorded with all"
              + " calls");
    }
    List<String> objections = new ArrayList<>();
    if (model.traced().size() < starts) {
      objections.add(
          "all system calls were recorded in "
              + count(model.traced().size(), "start")
              + " of the container, needs "
              + starts);
    }
    int between = model.starts().size() - unrecordedFrom();
    if (between > 0) {
      objections.add(
          "the tracer was off, or did not select the pod, in "
              + count(between, "start")
              + " since its first record");
    }
    behaviour(objections);
    time(objections, stable);
    if (calls().anyMatch(call -> name(call).equals(SystemCall.UNKNOWN))) {
      objections.add("it has a call whose number is not known");
    }
    if (model.refused().containsKey(Entry.Kind.SYSTEM_CALL)) {
      objections.add("more calls were recorded than a model holds");
    }
    return objections;
  }

  private Stream<Map.Entry<Entry, Sighting>> calls() {
    return model.entries().entrySet().stream()
        .filter(entry -> entry.getKey().kind() == Entry.Kind.SYSTEM_CALL);
  }

  private static String name(Map.Entry<Entry, Sighting> call) {
    return call.getKey().subject();
  }

  /** How many of the starts are recorded, or are older than the first one that is. */
  private int unrecordedFrom() {
    int fine = 0;
    boolean began = false;
    for (String start : model.starts()) {
      boolean isRecorded = model.traced().contains(start);
      began |= isRecorded;
      fine += isRecorded || !began ? 1 : 0;
    }
    return fine;
  }

  /** What the workload did only before or after the record may need other calls. */
  private void behaviour(List<String> objections) {
    LocalDate from =
        Model.day(
            calls().map(call -> call.getValue().first()).min(Instant::compareTo).orElseThrow());
    LocalDate to = Model.day(lastCall());
    List<String> outside =
        model.entries().entrySet().stream()
            .filter(
                entry ->
                    entry.getKey().kind() != Entry.Kind.SYSTEM_CALL && entry.getValue().count() > 0)
            .filter(
                entry ->
                    Model.day(entry.getValue().last()).isBefore(from)
                        || Model.day(entry.getValue().first()).isAfter(to))
            .map(entry -> Deviations.words(entry.getKey()))
            .toList();
    if (!outside.isEmpty()) {
      objections.add(
          "not seen while calls were recorded, from "
              + from
              + " to "
              + to
              + ": "
              + String.join(", ", outside.subList(0, Math.min(MOST_NAMED, outside.size())))
              + (outside.size() > MOST_NAMED
                  ? " and " + (outside.size() - MOST_NAMED) + " more"
                  : ""));
    }
  }

  private void time(List<String> objections, Duration stable) {
    Duration unchanged = model.unchanged(lastCall());
    if (unchanged.compareTo(stable) < 0) {
      objections.add(
          "calls were recorded for "
              + hours(unchanged)
              + " since the last new entry, needs "
              + hours(stable));
    }
  }

  private Instant lastCall() {
    return calls().map(call -> call.getValue().last()).max(Instant::compareTo).orElseThrow();
  }

  private static String hours(Duration time) {
    return time.toHours() == 0 ? time.toMinutes() + " min" : time.toHours() + " h";
  }

  private static String count(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }
}
