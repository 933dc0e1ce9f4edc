package io.cattleguard.sources.cloudtrail;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.Target;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The object of an AWS API call, from its parameters. */
final class CloudTrailObject {
  /** Parameters that name the object, the most specific ones first. */
  private static final List<String> NAMES =
      List.of(
          "bucketName",
          "detectorId",
          "snapshotId",
          "dBSnapshotIdentifier",
          "dBClusterSnapshotIdentifier",
          "imageId",
          "secretId",
          "keyId",
          "functionName",
          "clusterName",
          "configurationRecorderName",
          "hubArn",
          "policyArn",
          "name",
          "trailName",
          "resourceArn",
          "flowLogId");

  private final JsonNode parameters;

  CloudTrailObject(JsonNode parameters) {
    this.parameters = parameters;
  }

  /** The target without account, region and caller. */
  Target.Builder target() {
    String group = text(parameters.path("groupId"));
    String instance = instance();
    return Target.builder()
        .securityGroup(group != null && group.startsWith("sg-") ? group : null)
        .instance(instance)
        .resource(resource());
  }

  private @Nullable String instance() {
    String alone = text(parameters.path("instanceId"));
    JsonNode items = parameters.path("instancesSet").path("items");
    String only = items.size() == 1 ? text(items.path(0).path("instanceId")) : null;
    String instance = alone != null ? alone : only;
    return instance != null && instance.startsWith("i-") ? instance : null;
  }

  /** A policy that is attached to a user is {@code users/x to POLICY}. */
  private @Nullable String resource() {
    String policy = text(parameters.path("policyArn"));
    for (String holder : List.of("userName", "roleName", "groupName")) {
      String name = text(parameters.path(holder));
      if (name != null) {
        String named = holder.replace("Name", "s/") + name;
        return policy == null ? named : named + " to " + policy;
      }
    }
    for (String key : NAMES) {
      String name = text(parameters.path(key));
      if (name != null) {
        return name;
      }
    }
    return null;
  }

  private static @Nullable String text(JsonNode value) {
    return value.isTextual() && !value.textValue().isEmpty()
        ? HostileText.visible(value.textValue())
        : null;
  }
}
