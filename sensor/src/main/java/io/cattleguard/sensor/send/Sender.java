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
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;

/**
 * The thread that sends alerts to the bus, one round at a time. A round is recorded before it is
 * sent and removed from the spool when the bus has accepted all of it. The sender retries what the
 * bus refused.
 */
public final class Sender implements AutoCloseable {
  private static final long ROUND_BYTES = 2 << 20;
  private static final long FILED_AT_ONCE = 4 << 20;
  private static final Duration BETWEEN_URGENT_ROUNDS = Duration.ofMillis(25);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(8);
  private static final Duration LAST_CHANCE = Duration.ofSeconds(5);

  /** Text that differs from answer to answer, such as a request id. */
  private static final Pattern IDS = Pattern.compile("[\\w-]*\\d[\\w-]*");

  private final Spool spool;
  private final GroupCommit commits;
  private final Bus bus;
  private final Packing packing;
  private final SensorSettings settings;
  private final SensorMetrics metrics;
  private final SensorLog log;
  private final InstantSource clock;
  private final Urgency urgency;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Worker worker;

  private boolean waiting;
  private boolean urgent;
  private long roundDueNanos;
  private boolean closed;
  private long giveUpNanos;
  private volatile int windowFactor = 1;
  private volatile boolean failing;
  private String failure = "";

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
    this.settings = settings;
    this.metrics = metrics;
    this.log = log;
    this.clock = clock;
    this.urgency = new Urgency(settings.flushSeverity());
    this.waiting = spool.alerts() > 0;
    this.roundDueNanos = System.nanoTime();
    this.worker = new Worker("sender", this::run, this::failed);
  }

  public void start() {
    worker.start();
  }

  /** Receives the alerts that are on disk now. */
  public void arrived(List<Observation> observations) {
    long now = System.nanoTime();
    lock.lock();
    try {
      if (!waiting) {
        waiting = true;
        roundDueNanos = now + settings.foldWindow().toNanos() * windowFactor;
        changed.signal();
      }
      boolean news = false;
      for (Observation observation : observations) {
        news |= urgency.isUrgent(observation, now);
      }
      if (news && !urgent) {
        urgent = true;
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Folds over that many windows, to save CPU. */
  public void stretchWindow(int factor) {
    windowFactor = factor;
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

  private void run() throws InterruptedException {
    long lastRound = System.nanoTime() - BETWEEN_URGENT_ROUNDS.toNanos();
    while (true) {
      try {
        awaitRound(lastRound);
        lastRound = System.nanoTime();
        boolean last = isClosed();
        send();
        worker.works();
        if (last) {
          return;
        }
      } catch (SpoolUnavailable e) {
        log.warn("spool unavailable, retrying in 1 s", "reason", String.valueOf(e.getMessage()));
        remember();
        pause(FIRST_PAUSE.multipliedBy(10));
      }
    }
  }

  /** A round that failed is still to be sent, also if no alert arrives after it. */
  private void remember() {
    lock.lock();
    try {
      waiting = true;
      roundDueNanos = System.nanoTime();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until there is something to send. */
  private void awaitRound(long lastRound) throws InterruptedException {
    lock.lock();
    try {
      while (!closed) {
        long now = System.nanoTime();
        long urgentIn = lastRound + BETWEEN_URGENT_ROUNDS.toNanos() - now;
        long dueIn = roundDueNanos - now;
        if ((waiting && dueIn <= 0) || (urgent && urgentIn <= 0)) {
          waiting = false;
          urgent = false;
          return;
        }
        if (urgent || waiting) {
          long left = urgent && waiting ? Math.min(urgentIn, dueIn) : urgent ? urgentIn : dueIn;
          changed.await(Math.max(1, left), TimeUnit.NANOSECONDS);
        } else {
          changed.await();
        }
      }
    } finally {
      lock.unlock();
    }
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
      if (!deliver(packing.pack(round.alerts(), clock.instant()))) {
        return;
      }
      commits.change(to -> to.finish(round));
      metrics.folded.add(round.count() - round.alerts().size());
      if (!round.more()) {
        return;
      }
    }
  }

  /**
   * Sends until the bus has accepted each entry or it is parked. False if the sensor stops before
   * that.
   */
  private boolean deliver(List<Entry> entries) {
    Deque<Entry> left = new ArrayDeque<>(entries);
    Duration pause = FIRST_PAUSE;
    while (!left.isEmpty()) {
      boolean progress = false;
      List<Entry> later = new ArrayList<>();
      String reason = "";
      while (!left.isEmpty()) {
        List<Entry> call = nextCall(left);
        Instant now = clock.instant();
        List<Bus.Outcome> outcomes = put(call, now);
        metrics.calls.increment();
        for (int i = 0; i < call.size(); i++) {
          Entry entry = call.get(i);
          switch (outcomes.get(i)) {
            case Bus.Outcome.Taken taken -> {
              metrics.sent.add(entry.alerts().stream().mapToLong(Round.Folded::count).sum());
              progress = true;
            }
            case Bus.Outcome.Later retry -> {
              metrics.failed(retry.reason(), 1);
              reason = retry.explanation();
              later.add(entry);
            }
            case Bus.Outcome.Never never -> {
              metrics.failed("refused", 1);
              left.addAll(halves(entry, never.explanation()));
            }
          }
        }
        if (!later.isEmpty() && !progress) {
          // The rest of the round would fail in the same way.
          later.addAll(left);
          left.clear();
        }
      }
      left.addAll(later);
      note(left.isEmpty() || progress, reason);
      if (left.isEmpty()) {
        return true;
      }
      pause = progress ? FIRST_PAUSE : pause;
      if (!mayGoOn()) {
        return false;
      }
      pause(pause);
      pause =
          pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
              ? pause.multipliedBy(2)
              : LONGEST_PAUSE;
    }
    return true;
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

  private List<Entry> nextCall(Deque<Entry> left) {
    List<Entry> call = new ArrayList<>();
    int bytes = 0;
    while (!left.isEmpty()
        && call.size() < Bus.ENTRIES_PER_CALL
        && (call.isEmpty() || bytes + left.element().detail().length() <= settings.callBytes())) {
      Entry entry = left.remove();
      bytes += entry.detail().length();
      call.add(entry);
    }
    return call;
  }

  /**
   * Finds the alert that the bus always refuses, by halving the entry, and parks that alert alone.
   */
  private List<Entry> halves(Entry entry, String explanation) {
    List<Round.Folded> alerts = entry.alerts();
    if (alerts.size() > 1) {
      int middle = alerts.size() / 2;
      return List.of(
          packing.entry(alerts.subList(0, middle), entry.time()),
          packing.entry(alerts.subList(middle, alerts.size()), entry.time()));
    }
    for (Round.Folded alert : alerts) {
      commits.change(to -> to.park(alert.text(), explanation));
      metrics.undeliverable.add(alert.count());
      log.warn(
          "PutEvents rejects an alert for its content; the alert is kept in table undeliverable"
              + " of spool.db",
          "reason",
          explanation);
    }
    return List.of();
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  private boolean mayGoOn() {
    lock.lock();
    try {
      return !closed || System.nanoTime() < giveUpNanos;
    } finally {
      lock.unlock();
    }
  }

  /** Waits with jitter, so that a thousand sensors do not retry at the same moment. */
  private void pause(Duration about) {
    long nanos = ThreadLocalRandom.current().nextLong(about.toNanos() / 4, about.toNanos() + 1);
    lock.lock();
    try {
      long left = nanos;
      while (left > 0 && (!closed || about.compareTo(LAST_CHANCE) < 0)) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** Sends what it can within five seconds; the rest stays on disk for the next start. */
  @Override
  public void close() {
    end(LAST_CHANCE);
  }

  /** Sends what it can within that time. */
  void end(Duration within) {
    lock.lock();
    try {
      closed = true;
      giveUpNanos = System.nanoTime() + within.toNanos();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    worker.join(Duration.ofSeconds(15));
  }
}
