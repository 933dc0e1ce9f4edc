package io.cattleguard.respond.aws.actions;

import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.aws.identity.AccessKey;
import io.cattleguard.respond.aws.identity.User;
import java.util.Optional;

/**
 * The state that an action on an access key read.
 *
 * @param scope the account
 * @param user the IAM user that the alert names
 * @param id the access key that the alert names; empty if it names none
 * @param own whether Cattleguard itself signs with the key
 */
record ObservedKey(AwsScope scope, Fact<Optional<User>> user, String id, Fact<Boolean> own)
    implements ObservedState {

  static ObservedKey of(AwsScope scope, Target target) {
    String name = target.principal();
    String id = target.accessKey();
    return name == null || id == null || !KeyGuards.isLongTermKeyOfAUser(target)
        ? new ObservedKey(
            scope, new Fact.Known<>(Optional.empty()), "", new Fact.Known<>(Boolean.FALSE))
        : new ObservedKey(
            scope,
            Fact.ask(() -> scope.identities().user(name)),
            id,
            Fact.ask(() -> scope.identities().isOwnKey(id)));
  }

  /** The user's key with that id. */
  Fact<Optional<AccessKey>> key() {
    return switch (user) {
      case Fact.Known<Optional<User>> known ->
          new Fact.Known<>(known.value().flatMap(one -> one.key(id)));
      case Fact.Unknown<Optional<User>> unknown -> new Fact.Unknown<>(unknown.reason());
    };
  }

  @Override
  public Optional<AccessKey> subject() {
    return Fact.found(key());
  }
}
