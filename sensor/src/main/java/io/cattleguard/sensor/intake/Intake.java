package io.cattleguard.sensor.intake;

import io.cattleguard.events.Alert;
import io.cattleguard.events.Severity;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import io.cattleguard.sources.recording.RecordedEvent;
import io.cattleguard.sources.recording.RecordedEvents;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads what was handed in just far enough to know what to keep, and how dearly. */
public final class Intake {
  private final AlertReader reader = new AlertReader();
  private final String cluster;

  /** For the sensor of that cluster. */
  public Intake(String cluster) {
    this.cluster = cluster;
  }

  /**
   * The result of reading one body or line.
   *
   * @param observations what is to be kept, in order
   * @param ignored how many were read and are no alerts
   * @param unreadable how many of the observations could not be read
   * @param complaint what is wrong with the first of these
   */
  public record Reception(
      List<Observation> observations, int ignored, int unreadable, Optional<String> complaint) {}

  /** Reads one event, an array of events, or events one after another. */
  public Reception receive(String text, Instant now) {
    if (!text.stripLeading().startsWith("[")) {
      Reading reading = reader.read(text, new Origin(cluster, now));
      if (!(reading instanceof Reading.Unreadable)) {
        return reception(List.of(text), List.of(reading), now);
      }
    }
    List<String> events = RecordedEvents.split(text).stream().map(RecordedEvent::text).toList();
    return reception(
        events,
        events.stream().map(event -> reader.read(event, new Origin(cluster, now))).toList(),
        now);
  }

  private static Reception reception(List<String> events, List<Reading> readings, Instant now) {
    List<Observation> observations = new ArrayList<>(events.size());
    int ignored = 0;
    int unreadable = 0;
    Optional<String> complaint = Optional.empty();
    for (int i = 0; i < events.size(); i++) {
      switch (readings.get(i)) {
        case Reading.Read read -> observations.add(observation(read.alert(), events.get(i), now));
        case Reading.Ignored nothing -> ignored++;
        case Reading.Unreadable broken -> {
          observations.add(
              new Observation(
                  Severity.INFORMATIONAL,
                  FoldKey.ofUnreadable(events.get(i)),
                  now,
                  now,
                  events.get(i)));
          unreadable++;
          complaint = complaint.isPresent() ? complaint : Optional.of(broken.reason());
        }
      }
    }
    return new Reception(observations, ignored, unreadable, complaint);
  }

  private static Observation observation(Alert alert, String text, Instant now) {
    Instant observedAt = alert.observedAt();
    Severity severity = alert.severity();
    return new Observation(
        severity == null ? Severity.LOW : severity,
        FoldKey.of(alert),
        observedAt == null ? now : observedAt,
        now,
        text);
  }
}
