package io.cattleguard.respond.aws.actions;

import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.InWords;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.SecurityGroup;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The guard-rails that a quarantine has besides those of every action. */
final class InstanceGuards {
  /** In the order in which their objections are told. */
  static final List<Guard<InstanceSight>> ALL =
      List.of(
          Guard.of("who says so", NetworkGuards::whoSaysSo),
          Guard.of("instance named", InstanceGuards::named),
          Guard.of("instance exists", InstanceGuards::exists),
          Guard.of("account and region", InstanceGuards::account),
          Guard.of("same instance", InstanceGuards::same),
          Guard.of("going away", InstanceGuards::running),
          Guard.of("protected", InstanceGuards::untouchable),
          Guard.of("response tag", InstanceGuards::tagged),
          Guard.of("interfaces", InstanceGuards::interfaces),
          Guard.of("quarantine group", InstanceGuards::quarantineGroup));

  private InstanceGuards() {}

  private static Optional<String> named(Situation<InstanceSight> s) {
    Target target = s.scored().alert().target();
    return target.instance() == null || target.account() == null || target.region() == null
        ? Optional.of("the alert does not name an instance, its account and its region")
        : Optional.empty();
  }

  private static Optional<String> exists(Situation<InstanceSight> s) {
    String id = s.scored().alert().target().instance();
    return id == null
        ? Optional.empty()
        : Fact.exists(
            s,
            s.sight().instance(),
            "there is no instance " + id + " any more",
            "cannot read the instance, so nothing is touched");
  }

  private static Optional<String> account(Situation<InstanceSight> s) {
    return Fact.objection(
        s.sight().instance(),
        instance ->
            NetworkGuards.sameAccount(s, "instance", instance.account(), instance.region()));
  }

  /** One that was stopped and started since is not what the alert saw. */
  private static Optional<String> same(Situation<InstanceSight> s) {
    Instant observedAt = s.scored().alert().observedAt();
    return Fact.objection(
        s.sight().instance(),
        instance ->
            observedAt != null && instance.launchedAt().isAfter(observedAt)
                ? Optional.of(
                    "the instance was started "
                        + InWords.of(Duration.between(observedAt, instance.launchedAt()))
                        + " after the alert: it is not what the alert saw")
                : Optional.empty());
  }

  private static Optional<String> running(Situation<InstanceSight> s) {
    return Fact.objection(
        s.sight().instance(),
        instance ->
            instance.running()
                ? Optional.empty()
                : Optional.of("the instance is being terminated already"));
  }

  private static Optional<String> untouchable(Situation<InstanceSight> s) {
    return Fact.objection(
        s.sight().instance(),
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

  private static Optional<String> tagged(Situation<InstanceSight> s) {
    return Fact.objection(
        s.sight().instance(),
        instance -> {
          List<String> without =
              instance.interfaces().stream()
                  .filter(one -> one.ours() && !s.sight().scope().mayBeTouched(one.tags()))
                  .map(Instance.Interface::id)
                  .toList();
          return without.isEmpty()
              ? Optional.empty()
              : Optional.of(
                  "not tagged "
                      + s.sight().scope().responseTag()
                      + ": "
                      + String.join(", ", without));
        });
  }

  private static Optional<String> interfaces(Situation<InstanceSight> s) {
    return Fact.objection(
        s.sight().instance(),
        instance -> {
          List<String> elsewhere =
              instance.interfaces().stream()
                  .filter(one -> one.ours() && !one.vpc().equals(instance.vpc()))
                  .map(Instance.Interface::id)
                  .toList();
          if (!elsewhere.isEmpty()) {
            return Optional.of("in another VPC than the instance: " + String.join(", ", elsewhere));
          }
          return instance.interfaces().size() == instance.foreign().size()
              ? Optional.of("no interface of the instance is the account's to change")
              : Optional.empty();
        });
  }

  /** A group with rules would let through what it lets through, and say that it does not. */
  private static Optional<String> quarantineGroup(Situation<InstanceSight> s) {
    return Fact.objection(
        s.sight().instance(),
        instance ->
            Fact.exists(
                    s,
                    s.sight().quarantine(),
                    "there is no group for quarantine in " + instance.vpc(),
                    "cannot read the group for quarantine")
                .or(() -> Fact.objection(s.sight().quarantine(), group -> unfit(group, instance))));
  }

  private static Optional<String> unfit(SecurityGroup group, Instance instance) {
    if (!group.vpc().equals(instance.vpc())) {
      return Optional.of(
          "the group for quarantine is in "
              + group.vpc()
              + ", the instance is in "
              + instance.vpc());
    }
    return group.rules() == 0
        ? Optional.empty()
        : Optional.of(
            "the group for quarantine, "
                + group.id()
                + ", has rules ("
                + group.rules()
                + ") and must have none");
  }
}
