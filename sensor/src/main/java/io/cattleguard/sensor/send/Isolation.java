package io.cattleguard.sensor.send;

import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.Severity;
import io.cattleguard.sensor.intake.Observation;
import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.operations.SensorMetrics;
import io.cattleguard.sensor.spool.GroupCommit;
import io.cattleguard.sensor.spool.Round;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Handles alerts that the bus rejects even when sent alone. Such an alert is set aside. If there is
 * no room for it, it goes back to the spool, behind all waiting alerts: in its round it would delay
 * them, and only accepted alerts prove that a rejected one is the cause. Used by the sender's
 * thread only, unless said otherwise.
 */
final class Isolation {
  /**
   * Maximum bytes of an alert that is put back, with one row per repeat; further repeats are lost.
   */
  private static final long PUT_BACK_BYTES = 1 << 20;

  /**
   * Number of alerts that are recognised when their turn comes again; others are sent and isolated
   * again.
   */
  private static final int KNOWN = 10_000;

  private final Aside aside;
  private final GroupCommit commits;
  private final SensorMetrics metrics;
  private final SensorLog log;
  private final List<Observation> putBack = new ArrayList<>();
  private final Map<String, Known> known = new HashMap<>();

  /** The record of an alert that was put back, without its text, which may be long. */
  private record Known(String explanation, boolean proven) {}

  Isolation(Aside aside, GroupCommit commits, SensorMetrics metrics, SensorLog log) {
    this.aside = aside;
    this.commits = commits;
    this.metrics = metrics;
    this.log = log;
  }

  /** How many alerts are set aside; any thread may ask. */
  long alerts() {
    return aside.alerts();
  }

  /** Starts a round. Returns its alerts without those that were put back for lack of room. */
  List<Round.Folded> begin(List<Round.Folded> round) {
    putBack.clear();
    if (known.isEmpty()) {
      return round;
    }
    List<Round.Folded> others = new ArrayList<>(round.size());
    for (Round.Folded alert : round) {
      Known before = known.remove(Fingerprint.hash(alert.text()));
      if (before == null) {
        others.add(alert);
      } else {
        isolate(new Delivery.Rejected(alert, before.explanation(), before.proven()));
      }
    }
    return others;
  }

  /** The alerts that this round returns to the spool when it ends. */
  List<Observation> putBack() {
    return putBack;
  }

  /** Takes an alert out of its round that the bus rejects while it accepts others. */
  void isolate(Delivery.Rejected rejected) {
    if (aside.add(rejected.alert(), rejected.proven(), metrics.sent.sum())) {
      log.warn(
          "the event bus rejects an alert even when sent alone: the alert is set aside and retried"
              + " later",
          "reason",
          rejected.explanation());
      return;
    }
    if (aside.awaitRoom()) {
      log.warn(
          "the event bus rejects more alerts than can be set aside: they wait behind the others",
          "reason",
          rejected.explanation());
    }
    putBack(rejected);
  }

  /** In the least severe lane, which is sent last and shed first. */
  private void putBack(Delivery.Rejected rejected) {
    Round.Folded alert = rejected.alert();
    long rows = Math.clamp(PUT_BACK_BYTES / Math.max(1, alert.text().length()), 1, alert.count());
    for (long row = 0; row < rows; row++) {
      putBack.add(
          new Observation(
              Severity.INFORMATIONAL,
              alert.foldKey(),
              row == 0 ? alert.firstAt() : alert.lastAt(),
              alert.receivedAt(),
              alert.text()));
    }
    metrics.undeliverable.add(alert.count() - rows);
    if (known.size() < KNOWN) {
      known.put(
          Fingerprint.hash(alert.text()),
          new Known(HostileText.visible(rejected.explanation(), 200), rejected.proven()));
    }
  }

  /** One of those set aside that is to be sent again; {@link #heard} must follow. */
  Optional<Aside.Suspect> due() {
    return aside.due();
  }

  /** When one of them is to be sent again. */
  Optional<Long> nextNanos(long nowNanos) {
    return aside.nextNanos(nowNanos);
  }

  /** The bus works again after an outage, which may be the only reason for a rejection. */
  void retryAll() {
    aside.retryAll();
    known.clear();
  }

  /** Takes the bus's result for an alert that was sent again. */
  void heard(Aside.Suspect suspect, Bus.Outcome outcome) {
    switch (outcome) {
      case Bus.Outcome.Accepted accepted -> {
        aside.accepted(suspect);
        known.clear();
      }
      case Bus.Outcome.Later retry -> {
        // A throttled answer proves nothing.
        if (aside.rejected(suspect, retry.isAboutThePace() ? 0 : metrics.sent.sum())) {
          giveUp(suspect, retry.explanation());
        }
      }
      case Bus.Outcome.Never never -> giveUp(suspect, never.explanation());
    }
  }

  private void giveUp(Aside.Suspect suspect, String explanation) {
    park(
        suspect.alert(),
        "the event bus rejected an alert again and again while it accepted others",
        explanation);
    aside.remove(suspect);
  }

  /** Keeps an alert on disk that is not sent again. */
  void park(Round.Folded alert, String why, String explanation) {
    commits.change(to -> to.park(alert.text(), explanation));
    metrics.undeliverable.add(alert.count());
    log.warn(why + "; the alert is kept in table undeliverable of spool.db", "reason", explanation);
  }
}
