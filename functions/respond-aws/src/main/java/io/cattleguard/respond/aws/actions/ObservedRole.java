package io.cattleguard.respond.aws.actions;

import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.aws.identity.Role;
import io.cattleguard.respond.aws.identity.RoleSessions;
import java.util.Optional;

/**
 * The state that an action on a role's sessions read.
 *
 * @param scope the account
 * @param role the role that the alert names
 * @param session the access key of the session; empty if the alert names none
 */
record ObservedRole(AwsScope scope, Fact<Optional<Role>> role, String session)
    implements ObservedState {

  static ObservedRole of(AwsScope scope, Target target) {
    String name = target.principal();
    String session = target.accessKey();
    return name == null || session == null || !RoleGuards.isSessionOfARole(target)
        ? new ObservedRole(scope, new Fact.Known<>(Optional.empty()), "")
        : new ObservedRole(scope, Fact.ask(() -> scope.identities().role(name)), session);
  }

  @Override
  public Optional<RoleSessions> subject() {
    return Fact.found(role)
        .map(
            one ->
                new RoleSessions(one.account(), one.name(), one.id(), session, Optional.empty()));
  }
}
