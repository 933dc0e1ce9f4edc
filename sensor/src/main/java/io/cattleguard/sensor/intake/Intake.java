package io.cattleguard.sensor.intake;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.RuntimeAlerts;
import io.cattleguard.events.Severity;
import io.cattleguard.events.heartbeat.SensorHeartbeat;
import io.cattleguard.events.observed.WorkloadObserved;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.ReadEvent;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import io.cattleguard.sources.recording.PartialLines;
import io.cattleguard.sources.recording.RecordedEvent;
import io.cattleguard.sources.recording.RecordedEvents;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** Reads an input just far enough to know which events to store, and how severe they are. */
public final class Intake {
  private static final ObjectReader JSON =
      JsonMapper.builder(AlertReader.boundedJson())
          // An event after an entry must not be lost.
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .readerFor(JsonNode.class);

  /** A sensor's entry begins with its schema, or with the time at which it was sent. */
  private static final int START_OF_AN_ENTRY = 80;

  private static final List<Reception> ROUTINE =
      List.of(new Reception(List.of(), 1, 0, Optional.empty(), false));

  /** A parsed event takes several times its size, so larger ones are parsed one at a time. */
  private static final int LARGE = 64 << 10;

  /** Maximum length of a name in a message. */
  private static final int NAMED = 60;

  private static final int PIECE_EVENTS = 256;
  private static final int PIECE_CHARACTERS = 256 << 10;

  private final Supplier<AlertReader> reader;
  private final Lock large = new ReentrantLock();
  private final String cluster;
  private final boolean server;
  private final LearningInput learning;
  private final Optional<HeartbeatInput> heartbeats;

  /** Creates the intake of that cluster's sensor. */
  public Intake(String cluster) {
    this(cluster, LearningInput.NONE);
  }

  /** Creates the intake of that cluster's sensor, which also learns from events. */
  public Intake(String cluster, LearningInput learning) {
    this(cluster, false, always(new AlertReader()), learning, Optional.empty());
  }

  private Intake(
      String cluster,
      boolean server,
      Supplier<AlertReader> reader,
      LearningInput learning,
      Optional<HeartbeatInput> heartbeats) {
    this.heartbeats = heartbeats;
    this.cluster = cluster;
    this.server = server;
    this.reader = reader;
    this.learning = learning;
  }

  /**
   * Creates the intake of a server of that cluster. It also reads the entries of sensors, and
   * stores each event with a {@link Stamp}.
   */
  public static Intake ofServer(String cluster) {
    return ofServer(cluster, always(new AlertReader()));
  }

  /**
   * Creates the intake of a server whose policy says which raw events are alerts, and how other
   * sources are read.
   *
   * @param reader the reader of the policy in force
   */
  public static Intake ofServer(String cluster, Supplier<AlertReader> reader) {
    return ofServer(cluster, reader, LearningInput.NONE);
  }

  /**
   * Creates the intake of a server that also learns from the events that no sensor packed.
   *
   * @param reader the reader of the policy in force
   */
  public static Intake ofServer(
      String cluster, Supplier<AlertReader> reader, LearningInput learning) {
    return new Intake(cluster, true, reader, learning, Optional.empty());
  }

  /** A copy that also takes heartbeats of sensors. */
  public Intake taking(HeartbeatInput all) {
    return new Intake(cluster, server, reader, learning, Optional.of(all));
  }

  /** Whether it takes heartbeats. */
  public boolean takesHeartbeats() {
    return heartbeats.isPresent();
  }

  /** Reads a heartbeat and passes it on. Returns the problem if it cannot. */
  public Optional<String> heartbeat(String text, Instant now, Sender sender) {
    SensorHeartbeat heartbeat;
    try {
      heartbeat = SensorHeartbeat.read(JSON.readTree(text));
    } catch (JsonProcessingException e) {
      return Optional.of("not JSON");
    } catch (ContractViolation e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
    if (!heartbeat.cluster().equals(cluster)) {
      String why = ofAnotherCluster(heartbeat);
      heartbeats.ifPresent(one -> one.ofAnotherCluster(why, now));
      return Optional.of(why);
    }
    if (sender.node().filter(node -> !node.equals(heartbeat.node())).isPresent()) {
      return Optional.of("it names another node than the token proves");
    }
    heartbeats.ifPresent(one -> one.take(heartbeat, now, sender));
    return Optional.empty();
  }

  /** The sensor logs it, and people see that the sensor is missing. */
  private String ofAnotherCluster(SensorHeartbeat heartbeat) {
    return "the sensor's cluster is "
        + HostileText.visible(heartbeat.cluster(), NAMED)
        + ", the server's is "
        + HostileText.visible(cluster, NAMED)
        + "; give the option --cluster (cluster in both charts) the same value";
  }

  private static Supplier<AlertReader> always(AlertReader reader) {
    return () -> reader;
  }

  /**
   * The result of reading one body or line.
   *
   * @param observations what is to be kept, in order
   * @param ignored how many were read and are no alerts
   * @param unreadable how many of the observations could not be read
   * @param complaint the problem with the first of these
   * @param packed whether a sensor packed it, which cannot do anything about unreadable events
   */
  public record Reception(
      List<Observation> observations,
      int ignored,
      int unreadable,
      Optional<String> complaint,
      boolean packed) {}

  /** Reads one event, an array of events, or events one after another, of an unproved sender. */
  public Reception receive(String text, Instant now) {
    return receive(text, now, Sender.UNPROVED);
  }

  /** Reads a text as a whole, which needs memory for all of its events. */
  public Reception receive(String text, Instant now, Sender sender) {
    List<Reception> pieces = new ArrayList<>();
    pieces(text, now, sender).forEachRemaining(pieces::add);
    return pieces.size() == 1 ? pieces.getFirst() : together(pieces);
  }

  private static Reception together(List<Reception> pieces) {
    return new Reception(
        pieces.stream().flatMap(piece -> piece.observations().stream()).toList(),
        pieces.stream().mapToInt(Reception::ignored).sum(),
        pieces.stream().mapToInt(Reception::unreadable).sum(),
        pieces.stream().flatMap(piece -> piece.complaint().stream()).findFirst(),
        pieces.stream().anyMatch(Reception::packed));
  }

  /**
   * Reads one event, an array of events, events one after another, or a sensor's entry. Each piece
   * has a bounded number of events, and is read when it is asked for.
   */
  public Iterator<Reception> pieces(String text, Instant now, Sender sender) {
    if (server && text.indexOf(AlertJson.SCHEMA) >= 0 && looksPacked(text)) {
      Optional<RuntimeAlerts> packed = packed(text);
      if (packed.isPresent()) {
        return List.of(unpack(packed.get(), now, sender)).iterator();
      }
      // Only here: a text that a sensor forwarded, or that came without a credential, is never a
      // report.
      Optional<WorkloadObserved> report = sender.mayReport() ? report(text) : Optional.empty();
      if (report.isPresent()) {
        return List.of(keep(report.get(), text, now, sender)).iterator();
      }
    }
    Stamp stamp = new Stamp(sender.node(), Duration.ZERO, 1);
    Origin origin = new Origin(cluster, sender.node(), now, Duration.ZERO);
    if (!text.stripLeading().startsWith("[")) {
      List<ReadEvent> events = read(text, origin);
      if (events.size() > 1 || !(events.getFirst().reading() instanceof Reading.Unreadable)) {
        return List.of(reception(events, Collections.nCopies(events.size(), stamp), now, false))
            .iterator();
      }
    }
    return new Pieces(text, origin, stamp, now);
  }

  /**
   * Reads a line of a followed file, whose sender is unproved, in pieces.
   *
   * @param line in UTF-8
   */
  public Iterator<Reception> pieces(byte[] line, Instant now) {
    if (RoutineEvents.isRoutine(line)) {
      learning.offer(line);
      return ROUTINE.iterator();
    }
    return pieces(new String(line, StandardCharsets.UTF_8), now, Sender.UNPROVED);
  }

  /** An event, or the events of an envelope. */
  private List<ReadEvent> read(String event, Origin origin) {
    if (event.length() < LARGE) {
      return reader.get().readAll(event, origin);
    }
    large.lock();
    try {
      return reader.get().readAll(event, origin);
    } finally {
      large.unlock();
    }
  }

  /** The events of a text that has several, or none that can be read. */
  private final class Pieces implements Iterator<Reception> {
    private final String text;
    private final RecordedEvents recorded;
    private final Iterator<RecordedEvent> events;
    private final Origin origin;
    private final Stamp stamp;
    private final Instant now;
    private boolean first = true;

    private Pieces(String text, Origin origin, Stamp stamp, Instant now) {
      this.text = text;
      this.recorded = RecordedEvents.of(text);
      this.events = PartialLines.joined(recorded);
      this.origin = origin;
      this.stamp = stamp;
      this.now = now;
    }

    @Override
    public boolean hasNext() {
      return events.hasNext() || (first && isNotEmpty());
    }

    /** Whether there is more than space and empty arrays in a text without events. */
    private boolean isNotEmpty() {
      return recorded.isInArray() || text.indexOf(',') >= 0;
    }

    @Override
    public Reception next() {
      if (!hasNext()) {
        throw new NoSuchElementException("all events were read");
      }
      List<ReadEvent> piece = new ArrayList<>();
      int characters = 0;
      while (events.hasNext() && piece.size() < PIECE_EVENTS && characters < PIECE_CHARACTERS) {
        String event = events.next().text();
        piece.addAll(read(event, origin));
        characters += event.length();
      }
      if (first && piece.isEmpty()) {
        piece.addAll(read(text.strip(), origin));
      }
      first = false;
      return reception(piece, Collections.nCopies(piece.size(), stamp), now, false);
    }
  }

  private static boolean looksPacked(String text) {
    return text.substring(0, Math.min(text.length(), START_OF_AN_ENTRY)).contains(AlertJson.SCHEMA);
  }

  private static Optional<RuntimeAlerts> packed(String text) {
    try {
      return Optional.of(RuntimeAlerts.read(JSON.readTree(text)));
    } catch (JsonProcessingException | ContractViolation e) {
      return Optional.empty(); // read as an event, it is unreadable, and the response says why
    }
  }

  private static Optional<WorkloadObserved> report(String text) {
    if (text.length() > AlertReader.EVENT_LIMIT) {
      return Optional.empty();
    }
    try {
      return Optional.of(WorkloadObserved.read(JSON.readTree(text)));
    } catch (JsonProcessingException | ContractViolation e) {
      return Optional.empty(); // read as an event, it is unreadable, and the response says why
    }
  }

  /** A report of what workloads do is stored as it is, and shed before every alert. */
  private static Reception keep(WorkloadObserved report, String text, Instant now, Sender sender) {
    Duration offset =
        report.sentAt().map(sentAt -> Origin.clockOffset(sentAt, now)).orElse(Duration.ZERO);
    String stored = new Stamp(sender.node(), offset, 1, true).write(text);
    return new Reception(
        List.of(
            new Observation(
                Severity.INFORMATIONAL, FoldKey.ofUnreadable(stored), now, now, stored)),
        0,
        0,
        Optional.empty(),
        true);
  }

  private Reception unpack(RuntimeAlerts packed, Instant now, Sender sender) {
    Duration offset =
        packed.sentAt().map(sentAt -> Origin.clockOffset(sentAt, now)).orElse(Duration.ZERO);
    Origin origin = new Origin(cluster, sender.node(), now, offset);
    List<ReadEvent> events = new ArrayList<>(packed.alerts().size());
    List<Stamp> stamps = new ArrayList<>(packed.alerts().size());
    for (RuntimeAlerts.Sensed sensed : packed.alerts()) {
      for (ReadEvent event : read(sensed.event(), origin)) {
        events.add(event);
        stamps.add(new Stamp(sender.node(), offset, sensed.count()));
      }
    }
    return reception(events, stamps, now, true);
  }

  private Reception reception(
      List<ReadEvent> events, List<Stamp> stamps, Instant now, boolean packed) {
    List<Observation> observations = new ArrayList<>(events.size());
    int ignored = 0;
    int unreadable = 0;
    Optional<String> complaint = Optional.empty();
    for (int i = 0; i < events.size(); i++) {
      Stamp stamp = stamps.get(i);
      String text = events.get(i).text();
      String stored = server ? stamp.write(text) : text;
      if (!packed && !(events.get(i).reading() instanceof Reading.Unreadable)) {
        learning.offer(text); // its sensor has learnt from what it packed
      }
      switch (events.get(i).reading()) {
        case Reading.Read read -> observations.add(observation(read.alert(), stored, stamp, now));
        case Reading.Ignored nothing -> ignored++;
        case Reading.Unreadable broken -> {
          String kept = cut(stored);
          observations.add(
              new Observation(Severity.INFORMATIONAL, FoldKey.ofUnreadable(kept), now, now, kept));
          unreadable++;
          complaint = complaint.isPresent() ? complaint : Optional.of(broken.reason());
        }
      }
    }
    return new Reception(observations, ignored, unreadable, complaint, packed);
  }

  /** No reader takes more of a text than this, and the bus takes less. */
  private static String cut(String text) {
    return text.length() <= AlertReader.EVENT_LIMIT
        ? text
        : text.substring(0, AlertReader.EVENT_LIMIT);
  }

  private static Observation observation(Alert alert, String stored, Stamp stamp, Instant now) {
    Instant observedAt = alert.observedAt();
    Severity severity = alert.severity();
    return new Observation(
        severity == null ? Severity.LOW : severity,
        // Folding counts an alert as one, so an alert that represents several is not folded.
        stamp.count() == 1 ? FoldKey.of(alert) : FoldKey.ofSeveral(alert),
        observedAt == null ? now : observedAt,
        now,
        stored);
  }
}
