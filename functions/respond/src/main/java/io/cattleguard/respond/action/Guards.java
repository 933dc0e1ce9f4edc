package io.cattleguard.respond.action;

import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ResponseDecided.GuardAnswers;
import io.cattleguard.events.trait.Trait;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The guards of every action, and the order of objections. All guards that apply are asked. A guard
 * that cannot be evaluated objects. No label or annotation on a workload disables a guard.
 */
public final class Guards {
  /** Maximum accepted clock skew of an alert from the future. */
  private static final Duration CLOCK_SKEW = Duration.ofMinutes(2);

  private Guards() {}

  /** Every guard that applies to an action. */
  public static <S extends ObservedState> List<Guard<S>> of(Action<?, S> action) {
    List<Guard<S>> guards = new ArrayList<>();
    guards.add(Guard.asking("kill switch", Guards::killSwitch));
    guards.add(Guard.of("replayed event", Objection.Kind.OBSERVES, Guards::replayed));
    guards.add(Guard.of("freshness", Objection.Kind.OBSERVES, Guards::freshness));
    guards.add(Guard.of("sample finding", Guards::madeUp));
    guards.add(Guard.of("blocked by the source", Guards::blockedBySource));
    guards.add(Guard.of("model under review", Guards::underReview));
    guards.add(Guard.of("alert class", Guards::alertClass));
    guards.addAll(action.guards());
    guards.add(Guard.asking("budget and hourly caps", s -> budget(s, action)));
    if (action.escalation().isPresent()) {
      guards.add(Guard.asking("repeat offender", s -> limits(s, Objection.Kind.ESCALATES)));
    }
    guards.add(Guard.asking("circuit breaker", s -> limits(s, Objection.Kind.OBSERVES)));
    return List.copyOf(guards);
  }

  /** The names of the guards that apply to an action, in the order in which they are asked. */
  public static List<String> names(Action<?, ?> action) {
    return of(action).stream().map(Guard::name).toList();
  }

  /**
   * The answers of all guards that apply. A guard of the action's own that has no objection is not
   * evaluated if there was no object that it could look at.
   */
  public static <S extends ObservedState> GuardAnswers answers(
      Action<?, S> action, Situation<S> situation) {
    List<String> clear = new ArrayList<>();
    List<GuardAnswers.Answer> objected = new ArrayList<>();
    List<GuardAnswers.Answer> notEvaluated = new ArrayList<>();
    Set<String> own = action.guards().stream().map(Guard::name).collect(Collectors.toSet());
    boolean isRead = situation.observed().subject().isPresent();
    for (Guard<S> guard : of(action)) {
      Optional<Objection> objection = guard.objection(situation);
      if (objection.isPresent()) {
        boolean isUnread = objection.get().kind() == Objection.Kind.UNREAD;
        (isUnread ? notEvaluated : objected)
            .add(new GuardAnswers.Answer(guard.name(), objection.get().text()));
      } else if (own.contains(guard.name()) && !isRead) {
        notEvaluated.add(
            new GuardAnswers.Answer(
                guard.name(),
                situation.rehearsal()
                    ? "the cluster or account was not queried"
                    : "there was no object to look at"));
      } else {
        clear.add(guard.name());
      }
    }
    return new GuardAnswers(clear, objected, notEvaluated);
  }

  private static Optional<Objection> killSwitch(Situation<?> s) {
    return switch (s.halted()) {
      case Fact.Known<Boolean> known ->
          known.value()
              ? Optional.of(Objection.refuses("the kill switch is on: no action is taken"))
              : Optional.empty();
      case Fact.Unknown<Boolean> unknown ->
          Optional.of(Objection.unread("cannot read the kill switch: " + unknown.reason()));
    };
  }

  private static Optional<String> replayed(Situation<?> s) {
    return s.replayed() || s.scored().alert().has(Trait.REPLAYED)
        ? Optional.of("the event is a replay from an archive: a replay never causes an action")
        : Optional.empty();
  }

  private static Optional<String> freshness(Situation<?> s) {
    Instant observedAt = s.scored().alert().observedAt();
    if (observedAt == null) {
      return Optional.of("the alert has no timestamp, so its age is unknown");
    }
    Duration age = Duration.between(observedAt, s.now());
    if (age.compareTo(s.playbook().freshness()) > 0) {
      return Optional.of(
          "the alert is "
              + InWords.of(age)
              + " old; the playbook's freshness limit is "
              + InWords.of(s.playbook().freshness()));
    }
    return age.compareTo(CLOCK_SKEW.negated()) < 0
        ? Optional.of("the alert is dated " + InWords.of(age.negated()) + " in the future")
        : Optional.empty();
  }

  private static Optional<String> madeUp(Situation<?> s) {
    return s.scored().alert().has(Trait.SAMPLE)
        ? Optional.of("the finding is a sample, not a real detection")
        : Optional.empty();
  }

  private static Optional<String> underReview(Situation<?> s) {
    return s.scored().alert().has(Trait.UNDER_REVIEW)
        ? Optional.of("the workload's model is not enforced: people review its deviations first")
        : Optional.empty();
  }

  private static Optional<String> blockedBySource(Situation<?> s) {
    Alert alert = s.scored().alert();
    return alert.has(Trait.BLOCKED)
        ? Optional.of(alert.source() + " blocked it, so no action is taken on this alert")
        : Optional.empty();
  }

  /** The objections to an alert, if its only problem is that its source blocked it. */
  public static List<String> blocked(Situation<?> situation) {
    return blockedBySource(situation).stream().toList();
  }

  private static Optional<String> alertClass(Situation<?> s) {
    AlertClass alertClass = s.scored().alert().alertClass();
    return switch (alertClass) {
      case RUNTIME, AUDIT -> Optional.empty();
      case CONFIGURATION, VULNERABILITY, HEALTH ->
          Optional.of("alerts of class " + alertClass.jsonName() + " never cause an action");
    };
  }

  /** A budget that another action follows escalates, also where the action itself does not. */
  private static Optional<Objection> budget(Situation<?> s, Action<?, ?> action) {
    Optional<Objection> passes = limits(s, Objection.Kind.PASSES);
    return passes.isPresent() || action.escalation().isPresent()
        ? passes
        : limits(s, Objection.Kind.ESCALATES);
  }

  private static Optional<Objection> limits(Situation<?> s, Objection.Kind kind) {
    return s.allowances().stream()
        .filter(allowance -> allowance.kind() == kind)
        .map(Allowance::objection)
        .flatMap(Optional::stream)
        .reduce((one, other) -> new Objection(one.text() + "; " + other.text(), one.kind()));
  }
}
