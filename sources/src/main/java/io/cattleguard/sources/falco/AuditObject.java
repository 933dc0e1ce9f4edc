package io.cattleguard.sources.falco;

import static io.cattleguard.sources.parsing.FieldValue.or;
import static io.cattleguard.sources.parsing.FieldValue.textIfText;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the object of a call to a cloud or a service, in the fields of Falco's plugins for
 * CloudTrail, GitHub, Okta and Google Cloud: a bucket, a repository, a user.
 *
 * <p>Of the fields of one plugin, those that name the container of others come first: {@code
 * cluster/service}.
 */
final class AuditObject {
  /** The parts of the name by their rank, because the fields of an event have no order. */
  private final TreeMap<Integer, String> parts = new TreeMap<>();

  private @Nullable String project;

  /** Takes a field if it names an object; false otherwise. */
  boolean take(String key, JsonNode value) {
    int rank =
        switch (key) {
          case "s3.bucket", "ct.request.cluster", "github.org", "okta.app" -> 1;
          case "github.owner", "ct.request.servicename", "okta.target.group.name" -> 2;
          case "github.repo.name", "github.repo", "ct.request.taskdefinition" -> 3;
          case "ct.request.functionname", "github.workflow.filename" -> 4;
          case "ct.request.groupname", "github.collaborator.name" -> 5;
          case "okta.target.user.alternateid", "ct.request.username" -> 6;
          case "okta.target.user.alternateID", "ct.request.serialnumber" -> 7;
          case "okta.target.user.name", "ct.request.name" -> 8;
          case "github.diff.committed_secrets.files", "ec2.name" -> 9;
          case "gcp.resourceName" -> 10;
          case "gcp.storage.bucket", "gcp.cloudsql.databaseid" -> 11;
          case "gcp.cloudfunctions.function", "gcp.compute.instanceId" -> 12;
          default -> 0;
        };
    if (rank == 0) {
      if (key.equals("gcp.projectId")) {
        project = textIfText(value);
      }
      return key.equals("gcp.projectId");
    }
    String text = textIfText(value.isArray() && value.size() == 1 ? value.get(0) : value);
    if (text != null) {
      parts.put(rank, text);
    }
    return true;
  }

  /** The object's name, the Google Cloud project if nothing else is named, or null. */
  @Nullable String name() {
    Set<String> names = new LinkedHashSet<>();
    for (String part : parts.values()) {
      // A repository's own name may have its owner in front, and a resource's name its bucket.
      names.removeIf(name -> ("/" + part + "/").contains("/" + name + "/"));
      names.add(part);
    }
    String name = names.isEmpty() ? null : String.join("/", names);
    String own = project == null ? null : "projects/" + project;
    return own == null || (name != null && name.contains("projects/"))
        ? name
        : or(name == null ? null : own + "/" + name, own);
  }
}
