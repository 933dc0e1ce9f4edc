package io.cattleguard.sensor;

import io.cattleguard.sensor.file.Tails;
import io.cattleguard.sensor.http.HttpInput;
import io.cattleguard.sensor.operations.LoopWatch;
import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.send.Sender;
import io.cattleguard.sensor.spool.GroupCommit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Says whether the sensor works: the answers of {@code /healthz} and {@code /readyz}, and the
 * failing parts that a heartbeat reports.
 */
final class Health {
  private static final Duration CHECKED_AT_LEAST = Duration.ofMinutes(2);

  private final Backlog backlog;
  private final GroupCommit commits;
  private final Tails tails;
  private final HttpInput http;
  private final SensorLog log;
  private final LoopWatch alertThread;
  private boolean wasWritable = true;
  private volatile long checkedNanos = System.nanoTime();

  Health(Backlog backlog, GroupCommit commits, Tails tails, HttpInput http, SensorLog log) {
    this.backlog = backlog;
    this.commits = commits;
    this.tails = tails;
    this.http = http;
    this.log = log;
    this.alertThread = new LoopWatch("the port for alerts", http.thread());
  }

  /**
   * Checks the port for alerts and writes to the spool, so that a repaired disk is noticed without
   * a post: a sensor that is not ready receives none. To be called at intervals, from one thread.
   */
  void check() {
    checkedNanos = System.nanoTime();
    alertThread.look();
    commits.probe();
    backlog.spool().takeReports().forEach(report -> log.warn("spool damaged", "reason", report));
    boolean writable = commits.isHealthy();
    if (writable != wasWritable) {
      wasWritable = writable;
      if (writable) {
        log.info("spool writable again", "waiting", String.valueOf(backlog.spool().alerts()));
      } else {
        log.warn("spool not writable: posts get status 503, retrying every second");
      }
    }
  }

  /** Why the process should be restarted; empty while it is well. */
  Optional<String> ailment() {
    if (alertThread.ailment().isPresent()) {
      return alertThread.ailment();
    }
    if (System.nanoTime() - checkedNanos > CHECKED_AT_LEAST.toNanos()) {
      return Optional.of("housekeeping hangs; restart the sensor");
    }
    if (!http.isListening()) {
      return Optional.of("the port for alerts is closed; restart the sensor");
    }
    return sender().isAlive() && tails.isAlive()
        ? Optional.empty()
        : Optional.of("a worker thread has died; restart the sensor");
  }

  /** Why clients should not send alerts here; empty while the sensor is ready. */
  Optional<String> unready() {
    return commits.isHealthy()
        ? Optional.empty()
        : Optional.of("the spool is not writable; see the log and free disk space");
  }

  /** Problems that an operator should fix although the sensor is ready, one sentence each. */
  List<String> notes() {
    List<String> notes = new ArrayList<>();
    if (sender().isFailing()) {
      notes.add("the event bus accepts no alerts, they wait in the spool; the log has the reason");
    }
    if (sender().setAside() > 0) {
      notes.add(
          sender().setAside()
              + " alerts are rejected by the event bus or a proxy in front of it, even when sent"
              + " alone; the log has the reason");
    }
    if (backlog.lost() > 0) {
      notes.add(
          "the spool's file was damaged and "
              + backlog.lost()
              + " alerts are lost; check the disk, and the spool.db.broken files");
    }
    return notes;
  }

  /** The parts that fail, as a heartbeat names them. */
  List<String> failing() {
    List<String> failing = new ArrayList<>();
    if (sender().isFailing()) {
      failing.add("sending");
    }
    if (!commits.isHealthy()) {
      failing.add("spool");
    }
    if (!http.isListening()) {
      failing.add("listener");
    }
    if (!sender().isAlive() || !tails.isAlive() || alertThread.ailment().isPresent()) {
      failing.add("worker");
    }
    return failing;
  }

  boolean isSpoolWritable() {
    return commits.isHealthy();
  }

  private Sender sender() {
    return backlog.sender();
  }
}
