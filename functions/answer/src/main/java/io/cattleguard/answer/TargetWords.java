package io.cattleguard.answer;

import io.cattleguard.events.Target;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Names an object in short form: {@code shop/web-7c8d9f5b6d-x2x4k}. */
public final class TargetWords {
  private TargetWords() {}

  /** The name; if {@code taken} contains it already, with the object's id. */
  public static String of(Target target, Collection<String> taken) {
    String name = of(target);
    if (!taken.contains(name)) {
      return name;
    }
    String id = target.podUid() != null ? target.podUid() : target.containerId();
    return id == null ? name : name + " (" + id + ")";
  }

  /** The name of the most specific object in the target. */
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
    if (target.resource() != null) {
      return target.resource();
    }
    if (target.principal() != null) {
      return "principal " + target.principal();
    }
    if (target.node() != null) {
      return "node " + target.node();
    }
    return target.cluster() == null ? "unknown" : "cluster " + target.cluster();
  }

  private static String within(@Nullable String namespace, String name) {
    return namespace == null ? name : namespace + "/" + name;
  }
}
