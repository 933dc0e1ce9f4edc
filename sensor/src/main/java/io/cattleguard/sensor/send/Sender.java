package io.cattleguard.sensor.send;

import io.cattleguard.sensor.intake.Observation;
import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.operations.SensorMetrics;
import io.cattleguard.sensor.operations.Worker;
import io.cattleguard.sensor.settings.SensorSettings;
import io.cattleguard.sensor.spool.Entry;
import io.cattleguard.sensor.spool.GroupCommit;
import io.cattleguard.sensor.spool.Round;
import io.cattleguard.sensor.spool.Spool;
import io.cattleguard.sensor.spool.SpoolUnavailable;
import io.cattleguard.sensor.spool.Urgency;
import io.cattleguard.sensor.store.CountFile;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * The thread that sends alerts to the bus, one round at a time. A round is recorded before it is
 * sent and removed from the spool when the bus has accepted all of it. The sender retries what the
 * bus refused.
 */
public final class Sender implements AutoCloseable {
  private static final long ROUND_BYTES = 2 << 20;
  private static final long FILED_AT_ONCE = 4 << 20;
  private static final Duration AFTER_A_FAILURE = Duration.ofSeconds(1);
  static final Duration LAST_CHANCE = Duration.ofSeconds(5);

  /** An alert that was put back is sent again with the next alerts, or else after this time. */
  private static final Duration BEFORE_ANOTHER_ATTEMPT = Duration.ofSeconds(20);

  /** After this many failed calls, a small round makes room for the alerts behind it. */
  private static final int FAILURES = 6;

  private static final int SMALL_ROUND = 32;

  /** For this long, a copy of an accepted entry can show whether the bus accepts anything. */
  private static final Duration KNOWN = Duration.ofMinutes(10);

  private static final int KNOWN_BYTES = 64 << 10;

  /** The parts that differ from answer to answer, such as a request id. */
  private static final Pattern IDS = Pattern.compile("[\\w-]*\\d[\\w-]*");

  private final Spool spool;
  private final GroupCommit commits;
  private final Bus bus;
  private final Packing packing;
  private final CountFile asideCount;
  private final Aside aside;
  private final Isolation isolation;
  private final SensorSettings settings;
  private final SensorMetrics metrics;
  private final SensorLog log;
  private final InstantSource clock;
  private final RoundSchedule schedule;
  private final Worker worker;

  private volatile boolean failing;
  private String failure = "";
  private Optional<Entry> known = Optional.empty();

  private long knownNanos;

  public Sender(
      Spool spool,
      GroupCommit commits,
      Bus bus,
      SensorSettings settings,
      SensorMetrics metrics,
      SensorLog log,
      InstantSource clock) {
    this.spool = spool;
    this.commits = commits;
    this.bus = bus;
    this.packing = new Packing(settings.cluster(), settings.callBytes());
    this.asideCount = CountFile.open(settings.spool(), "aside.count");
    this.aside = new Aside(spool, commits, asideCount, clock, System::nanoTime);
    this.isolation = new Isolation(aside, commits, metrics, log);
    this.settings = settings;
    this.metrics = metrics;
    this.log = log;
    this.clock = clock;
    this.schedule =
        new RoundSchedule(
            settings.foldWindow(), new Urgency(settings.flushSeverity()), spool.alerts() > 0);
    this.worker = new Worker("sender", this::run, this::failed);
  }

  public void start() {
    worker.start();
  }

  /** Receives the alerts that are on disk now. */
  public void arrived(List<Observation> observations) {
    schedule.arrived(observations);
  }

  /** Folds alerts over that many windows, to save CPU. */
  public void stretchWindow(int factor) {
    schedule.stretchWindow(factor);
  }

  public boolean isAlive() {
    return worker.isWell();
  }

  private void failed(String sentence) {
    metrics.workerFailed();
    log.warn(sentence);
    remember();
  }

  /** Whether the last call to the bus failed. */
  public boolean isFailing() {
    return failing;
  }

  /** How many alerts the bus rejects alone; they are kept and sent again, apart from the others. */
  public long setAside() {
    return isolation.alerts();
  }

  /** How many alerts of an earlier process, set aside, were lost to damage. */
  public long lost() {
    return aside.lost();
  }

  private void run() throws InterruptedException {
    while (true) {
      try {
        schedule.awaitRound(isolation);
        boolean last = schedule.isClosed();
        send();
        worker.works();
        if (last) {
          return;
        }
        sendSuspects();
      } catch (SpoolUnavailable e) {
        log.warn("spool unavailable, retrying in 1 s", "reason", String.valueOf(e.getMessage()));
        remember();
        schedule.pause(AFTER_A_FAILURE);
      }
    }
  }

  /** A round that failed is still to be sent, also if no alert arrives after it. */
  private void remember() {
    schedule.await(Duration.ZERO);
  }

  private void send() {
    while (true) {
      if (spool.hasBacklog()) {
        // A severe alert that has just arrived must not wait behind less severe ones.
        commits.change(to -> to.file(FILED_AT_ONCE));
      }
      Round round = spool.next(ROUND_BYTES);
      if (round.isEmpty()) {
        return;
      }
      commits.change(to -> to.begin(round));
      long sentBefore = metrics.sent.sum();
      if (!deliver(round)) {
        return;
      }
      commits.change(
          to -> {
            to.finish(round);
            to.append(isolation.putBack());
          });
      metrics.folded.add(round.count() - round.alerts().size());
      if (!isolation.putBack().isEmpty()) {
        schedule.await(BEFORE_ANOTHER_ATTEMPT);
      }
      // If all of it was put back, the next round may be the same again.
      boolean inVain = !isolation.putBack().isEmpty() && metrics.sent.sum() == sentBefore;
      if (inVain || !round.more()) {
        return;
      }
    }
  }

  /**
   * Sends until the bus has accepted each alert, or it is set aside or parked. False if the sensor
   * stops before that.
   */
  private boolean deliver(Round round) {
    List<Round.Folded> alerts = isolation.begin(round.alerts());
    List<Entry> entries = entries(round, alerts);
    if (alerts.size() < round.alerts().size()) {
      record(round, entries.stream().map(Entry::alerts).toList());
    }
    Delivery delivery =
        new Delivery(
            entries, round.again(), packing, settings.callBytes(), ThreadLocalRandom.current());
    while (!delivery.isDone()) {
      List<Entry> call = delivery.next(known());
      delivery.takeDivision().ifPresent(division -> record(round, division));
      List<Bus.Outcome> outcomes = put(call, clock.instant());
      metrics.calls.increment();
      count(call, outcomes, delivery.isNew(), clock.instant());
      delivery.heard(outcomes);
      delivery
          .takeInvalid()
          .forEach(
              one ->
                  isolation.park(
                      one.alert(),
                      "PutEvents rejects an alert for its content",
                      one.explanation()));
      delivery.takeIsolated().forEach(isolation::isolate);
      note(delivery.isDone() || delivery.isWorking(), delivery.reason());
      if (delivery.failures() >= FAILURES && spool.alerts() > round.count()) {
        giveUp(round, delivery);
      }
      Optional<Duration> pause = delivery.pause();
      if (pause.isPresent()) {
        if (!schedule.mayGoOn()) {
          return false;
        }
        schedule.pause(pause.get());
      }
    }
    return true;
  }

  private List<Entry> entries(Round round, List<Round.Folded> alerts) {
    Instant now = clock.instant();
    if (round.entries().isEmpty()) {
      return packing.pack(alerts, now);
    }
    Set<Round.Folded> left = new HashSet<>(alerts);
    return round.entries().stream()
        .map(entry -> entry.stream().filter(left::contains).toList())
        .filter(entry -> !entry.isEmpty())
        .map(entry -> packing.entry(entry, now))
        .toList();
  }

  /**
   * Records the entries if the round was divided. Otherwise alerts that were accepted in a part of
   * an entry would be sent again under another id after a crash.
   */
  private void record(Round round, List<List<Round.Folded>> entries) {
    commits.change(to -> to.begin(round.dividedInto(entries)));
  }

  private void count(List<Entry> call, List<Bus.Outcome> outcomes, boolean ofRound, Instant now) {
    for (int i = 0; i < call.size(); i++) {
      Entry entry = call.get(i);
      switch (outcomes.get(i)) {
        case Bus.Outcome.Accepted accepted -> {
          if (ofRound) {
            metrics.sent.add(entry.alerts().stream().mapToLong(Round.Folded::count).sum());
            entry.alerts().forEach(alert -> metrics.accepted(alert, now));
            if (entry.detail().length() <= KNOWN_BYTES) {
              known = Optional.of(entry);
              knownNanos = System.nanoTime();
            }
          }
        }
        case Bus.Outcome.Later retry -> metrics.failed(retry.reason(), 1);
        case Bus.Outcome.Never never -> metrics.failed("refused", 1);
      }
    }
  }

  private Optional<Entry> known() {
    return known.filter(entry -> System.nanoTime() - knownNanos < KNOWN.toNanos());
  }

  /** Perhaps it accepts the alerts behind a small round, which could otherwise hold them up. */
  private void giveUp(Round round, Delivery delivery) {
    List<Delivery.Rejected> rest = delivery.rest(SMALL_ROUND);
    if (!rest.isEmpty()) {
      delivery.giveUp();
      delivery.takeDivision().ifPresent(division -> record(round, division));
      rest.forEach(isolation::isolate);
    }
  }

  /** Sends the alerts that were set aside again, one by one. */
  private void sendSuspects() {
    Optional<Aside.Suspect> next = isolation.due();
    while (next.isPresent() && !schedule.isClosed()) {
      Aside.Suspect suspect = next.get();
      List<Entry> call = List.of(packing.entry(List.of(suspect.alert()), clock.instant()));
      List<Bus.Outcome> outcomes = put(call, clock.instant());
      metrics.calls.increment();
      count(call, outcomes, true, clock.instant());
      isolation.heard(suspect, outcomes.getFirst());
      next = isolation.due();
    }
  }

  private List<Bus.Outcome> put(List<Entry> call, Instant now) {
    try {
      return bus.put(call.stream().map(entry -> entry.sentAt(now)).toList());
    } catch (RuntimeException e) {
      // After a defect of the client the rest of the round is retried, not the whole round.
      return Collections.nCopies(
          call.size(), new Bus.Outcome.Later("unanswered", e.getClass().getName()));
    }
  }

  /** Logs the beginning and the end of an outage, and each new reason in between. */
  private void note(boolean works, String reason) {
    if (works) {
      if (failing) {
        failing = false;
        log.info("PutEvents works again", "waiting", String.valueOf(spool.alerts()));
        isolation.retryAll();
      }
      failure = "";
      return;
    }
    failing = true;
    String kind = IDS.matcher(reason).replaceAll("");
    if (!kind.equals(failure)) {
      failure = kind;
      log.warn("PutEvents failing: alerts are buffered, retrying", "reason", reason);
    }
  }

  /** Sends for up to five seconds; the rest stays on disk for the next start. */
  @Override
  public void close() {
    end(LAST_CHANCE);
  }

  /** Sends for up to that time. */
  void end(Duration within) {
    schedule.close(within);
    worker.join(Duration.ofSeconds(15));
    asideCount.close();
  }
}
