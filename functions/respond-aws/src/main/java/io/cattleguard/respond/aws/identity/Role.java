package io.cattleguard.respond.aws.identity;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * An IAM role.
 *
 * @param account that owns it
 * @param id {@code AROA…}, never that of another role
 * @param path {@code /} or {@code /aws-service-role/…/}
 * @param longestSession after which each of its sessions has expired
 * @param managedPolicies the names of the managed policies that are attached
 */
public record Role(
    String account,
    String name,
    String id,
    String path,
    Instant createdAt,
    Duration longestSession,
    Map<String, String> tags,
    List<String> managedPolicies) {
  /** Copies the collections. */
  public Role {
    tags = Map.copyOf(tags);
    managedPolicies = List.copyOf(managedPolicies);
  }
}
