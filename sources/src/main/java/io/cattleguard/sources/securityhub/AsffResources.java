package io.cattleguard.sources.securityhub;

import static io.cattleguard.sources.parsing.FieldValue.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Target;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@code Resources} of a finding; of several of one kind the first one counts. */
final class AsffResources {
  private final JsonNode resources;
  private final List<String> notes;

  AsffResources(JsonNode resources, List<String> notes) {
    this.resources = resources;
    this.notes = notes;
  }

  /** The target, without account and region. */
  Target.Builder target() {
    JsonNode container = first("Container");
    JsonNode details = container.path("Details").path("Container");
    JsonNode key = first("AwsIamAccessKey").path("Details").path("AwsIamAccessKey");
    String instance = read(first("AwsEc2Instance"), "Id");
    return Target.builder()
        .instance(instance == null ? null : instance.substring(instance.lastIndexOf('/') + 1))
        .containerId(withoutScheme(read(container, "Id")))
        .containerName(read(details, "Name"))
        .image(read(details, "ImageName"))
        .principal(read(key, "PrincipalName"))
        .resource(cloudResource());
  }

  /** The first resource that has no field of its own. */
  private @Nullable String cloudResource() {
    for (JsonNode resource : resources) {
      switch (resource.path("Type").asText("")) {
        case "AwsEc2Instance", "Container", "AwsIamAccessKey" -> {
          // has its own field
        }
        default -> {
          return read(resource, "Id");
        }
      }
    }
    return null;
  }

  private JsonNode first(String type) {
    for (JsonNode resource : resources) {
      if (resource.path("Type").asText("").equals(type)) {
        return resource;
      }
    }
    return resources.path("none");
  }

  private @Nullable String read(JsonNode node, String key) {
    return text(node.get(key), "Resources." + key, notes);
  }

  private static @Nullable String withoutScheme(@Nullable String id) {
    int scheme = id == null ? -1 : id.indexOf("://");
    return id == null || scheme < 0 ? id : id.substring(scheme + 3);
  }
}
