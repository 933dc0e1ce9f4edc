package io.cattleguard.respond.kubernetes.fabric8;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.ContractFiles;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** The ClusterRole of {@code infra/kubernetes/rbac.yaml}. */
final class Rbac {
  private Rbac() {}

  /** The permissions for the input of {@code up}, which no action needs. */
  static final String OF_INPUT = "authentication.k8s.io/tokenreviews create";

  /** The permissions of the actions, as {@code group/resource verb}. */
  static List<String> ofActions() throws IOException {
    return granted().stream().filter(one -> !one.equals(OF_INPUT)).toList();
  }

  /** As {@code group/resource verb}. */
  static List<String> granted() throws IOException {
    List<String> granted = new ArrayList<>();
    for (JsonNode rule : role().path("rules")) {
      for (JsonNode group : rule.path("apiGroups")) {
        for (JsonNode resource : rule.path("resources")) {
          for (JsonNode verb : rule.path("verbs")) {
            granted.add(group.asText() + "/" + resource.asText() + " " + verb.asText());
          }
        }
      }
    }
    return granted;
  }

  private static JsonNode role() throws IOException {
    String manifest = Files.readString(ContractFiles.root().resolve("infra/kubernetes/rbac.yaml"));
    for (String document : manifest.split("(?m)^---$", -1)) {
      if (document.contains("kind: ClusterRole\n")) {
        return Serialization.unmarshal(document, JsonNode.class);
      }
    }
    throw new IllegalStateException("there is no ClusterRole in it");
  }
}
