package io.cattleguard.respond.aws.actions;

import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Sight;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.SecurityGroup;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an action on an instance read.
 *
 * @param scope the account and region
 * @param instance the instance that the alert names
 * @param quarantine the quarantine security group of the instance's VPC
 */
record InstanceSight(
    AwsScope scope, Fact<Optional<Instance>> instance, Fact<Optional<SecurityGroup>> quarantine)
    implements Sight {

  static InstanceSight of(AwsScope scope, @Nullable String id) {
    Fact<Optional<Instance>> instance =
        id == null
            ? new Fact.Known<>(Optional.empty())
            : Fact.ask(() -> scope.network().instance(id));
    return new InstanceSight(scope, instance, quarantine(scope, instance));
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
