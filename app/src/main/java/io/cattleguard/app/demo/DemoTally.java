package io.cattleguard.app.demo;

import io.cattleguard.app.demo.DemoMoment.Judged;
import io.cattleguard.app.demo.DemoMoment.Responded;
import io.cattleguard.app.demo.DemoMoment.Told;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Notice;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Counts incidents, messages, actions and times for the demo's summary. */
final class DemoTally {
  private final Set<String> problems = new LinkedHashSet<>();
  private final Set<String> attackProblems = new LinkedHashSet<>();
  private final Set<String> messages = new LinkedHashSet<>();
  private final List<ResponseDecided> decided = new ArrayList<>();
  private final List<Duration> isolatedAfter = new ArrayList<>();
  private final Predicate<String> readByPeople;
  private @Nullable Instant firstAttackAt;
  private @Nullable Instant firstIsolatedAt;
  private int updates;
  private int needless;

  /** Starts at zero; {@code readByPeople} says which destinations people read. */
  DemoTally(Predicate<String> readByPeople) {
    this.readByPeople = readByPeople;
  }

  boolean isReadByPeople(String destination) {
    return readByPeople.test(destination);
  }

  void add(DemoMoment moment, boolean attack) {
    switch (moment) {
      case Judged judged -> add(judged.verdict(), attack);
      case Told told -> told.attempts().forEach(attempt -> add(attempt.delivery(), attack));
      case Responded responded -> add(responded);
      case DemoMoment.Scored scored -> {
        // counted by its deliveries and responses
      }
    }
  }

  private void add(Verdict verdict, boolean attack) {
    if (verdict.column() == Verdict.Column.OPENED) {
      problems.add(verdict.fingerprint());
      if (attack) {
        attackProblems.add(verdict.fingerprint());
      }
    }
    Alert alert = verdict.alert();
    if (attack && firstAttackAt == null) {
      firstAttackAt = alert.observedAt();
    }
  }

  private void add(Delivery delivery, boolean attack) {
    if (!readByPeople.test(delivery.destination())) {
      return;
    }
    boolean message =
        delivery.notice() instanceof Notice.Scored scored
            && messages.add(delivery.destination() + scored.scored().accepted().fingerprint());
    updates += message ? 0 : 1;
    needless += message && !attack ? 1 : 0;
  }

  private void add(Responded responded) {
    ResponseDecided one = responded.decided();
    decided.add(one);
    if (one.outcome() == ResponseOutcome.TAKEN && one.action().equals("isolate-pod")) {
      isolatedAfter.add(responded.after());
      Instant happened = one.scored().alert().observedAt();
      if (firstIsolatedAt == null && happened != null) {
        firstIsolatedAt = happened.plus(responded.after());
      }
    }
  }

  int problems() {
    return problems.size();
  }

  int attackProblems() {
    return attackProblems.size();
  }

  /** How many new messages people received; updates of a message are not counted. */
  int messages() {
    return messages.size();
  }

  /** How many of the messages were about background events. */
  int needlessMessages() {
    return needless;
  }

  int updates() {
    return updates;
  }

  List<ResponseDecided> with(ResponseOutcome outcome) {
    return decided.stream().filter(one -> one.outcome() == outcome).toList();
  }

  /** The actions that were taken and have that effect. */
  List<ResponseDecided> taken(ResponseDecided.Effect effect) {
    return with(ResponseOutcome.TAKEN).stream().filter(one -> one.effect() == effect).toList();
  }

  /** Whether the pod was isolated from the network. */
  boolean isIsolated(String target) {
    return with(ResponseOutcome.TAKEN).stream()
        .anyMatch(one -> one.action().equals("isolate-pod") && one.target().equals(target));
  }

  /** The time from each alert to the verified isolation of its pod. */
  List<Duration> isolatedAfter() {
    return isolatedAfter;
  }

  /** The time from the first alert of the attack to the first isolated pod. */
  Optional<Duration> firstAlertToIsolation() {
    return firstAttackAt == null || firstIsolatedAt == null
        ? Optional.empty()
        : Optional.of(Duration.between(firstAttackAt, firstIsolatedAt));
  }
}
