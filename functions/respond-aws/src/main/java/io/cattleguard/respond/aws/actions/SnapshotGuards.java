package io.cattleguard.respond.aws.actions;

import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Objection;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.aws.storage.Evidence;
import io.cattleguard.respond.aws.storage.Snapshots;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The guards of taking snapshots of an instance, in addition to those of every action. */
final class SnapshotGuards {
  /** The guards of a quarantine that are about the instance alone. */
  private static final Set<String> OF_INSTANCES =
      Set.of("trusted source", "instance named", "instance exists", "account and region");

  private SnapshotGuards() {}

  /**
   * The state that the action read.
   *
   * @param instance the instance that the alert names
   * @param volumes that are attached to it
   * @param earlier the snapshots that were taken of it since the incident began
   * @param incident for which they are taken
   */
  record Observed(
      ObservedInstance instance,
      Fact<List<String>> volumes,
      Fact<List<Snapshots.Snapshot>> earlier,
      Evidence.Of incident)
      implements ObservedState {
    static Observed of(AwsScope scope, ScoredAlert scored) {
      Target target = scored.alert().target();
      ObservedInstance instance = ObservedInstance.alone(scope, target.instance());
      Evidence.Of incident = Evidence.Of.incident(scored);
      return new Observed(
          instance,
          Fact.ask(
              () ->
                  instance
                      .subject()
                      .map(one -> scope.storage().snapshots().volumes(one.id()))
                      .orElse(List.of())),
          Fact.ask(
              () ->
                  instance
                      .subject()
                      .map(one -> incident.taken(scope.storage().snapshots(), one.id()))
                      .orElse(List.of())),
          incident);
    }

    @Override
    public Optional<Evidence> subject() {
      return instance.subject().map(one -> new Evidence(one, incident));
    }
  }

  /**
   * The guards, in the order of their objections.
   *
   * @param most maximum number of volumes
   */
  static List<Guard<Observed>> all(int most) {
    List<Guard<Observed>> guards = new ArrayList<>();
    for (Guard<ObservedInstance> guard : InstanceGuards.ALL) {
      if (OF_INSTANCES.contains(guard.name())) {
        guards.add(guard.over(Observed::instance));
      }
    }
    guards.add(Guard.of("response tag", SnapshotGuards::tagged));
    guards.add(Guard.asking("volumes", s -> volumes(s, most)));
    return List.copyOf(guards);
  }

  /** Snapshots cost money and hold the data of the instance. */
  private static Optional<String> tagged(Situation<Observed> s) {
    AwsScope scope = s.observed().instance().scope();
    return Fact.objection(
        s.observed().instance().instance(),
        instance ->
            scope.mayBeTouched(instance.tags())
                ? Optional.empty()
                : Optional.of(
                    "missing tag " + scope.responseTag() + ": instance " + instance.id()));
  }

  private static Optional<Objection> volumes(Situation<Observed> s, int most) {
    if (s.observed().subject().isEmpty()) {
      return Optional.empty();
    }
    return switch (s.observed().volumes()) {
      case Fact.Known<List<String>> known -> {
        int number = known.value().size();
        yield number == 0
            ? Optional.of(Objection.refuses("the instance has no EBS volume"))
            : number > most
                ? Optional.of(
                    Objection.refuses(
                        "the instance has " + number + " volumes; at most " + most + " may be"))
                : Optional.empty();
      }
      case Fact.Unknown<List<String>> unknown ->
          Optional.of(Objection.unread("cannot read the volumes: " + unknown.reason()));
    };
  }
}
