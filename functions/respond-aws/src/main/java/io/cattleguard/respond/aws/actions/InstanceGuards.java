package io.cattleguard.respond.aws.actions;

import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Objection;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.SecurityGroup;
import java.util.List;
import java.util.Optional;

/** The guards of a quarantine, in addition to those of every action. */
final class InstanceGuards {
  /** The guards, in the order of their objections. */
  static final List<Guard<ObservedInstance>> ALL =
      List.of(
          Guard.of("trusted source", NetworkGuards::whoSaysSo),
          Guard.of("instance named", InstanceGuards::named),
          Guard.asking("instance exists", InstanceGuards::exists),
          Guard.of("account and region", InstanceGuards::account),
          Guard.of("same instance", InstanceGuards::same),
          Guard.of("not terminating", Objection.Kind.GONE, InstanceGuards::running),
          Guard.of("protected", InstanceGuards::untouchable),
          Guard.of("response tag", InstanceGuards::tagged),
          Guard.asking("previous groups", InstanceGuards::restorable),
          Guard.of("interfaces", InstanceGuards::interfaces),
          Guard.asking("quarantine group", InstanceGuards::quarantineGroup));

  private InstanceGuards() {}

  private static Optional<String> named(Situation<ObservedInstance> s) {
    Target target = s.scored().alert().target();
    return target.instance() == null || target.account() == null || target.region() == null
        ? Optional.of("the alert does not name an instance, its account and its region")
        : Optional.empty();
  }

  private static Optional<Objection> exists(Situation<ObservedInstance> s) {
    String id = s.scored().alert().target().instance();
    return id == null
        ? Optional.empty()
        : Fact.exists(
            s,
            s.observed().instance(),
            "instance " + id + " no longer exists",
            "cannot read the instance");
  }

  private static Optional<String> account(Situation<ObservedInstance> s) {
    return Fact.objection(
        s.observed().instance(),
        instance ->
            NetworkGuards.sameAccount(s, "instance", instance.account(), instance.region()));
  }

  /** An instance that was restarted after the alert is not the one that the alert saw. */
  private static Optional<String> same(Situation<ObservedInstance> s) {
    return Fact.objection(
        s.observed().instance(),
        instance ->
            NetworkGuards.after(s, instance.launchedAt())
                .map(
                    late ->
                        "the instance was started "
                            + late
                            + ": it is no longer what the alert saw"));
  }

  private static Optional<String> running(Situation<ObservedInstance> s) {
    return Fact.objection(
        s.observed().instance(),
        instance ->
            instance.running()
                ? Optional.empty()
                : Optional.of("the instance is already being terminated"));
  }

  private static Optional<String> untouchable(Situation<ObservedInstance> s) {
    return Fact.objection(
        s.observed().instance(),
        instance ->
            NetworkGuards.protectedBy(instance.tags())
                .map(why -> "the instance " + why)
                .or(
                    () ->
                        instance.interfaces().stream()
                            .filter(one -> one.tags().containsKey(NetworkGuards.PROTECTED))
                            .findFirst()
                            .map(one -> one.id() + " is tagged " + NetworkGuards.PROTECTED)));
  }

  private static Optional<String> tagged(Situation<ObservedInstance> s) {
    return Fact.objection(
        s.observed().instance(),
        instance -> {
          List<String> without =
              instance.interfaces().stream()
                  .filter(one -> one.ours() && !s.observed().scope().mayBeTouched(instance, one))
                  .map(Instance.Interface::id)
                  .toList();
          return without.isEmpty()
              ? Optional.empty()
              : Optional.of(
                  "missing tag "
                      + s.observed().scope().responseTag()
                      + ": "
                      + String.join(", ", without)
                      + (addedByTheCni(instance, without)
                          ? " (added by the VPC CNI: tag the instance instead)"
                          : ""));
        });
  }

  private static boolean addedByTheCni(Instance instance, List<String> ids) {
    return instance.interfaces().stream()
        .filter(one -> ids.contains(one.id()))
        .allMatch(one -> instance.id().equals(one.tags().get(AwsScope.NODE)));
  }

  /** A quarantine whose release is denied would never end. */
  private static Optional<Objection> restorable(Situation<ObservedInstance> s) {
    return switch (s.observed().lost()) {
      case Fact.Known<List<String>> lost ->
          lost.value().isEmpty()
              ? Optional.empty()
              : Optional.of(
                  Objection.refuses(
                      "the release could not restore "
                          + String.join(", ", lost.value())
                          + ": missing tag "
                          + s.observed().scope().responseTag()
                          + ", or the same tag with the value "
                          + AwsScope.RESTORE));
      case Fact.Unknown<List<String>> unknown ->
          s.rehearsal()
              ? Optional.empty()
              : Optional.of(
                  Objection.unread(
                      "cannot read the instance's security groups: " + unknown.reason()));
    };
  }

  private static Optional<String> interfaces(Situation<ObservedInstance> s) {
    return Fact.objection(
        s.observed().instance(),
        instance -> {
          List<String> elsewhere =
              instance.interfaces().stream()
                  .filter(one -> one.ours() && !one.vpc().equals(instance.vpc()))
                  .map(Instance.Interface::id)
                  .toList();
          if (!elsewhere.isEmpty()) {
            return Optional.of(
                "interfaces in another VPC than the instance: " + String.join(", ", elsewhere));
          }
          return instance.interfaces().size() == instance.foreign().size()
              ? Optional.of("this account cannot change any interface of the instance")
              : Optional.empty();
        });
  }

  /**
   * A quarantine group with rules would allow traffic, although the instance is reported as
   * isolated.
   */
  private static Optional<Objection> quarantineGroup(Situation<ObservedInstance> s) {
    return Fact.objection(
        s.observed().instance(),
        instance ->
            switch (s.observed().quarantine()) {
              case Fact.Known<Optional<SecurityGroup>> known ->
                  known
                      .value()
                      .map(group -> unfit(group, instance))
                      .orElse(Optional.of("no quarantine security group in " + instance.vpc()))
                      .map(Objection::refuses);
              case Fact.Unknown<Optional<SecurityGroup>> unknown ->
                  s.rehearsal()
                      ? Optional.empty()
                      : Optional.of(
                          Objection.unread(
                              "cannot read the quarantine security group: " + unknown.reason()));
            });
  }

  private static Optional<String> unfit(SecurityGroup group, Instance instance) {
    if (!group.vpc().equals(instance.vpc())) {
      return Optional.of(
          "the quarantine security group is in "
              + group.vpc()
              + "; the instance is in "
              + instance.vpc());
    }
    return group.rules() == 0
        ? Optional.empty()
        : Optional.of(
            "quarantine security group "
                + group.id()
                + " must have no rules, but has "
                + group.rules());
  }
}
