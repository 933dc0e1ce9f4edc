package io.cattleguard.respond.aws.network;

import io.cattleguard.edge.port.Unavailable;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The port to one account's network in one region. Every method that changes something takes one
 * exact interface, rule or instance; no method takes a filter.
 *
 * <p>Each method throws {@link Unavailable} if a retry may succeed.
 */
public interface Network {

  /** The instance with that id and all its interfaces. */
  Optional<Instance> instance(String id);

  /** The security group with that id. */
  Optional<SecurityGroup> group(String id);

  /** The tags of the security group with that id. */
  Optional<Map<String, String>> tagsOfGroup(String id);

  /** The id of the quarantine group, which has no rules, in that VPC. */
  Optional<String> quarantineGroup(String vpc);

  /** The Auto Scaling group of the instance with that id; empty if it is in none. */
  Optional<Membership> membership(String instance);

  /**
   * Puts the instance into standby in its group. The desired capacity stays, so the group launches
   * a replacement. Denied, unless the instance is in service.
   */
  Change enterStandby(Membership member);

  /** Puts the instance back into service in its group. The desired capacity grows by one. */
  Change exitStandby(Membership member);

  /** Replaces the groups of one interface. Idempotent. */
  Change setGroups(Instance.Interface networkInterface, List<String> groups);

  /** Revokes the rule, if it still allows exactly the same. */
  Change revoke(IngressRule rule);

  /** Restores a rule with its description; it gets a new id. */
  Change authorize(IngressRule rule);

  /** The result of a change. */
  sealed interface Change {
    /** The service accepted the change. */
    record Made() implements Change {}

    /** The object no longer exists. */
    record Gone() implements Change {}

    /** The change is denied or invalid; a retry would not help. */
    record Denied(String reason) implements Change {}
  }
}
