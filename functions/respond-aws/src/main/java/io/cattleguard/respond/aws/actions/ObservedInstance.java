package io.cattleguard.respond.aws.actions;

import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.SecurityGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The state that an action on an instance read.
 *
 * @param scope the account and region
 * @param instance the instance that the alert names
 * @param quarantine the quarantine security group of the instance's VPC
 * @param lost the security groups of the instance that a release could not restore
 */
record ObservedInstance(
    AwsScope scope,
    Fact<Optional<Instance>> instance,
    Fact<Optional<SecurityGroup>> quarantine,
    Fact<List<String>> lost)
    implements ObservedState {

  static ObservedInstance of(AwsScope scope, @Nullable String id) {
    Fact<Optional<Instance>> instance =
        id == null
            ? new Fact.Known<>(Optional.empty())
            : Fact.ask(() -> scope.network().instance(id));
    Fact<Optional<SecurityGroup>> quarantine = quarantine(scope, instance);
    return new ObservedInstance(scope, instance, quarantine, lost(scope, instance, quarantine));
  }

  /** The instance alone, for an action that does not change its groups. */
  static ObservedInstance alone(AwsScope scope, @Nullable String id) {
    return new ObservedInstance(
        scope,
        id == null
            ? new Fact.Known<>(Optional.empty())
            : Fact.ask(() -> scope.network().instance(id)),
        new Fact.Known<>(Optional.empty()),
        new Fact.Known<>(List.of()));
  }

  private static Fact<List<String>> lost(
      AwsScope scope, Fact<Optional<Instance>> instance, Fact<Optional<SecurityGroup>> quarantine) {
    if (Fact.found(instance).isPresent()
        && quarantine instanceof Fact.Unknown<Optional<SecurityGroup>> unknown) {
      // Leaves out an interface that is already in quarantine: its group is not one of its own.
      return new Fact.Unknown<>(unknown.reason());
    }
    List<String> previous = new ArrayList<>();
    Fact.found(instance).ifPresent(one -> previous.addAll(one.groups()));
    Fact.found(quarantine).ifPresent(group -> previous.remove(group.id()));
    return Fact.ask(() -> scope.notRestorable(previous));
  }

  private static Fact<Optional<SecurityGroup>> quarantine(
      AwsScope scope, Fact<Optional<Instance>> instance) {
    return switch (instance) {
      case Fact.Unknown<Optional<Instance>> unknown -> new Fact.Unknown<>(unknown.reason());
      case Fact.Known<Optional<Instance>> known ->
          Fact.ask(
              () ->
                  known
                      .value()
                      .flatMap(one -> scope.network().quarantineGroup(one.vpc()))
                      .flatMap(scope.network()::group));
    };
  }

  @Override
  public Optional<Instance> subject() {
    return Fact.found(instance);
  }
}
