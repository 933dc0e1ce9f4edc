package io.cattleguard.respond.aws.actions;

import io.cattleguard.events.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The guard-rails that a quarantine has besides those of every action. */
final class InstanceGuards {
  /** In the order in which their objections are told. */
  static final Map<String, Guard> BY_NAME = byName();

  private InstanceGuards() {}

  private static Map<String, Guard> byName() {
    Map<String, Guard> guards = new LinkedHashMap<>();
    guards.put("who says so", NetworkGuards::whoSaysSo);
    guards.put("instance named", InstanceGuards::named);
    guards.put("instance exists", InstanceGuards::exists);
    guards.put("account and region", InstanceGuards::account);
    guards.put("same instance", InstanceGuards::same);
    guards.put("going away", InstanceGuards::running);
    guards.put("protected", InstanceGuards::untouchable);
    guards.put("response tag", InstanceGuards::tagged);
    guards.put("interfaces", InstanceGuards::interfaces);
    guards.put("quarantine group", InstanceGuards::quarantineGroup);
    return guards;
  }

  private static Optional<String> named(Situation s) {
    Target target = s.scored().alert().target();
    return target.instance() == null || target.account() == null || target.region() == null
        ? Optional.of("the alert does not name an instance, its account and its region")
        : Optional.empty();
  }

  private static Optional<String> exists(Situation s) {
    String id = s.scored().alert().target().instance();
    return id == null
        ? Optional.empty()
        : NetworkGuards.known(
            s,
            s.instance(),
            "there is no instance " + id + " any more",
            "cannot read the instance, so nothing is touched");
  }

  private static Optional<String> account(Situation s) {
    return NetworkGuards.of(
        s.instance(),
        instance ->
            NetworkGuards.sameAccount(s, "instance", instance.account(), instance.region()));
  }

  /** One that was stopped and started since is not what the alert saw. */
  private static Optional<String> same(Situation s) {
    Instant observedAt = s.scored().alert().observedAt();
    return NetworkGuards.of(
        s.instance(),
        instance ->
            observedAt != null && instance.launchedAt().isAfter(observedAt)
                ? Optional.of(
                    "the instance was started "
                        + Guards.words(Duration.between(observedAt, instance.launchedAt()))
                        + " after the alert: it is not what the alert saw")
                : Optional.empty());
  }

  private static Optional<String> running(Situation s) {
    return NetworkGuards.of(
        s.instance(),
        instance ->
            instance.running()
                ? Optional.empty()
                : Optional.of("the instance is being terminated already"));
  }

  private static Optional<String> untouchable(Situation s) {
    return NetworkGuards.of(
        s.instance(),
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

  private static Optional<String> tagged(Situation s) {
    return NetworkGuards.of(
        s.instance(),
        instance -> {
          List<String> without =
              instance.interfaces().stream()
                  .filter(one -> one.ours() && !NetworkGuards.mayBeTouched(s, one.tags()))
                  .map(Instance.Interface::id)
                  .toList();
          return without.isEmpty()
              ? Optional.empty()
              : Optional.of(
                  "not tagged " + NetworkGuards.tag(s) + ": " + String.join(", ", without));
        });
  }

  private static Optional<String> interfaces(Situation s) {
    return NetworkGuards.of(
        s.instance(),
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
  private static Optional<String> quarantineGroup(Situation s) {
    return NetworkGuards.of(
        s.instance(),
        instance ->
            NetworkGuards.known(
                    s,
                    s.group(),
                    "there is no group for quarantine in " + instance.vpc(),
                    "cannot read the group for quarantine")
                .or(() -> NetworkGuards.of(s.group(), group -> unfit(group, instance))));
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
