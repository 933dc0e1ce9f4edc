package io.cattleguard.deduplicate;

import io.cattleguard.events.Target;

/**
 * Names an object: the key of "was it seen here before", apart from {@link Fingerprint}, because
 * silence for people must never be silence for responders.
 */
public final class TargetKey {
  private TargetKey() {}

  /**
   * The pod's UID; else its name with the container's id, since a replacement may bear the same
   * name; else the narrowest thing the alert names.
   */
  public static String of(Target target) {
    if (target.podUid() != null) {
      return target.podUid();
    }
    StringBuilder key = new StringBuilder(64);
    if (target.pod() != null) {
      key.append(target.namespace()).append('/').append(target.pod());
      if (target.containerId() != null) {
        key.append('/').append(target.containerId());
      }
    } else if (target.containerId() != null) {
      key.append(target.containerId());
    } else if (target.instance() != null) {
      key.append(target.account()).append('/').append(target.instance());
    } else if (target.securityGroup() != null) {
      key.append(target.account()).append('/').append(target.securityGroup());
    } else if (target.principal() != null) {
      key.append(target.principal()).append('/').append(target.namespace());
      key.append('/').append(target.workload());
    } else {
      key.append(target.node());
    }
    return key.toString();
  }
}
