package io.cattleguard.events;

import org.jspecify.annotations.Nullable;

/**
 * The key of an object within a problem. It is separate from {@link Fingerprint}: a known problem
 * is not reported to people again, but responders must see every object.
 */
public final class TargetKey {
  /** Maximum length, because many keys are stored in one item and their text is untrusted. */
  private static final int LIMIT = 256;

  /** The prefix of the ids of long-term access keys. */
  private static final String LONG_TERM = "AKIA";

  /** Separates the peer. The names of objects in accounts do not contain it. */
  private static final char PEER = '<';

  private TargetKey() {}

  /**
   * The pod's UID; else its name with the container's id, because a replacement may have the same
   * name; else the most specific object that the alert names: container, instance, security group,
   * caller with its long-term access key, resource and workload, node.
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
      return joined(
          target.principal(),
          longTerm(target.accessKey()),
          target.resource(),
          target.namespace(),
          target.workload());
    }
    return joined(target.node());
  }

  /**
   * The key, if it is an IAM user's own: a responder must see each of them. A role gets new
   * temporary keys by the hour, which are no new objects.
   */
  private static @Nullable String longTerm(@Nullable String accessKey) {
    return accessKey != null && accessKey.startsWith(LONG_TERM) ? accessKey : null;
  }

  /**
   * The key of an alert's object. It includes the node or the sensor's pod if the sender's
   * credential proves it, so an alert of another node that names the object does not hide those of
   * the object's own node. It includes the peer of an inbound connection if the source puts many
   * peers into one finding: the peer is no part of the problem then, and one that came first must
   * not hide the others from responders.
   */
  public static String of(Alert alert) {
    String key = of(alert.target());
    String peer = alert.network().peer();
    if (peer != null && includesPeer(alert)) {
      key = bounded(key + PEER + peer);
    }
    if (alert.nodeVerified()) {
      return bounded(key + "@" + alert.target().node());
    }
    String sensor = alert.target().sensor();
    return sensor == null ? key : bounded(key + "@" + sensor);
  }

  /** Whether each peer of the alert's object is an object of its own for the responders. */
  public static boolean includesPeer(Alert alert) {
    return alert.network().peer() != null
        && "inbound".equals(alert.network().direction())
        && Fingerprint.isAggregating(alert.source());
  }

  /** The key without the peer: that of the attacked object. */
  public static String withoutPeer(String key) {
    int peer = key.lastIndexOf(PEER);
    return peer < 0 ? key : key.substring(0, peer);
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
