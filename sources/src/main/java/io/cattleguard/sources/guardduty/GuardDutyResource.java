package io.cattleguard.sources.guardduty;

import static io.cattleguard.sources.parsing.FieldValue.or;
import static io.cattleguard.sources.parsing.FieldValue.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Target;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.parsing.FieldValue;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads {@code resource} of a finding. */
final class GuardDutyResource {
  private final JsonNode resource;
  private final List<String> notes;

  GuardDutyResource(JsonNode resource, List<String> notes) {
    this.resource = resource;
    this.notes = notes;
  }

  /** The target, without account and region. */
  Target.Builder target() {
    JsonNode kubernetes = resource.path("kubernetesDetails");
    JsonNode workload = kubernetes.path("kubernetesWorkloadDetails");
    JsonNode container = container();
    String kind = kind(read(workload, "kubernetesWorkloadDetails.type", "type"));
    String name = read(workload, "kubernetesWorkloadDetails.name", "name");
    boolean pod = "Pod".equals(kind);
    return Target.builder()
        .namespace(read(workload, "kubernetesWorkloadDetails.namespace", "namespace"))
        .pod(pod ? name : null)
        .podUid(pod && name != null ? read(workload, "kubernetesWorkloadDetails.uid", "uid") : null)
        .workload(pod || kind == null || name == null ? ecsWorkload() : kind + "/" + name)
        .containerId(withoutScheme(read(container, "containers.id", "id")))
        .containerName(read(container, "containers.name", "name"))
        .image(read(container, "containers.image", "image"))
        .instance(
            read(resource.path("instanceDetails"), "instanceDetails.instanceId", "instanceId"))
        .securityGroup(onlySecurityGroup())
        .principal(principal(kubernetes))
        .principalType(of(kubernetes, "userType"))
        .accessKey(of(kubernetes, "accessKeyId"))
        .resource(cloudResource());
  }

  /** Traits of the container. */
  List<Trait> traits() {
    JsonNode privileged = container().path("securityContext").path("privileged");
    return !privileged.isMissingNode()
            && FieldValue.isTrue(privileged, "containers.securityContext.privileged", notes)
        ? List.of(Trait.PRIVILEGED)
        : List.of();
  }

  private @Nullable String principal(JsonNode kubernetes) {
    String user =
        read(
            kubernetes.path("kubernetesUserDetails"), "kubernetesUserDetails.username", "username");
    JsonNode key = key();
    return or(
        user,
        or(
            read(key, "accessKeyDetails.userName", "userName"),
            read(key, "accessKeyDetails.principalId", "principalId")));
  }

  private JsonNode key() {
    return resource.path("accessKeyDetails");
  }

  /** A field of the caller's access key; null if the principal is a user of a cluster. */
  private @Nullable String of(JsonNode kubernetes, String field) {
    return kubernetes.path("kubernetesUserDetails").path("username").isTextual()
        ? null
        : read(key(), "accessKeyDetails." + field, field);
  }

  /** The container, if there is only one; a finding does not say which one it means. */
  private JsonNode container() {
    JsonNode details = resource.path("containerDetails");
    if (details.isObject()) {
      return details;
    }
    JsonNode all =
        resource.path("kubernetesDetails").path("kubernetesWorkloadDetails").path("containers");
    return all.size() == 1 ? all.path(0) : all.path("none");
  }

  /** The security group, if all interfaces have exactly that one; null otherwise. */
  private @Nullable String onlySecurityGroup() {
    Set<String> groups = new TreeSet<>();
    for (JsonNode networkInterface : resource.path("instanceDetails").path("networkInterfaces")) {
      for (JsonNode group : networkInterface.path("securityGroups")) {
        String id = read(group, "securityGroups.groupId", "groupId");
        if (id != null) {
          groups.add(id);
        }
      }
    }
    return groups.size() == 1 ? groups.iterator().next() : null;
  }

  private @Nullable String cloudResource() {
    JsonNode buckets = resource.path("s3BucketDetails");
    return or(
        first("eksClusterDetails", "arn", "name"),
        or(
            or(ecsTask(), first("ecsClusterDetails", "arn", "name")),
            or(
                first("rdsDbInstanceDetails", "dbInstanceArn", "dbInstanceIdentifier"),
                or(
                    first("lambdaDetails", "functionArn", "functionName"),
                    buckets.size() == 1
                        ? read(buckets.path(0), "s3BucketDetails.arn", "arn")
                        : null))));
  }

  private @Nullable String ecsTask() {
    return read(
        resource.path("ecsClusterDetails").path("taskDetails"),
        "ecsClusterDetails.taskDetails.arn",
        "arn");
  }

  /** The service that runs the task, as ECS names its group: {@code service:web}. */
  private @Nullable String ecsWorkload() {
    String group =
        read(
            resource.path("ecsClusterDetails").path("taskDetails"),
            "ecsClusterDetails.taskDetails.group",
            "group");
    return group == null ? null : group.replaceFirst(":", "/");
  }

  private @Nullable String first(String details, String arn, String name) {
    JsonNode node = resource.path(details);
    return or(read(node, details + "." + arn, arn), read(node, details + "." + name, name));
  }

  private @Nullable String read(JsonNode node, String key, String field) {
    return text(node.get(field), key, notes);
  }

  /**
   * Normalises the kind, which GuardDuty writes like the API's path, {@code deployments}, or with
   * its own name.
   */
  static @Nullable String kind(@Nullable String type) {
    if (type == null) {
      return null;
    }
    return switch (type.toLowerCase(Locale.ROOT)) {
      case "pod", "pods" -> "Pod";
      case "deployment", "deployments" -> "Deployment";
      case "replicaset", "replicasets" -> "ReplicaSet";
      case "statefulset", "statefulsets" -> "StatefulSet";
      case "daemonset", "daemonsets" -> "DaemonSet";
      case "job", "jobs" -> "Job";
      case "cronjob", "cronjobs" -> "CronJob";
      default -> type;
    };
  }

  private static @Nullable String withoutScheme(@Nullable String id) {
    int scheme = id == null ? -1 : id.indexOf("://");
    return id == null || scheme < 0 ? id : id.substring(scheme + 3);
  }
}
