package io.cattleguard.deduplicate;

import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.ReadEvent;
import io.cattleguard.sources.parsing.Detections;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The first step of every host: reads events and deduplicates their alerts. An unreadable event
 * becomes a health alert that carries the event; the host keeps the event as well.
 */
public final class Intake {
  private final AlertReader reader;
  private final AlertReader audit;
  private final Deduplicator deduplicator;

  /** Deduplicates with the given state. No raw event is an alert. */
  public Intake(Deduplicator deduplicator) {
    this(deduplicator, Detections.NONE);
  }

  /** Deduplicates with the given state, and the detections that name raw events. */
  public Intake(Deduplicator deduplicator, Detections detections) {
    this.reader = new AlertReader(detections);
    this.audit = AlertReader.ofAudit(detections);
    this.deduplicator = deduplicator;
  }

  /**
   * An event that was read.
   *
   * @param raw the text that arrived
   * @param cluster the cluster whose sensor sent it, if known
   * @param receivedAt when it arrived
   * @param count equal events that it represents, itself included
   */
  public record Received(
      String raw, @Nullable String cluster, Reading reading, Instant receivedAt, long count) {

    /** The same event, replayed from an archive. Its alert is marked, and never acted on. */
    public Received asReplayed() {
      return reading instanceof Reading.Read read
          ? new Received(
              raw, cluster, new Reading.Read(read.alert().asReplayed()), receivedAt, count)
          : this;
    }

    /** The same event, received at another time. */
    public Received at(Instant time) {
      return new Received(raw, cluster, reading, time, count);
    }
  }

  /**
   * The result for one event.
   *
   * @param verdict on its alert, or on the health alert of an unreadable event; empty for an
   *     ignored event
   */
  public record Result(Received received, Optional<Verdict> verdict) {
    /** Whether the event could not be parsed. */
    public boolean isUnreadable() {
      return received.reading instanceof Reading.Unreadable;
    }

    /** Whether nothing was recorded, so that the event must be delivered again. */
    public boolean isFailed() {
      return verdict.stream().anyMatch(one -> one.column() == Verdict.Column.FAILED);
    }

    /** The name of the one counter that includes the event, such as {@code merged}. */
    public String column() {
      if (isFailed()) {
        return "failed";
      }
      return switch (received.reading) {
        case Reading.Read read -> verdict.orElseThrow().column().name().toLowerCase(Locale.ROOT);
        case Reading.Ignored ignored -> "ignored";
        case Reading.Unreadable unreadable -> "unreadable";
      };
    }
  }

  /** Reads one event that represents {@code count} equal ones. */
  public Received read(String raw, Origin origin, long count) {
    return new Received(
        raw, origin.cluster(), reader.read(raw, origin), origin.receivedAt(), count);
  }

  /** Reads one event, or the events of an envelope. Each represents {@code count} equal ones. */
  public List<Received> readAll(String raw, Origin origin, long count) {
    return readAll(reader, raw, origin, count);
  }

  /**
   * Reads one event of an input that carries Kubernetes audit events only, each without an
   * envelope. An event of another source is unreadable.
   */
  public Received readAudit(String raw, Origin origin) {
    Reading reading = audit.read(raw, origin);
    return new Received(
        raw,
        origin.cluster(),
        reading instanceof Reading.Unreadable why
            ? new Reading.Unreadable("not a Kubernetes audit event: " + why.reason())
            : reading,
        origin.receivedAt(),
        1);
  }

  /** Reads an event of a recording, whose envelopes may be larger. */
  public List<Received> readRecorded(String raw, Origin origin) {
    return readAll(reader.ofRecordings(), raw, origin, 1);
  }

  private static List<Received> readAll(AlertReader with, String raw, Origin origin, long count) {
    List<Received> received = new ArrayList<>(1);
    for (ReadEvent event : with.readAll(raw, origin)) {
      received.add(
          new Received(
              event.text(), origin.cluster(), event.reading(), origin.receivedAt(), count));
    }
    return received;
  }

  /**
   * Deduplicates a batch.
   *
   * @return one result per event, in order
   */
  public List<Result> deduplicate(List<Received> batch) {
    List<Arrival> arrivals = new ArrayList<>(batch.size());
    for (Received one : batch) {
      alert(one).ifPresent(alert -> arrivals.add(new Arrival(alert, one.receivedAt)));
    }
    List<Verdict> verdicts = deduplicator.deduplicate(arrivals);
    List<Result> results = new ArrayList<>(batch.size());
    int next = 0;
    for (Received one : batch) {
      boolean judged = !(one.reading instanceof Reading.Ignored);
      results.add(new Result(one, judged ? Optional.of(verdicts.get(next++)) : Optional.empty()));
    }
    return results;
  }

  private static Optional<Alert> alert(Received event) {
    return switch (event.reading) {
      case Reading.Read read ->
          Optional.of(event.count == 1 ? read.alert() : read.alert().withCount(event.count));
      case Reading.Ignored ignored -> Optional.empty();
      case Reading.Unreadable unreadable -> Optional.of(healthAlert(event, unreadable.reason()));
    };
  }

  private static Alert healthAlert(Received event, String reason) {
    Target.Builder target = Target.builder();
    if (event.cluster != null) {
      target.cluster(event.cluster);
    }
    return new Alert(
        Fingerprint.hash("unreadable\n" + event.cluster + "\n" + event.raw),
        AlertClass.HEALTH,
        "cattleguard",
        "Unreadable event",
        Severity.MEDIUM,
        List.of(),
        List.of(),
        List.of(),
        target.build(),
        ObservedProcess.UNKNOWN,
        ObservedConnection.UNKNOWN,
        null,
        null,
        event.count,
        List.of(reason),
        event.raw);
  }
}
