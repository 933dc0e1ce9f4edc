package io.cattleguard.respond.aws.actions;

import io.cattleguard.respond.aws.blocklist.Addresses;
import io.cattleguard.respond.aws.identity.Identities;
import io.cattleguard.respond.aws.identity.NoIdentities;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.Network;
import io.cattleguard.respond.aws.storage.Storage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One account's network in one region and its identities, with the response tag: the place of every
 * action in an account.
 *
 * @param responseTag only resources with this tag are changed
 * @param protectedPrincipals the names of users and roles that are never changed
 */
public record AwsScope(
    Network network,
    Identities identities,
    Storage storage,
    Addresses addresses,
    Tag responseTag,
    Set<String> protectedPrincipals) {
  /**
   * The tag in which the Amazon VPC CNI names the node of each interface that it adds. These
   * interfaces do not get the tags of the node's launch template.
   */
  static final String NODE = "node.k8s.amazonaws.com/instance_id";

  /**
   * A value of the response tag for security groups: an interface may get them back, but no action
   * changes their rules.
   */
  static final String RESTORE = "restore";

  /**
   * EC2 and IAM are eventually consistent: after a change an older state may be read for some
   * seconds, also after a newer one. A state that this process has not just written must be seen
   * for this long before it counts.
   */
  static final Duration SETTLED = Duration.ofSeconds(10);

  /** For this long after a change, a missing effect does not mean that it was undone. */
  static final Duration SETTLING = Duration.ofSeconds(30);

  /** Copies the set. */
  public AwsScope {
    protectedPrincipals = Set.copyOf(protectedPrincipals);
  }

  /** A network with the default tag, without identities. */
  public static AwsScope of(Network network) {
    return new AwsScope(
        network, new NoIdentities(), Storage.NONE, Addresses.NONE, Tag.DEFAULT, Set.of());
  }

  /** A copy with those identities, of which none is protected by its name. */
  public AwsScope with(Identities others) {
    return new AwsScope(network, others, storage, addresses, responseTag, Set.of());
  }

  /** A copy in which the users and roles with those names are never changed. */
  public AwsScope protecting(Set<String> principals) {
    return new AwsScope(network, identities, storage, addresses, responseTag, principals);
  }

  /** A copy with that storage. */
  public AwsScope with(Storage other) {
    return new AwsScope(network, identities, other, addresses, responseTag, protectedPrincipals);
  }

  /** A copy with those addresses. */
  public AwsScope with(Addresses other) {
    return new AwsScope(network, identities, storage, other, responseTag, protectedPrincipals);
  }

  /** Why the user or role is protected, or empty. */
  Optional<String> protectedBy(String principal, Map<String, String> tags) {
    // IAM keeps the case of names, but compares them ignoring case.
    return protectedPrincipals.stream().anyMatch(principal::equalsIgnoreCase)
        ? Optional.of("is one of the protected principals")
        : NetworkGuards.protectedBy(tags);
  }

  /** Whether the response tag is among the tags. */
  boolean mayBeTouched(Map<String, String> tags) {
    return responseTag.value().equals(tags.get(responseTag.key()));
  }

  /**
   * Whether that interface of the instance may be changed. It has the response tag, or the instance
   * has it and the VPC CNI added the interface to this very instance.
   */
  boolean mayBeTouched(Instance instance, Instance.Interface one) {
    return mayBeTouched(one.tags())
        || (mayBeTouched(instance.tags()) && instance.id().equals(one.tags().get(NODE)));
  }

  /** Those of the security groups that an interface may not get back, or that no longer exist. */
  List<String> notRestorable(List<String> groups) {
    return groups.stream()
        .filter(
            group ->
                network
                    .tagsOfGroup(group)
                    .filter(
                        tags -> mayBeTouched(tags) || RESTORE.equals(tags.get(responseTag.key())))
                    .isEmpty())
        .toList();
  }
}
