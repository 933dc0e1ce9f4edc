package io.cattleguard.app.road;

import io.cattleguard.events.Target;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Names an object as people do: {@code shop/web-7c8d9f5b6d-x2x4k}. */
public final class TargetWords {
  private TargetWords() {}

  /** The name, with the object's id where it would be one of {@code taken} without. */
  public static String of(Target target, Collection<String> taken) {
    String name = of(target);
    if (!taken.contains(name)) {
      return name;
    }
    String id = target.podUid() != null ? target.podUid() : target.containerId();
    return id == null ? name : name + " (" + id + ")";
  }

  /** The narrowest thing that the target names. */
  public static String of(Target target) {
    if (target.pod() != null) {
      return within(target.namespace(), target.pod());
    }
    if (target.containerName() != null || target.containerId() != null) {
      String container =
          target.containerName() != null ? target.containerName() : target.containerId();
      return within(target.namespace(), "container " + container);
    }
    if (target.instance() != null) {
      return "instance " + target.instance();
    }
    if (target.securityGroup() != null) {
      return "security group " + target.securityGroup();
    }
    if (target.workload() != null) {
      return within(target.namespace(), target.workload());
    }
    if (target.node() != null) {
      return "node " + target.node();
    }
    if (target.resource() != null) {
      return target.resource();
    }
    if (target.principal() != null) {
      return "by " + target.principal();
    }
    return target.cluster() == null ? "not named" : "cluster " + target.cluster();
  }

  private static String within(@Nullable String namespace, String name) {
    return namespace == null ? name : namespace + "/" + name;
  }
}
