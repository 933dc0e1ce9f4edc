package io.cattleguard.events;

import org.jspecify.annotations.Nullable;

/**
 * Names an object: the key of "was it seen here before", apart from {@link Fingerprint}, because
 * silence for people must never be silence for responders.
 */
public final class TargetKey {
  /** Many of them are remembered in one item, and their text is an attacker's. */
  private static final int LIMIT = 256;

  private TargetKey() {}

  /**
   * The pod's UID; else its name with the container's id, since a replacement may bear the same
   * name; else the narrowest thing the alert names: container, instance, security group, who called
   * on which resource and workload, node.
   */
  public static String of(Target target) {
    String uid = target.podUid();
    if (uid != null) {
      return bounded(uid);
    }
    if (target.pod() != null) {
      return joined(target.namespace(), target.pod(), target.containerId());
    }
    if (target.containerId() != null) {
      return joined(target.containerId());
    }
    if (target.instance() != null) {
      return joined(target.account(), target.instance());
    }
    if (target.securityGroup() != null) {
      return joined(target.account(), target.securityGroup());
    }
    if (target.principal() != null || target.resource() != null) {
      return joined(target.principal(), target.resource(), target.namespace(), target.workload());
    }
    return joined(target.node());
  }

  private static String joined(@Nullable String... parts) {
    StringBuilder key = new StringBuilder(64);
    for (String part : parts) {
      if (part != null) {
        key.append(key.isEmpty() ? "" : "/").append(part);
      }
    }
    return bounded(key.toString());
  }

  private static String bounded(String key) {
    return key.length() <= LIMIT ? key : key.substring(0, LIMIT / 2) + "…" + Fingerprint.hash(key);
  }
}
