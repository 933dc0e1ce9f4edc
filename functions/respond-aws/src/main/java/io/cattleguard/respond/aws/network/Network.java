package io.cattleguard.respond.aws.network;

import io.cattleguard.edge.port.Unavailable;
import java.util.List;
import java.util.Optional;

/**
 * One account's network in one region, as far as responses need it. Every method that changes
 * something takes one exact interface or rule; none takes a filter.
 *
 * <p>Each method throws {@link Unavailable} where it does not answer, or answers that another
 * attempt may do better.
 */
public interface Network {

  /** The instance with that id, with all of its interfaces. */
  Optional<Instance> instance(String id);

  /** The security group with that id. */
  Optional<SecurityGroup> group(String id);

  /** The id of the group without rules that was made for quarantine in that VPC. */
  Optional<String> quarantineGroup(String vpc);

  /** Gives one interface these groups and no others; doing it again changes nothing. */
  Change setGroups(Instance.Interface networkInterface, List<String> groups);

  /** Closes that rule, if it still lets in exactly the same. */
  Change revoke(IngressRule rule);

  /** Opens a rule that lets in exactly the same, with its description; it gets a new id. */
  Change authorize(IngressRule rule);

  /** What a change came to. */
  sealed interface Change {
    /** It was taken. */
    record Made() implements Change {}

    /** There is no such thing any more. */
    record Gone() implements Change {}

    /** It is not allowed, or makes no sense, and trying again would not help. */
    record Denied(String reason) implements Change {}
  }
}
