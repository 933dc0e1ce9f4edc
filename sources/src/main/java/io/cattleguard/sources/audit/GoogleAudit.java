package io.cattleguard.sources.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Rewrites GKE's audit log entries as Kubernetes audit events, so that one detection matches both.
 *
 * @see <a href="https://cloud.google.com/kubernetes-engine/docs/how-to/audit-logging">GKE audit
 *     logs</a>
 */
final class GoogleAudit {
  private static final String METHOD = "io.k8s.";

  private GoogleAudit() {}

  static boolean isOne(JsonNode event) {
    JsonNode payload = event.get("protoPayload");
    return payload != null
        && (payload.path("serviceName").asText("").equals("k8s.io")
            || payload.path("methodName").asText("").startsWith(METHOD));
  }

  /** The audit event that the API server wrote, as far as the entry keeps it. */
  static ObjectNode asAuditEvent(JsonNode entry) {
    JsonNode payload = entry.path("protoPayload");
    ObjectNode audit = JsonNodeFactory.instance.objectNode();
    audit
        .put("kind", "Event")
        .put("apiVersion", "audit.k8s.io/v1")
        .put("stage", "ResponseComplete");
    copy(entry.path("operation").path("id"), audit, "auditID");
    if (!audit.has("auditID")) {
      copy(entry.path("insertId"), audit, "auditID");
    }
    String method = payload.path("methodName").asText("");
    audit.put("verb", method.substring(method.lastIndexOf('.') + 1));
    String resource = payload.path("resourceName").asText("");
    audit.put("requestURI", "/" + resource);
    ObjectNode reference = reference(resource);
    if (!reference.isEmpty()) {
      audit.set("objectRef", reference);
    }
    ObjectNode user = audit.putObject("user");
    copy(payload.path("authenticationInfo").path("principalEmail"), user, "username");
    address(payload.path("requestMetadata"), audit);
    copy(payload.path("requestMetadata").path("callerSuppliedUserAgent"), audit, "userAgent");
    audit.putObject("responseStatus").put("code", status(payload));
    copy(payload.path("request"), audit, "requestObject");
    copy(payload.path("response"), audit, "responseObject");
    copy(entry.path("labels"), audit, "annotations");
    copy(payload.path("timestamp"), audit, "requestReceivedTimestamp");
    if (!audit.has("requestReceivedTimestamp")) {
      copy(entry.path("timestamp"), audit, "requestReceivedTimestamp");
    }
    return audit;
  }

  /** The caller's address, which shippers write as {@code callerIp} or {@code callerIP}. */
  private static void address(JsonNode metadata, ObjectNode audit) {
    metadata.properties().stream()
        .filter(field -> field.getKey().toLowerCase(Locale.ROOT).equals("callerip"))
        .findFirst()
        .ifPresent(field -> audit.putArray("sourceIPs").add(field.getValue()));
  }

  /**
   * Splits {@code rbac.authorization.k8s.io/v1/namespaces/shop/roles/x/status}: group, version,
   * perhaps the namespace, then resource, name and subresource.
   */
  private static ObjectNode reference(String resourceName) {
    ObjectNode reference = JsonNodeFactory.instance.objectNode();
    List<String> steps = Arrays.asList(resourceName.split("/", -1));
    if (steps.size() < 3) {
      return reference;
    }
    if (!steps.get(0).equals("core")) {
      reference.put("apiGroup", steps.get(0));
    }
    reference.put("apiVersion", steps.get(1));
    int at = 2;
    if (steps.get(2).equals("namespaces") && steps.size() > 4) {
      reference.put("namespace", steps.get(3));
      at = 4;
    }
    String[] keys = {"resource", "name", "subresource"};
    for (int i = 0; i < keys.length && at + i < steps.size(); i++) {
      reference.put(keys[i], steps.get(at + i));
    }
    return reference;
  }

  /** The HTTP status of gRPC's code; a call that was not granted is forbidden. */
  private static int status(JsonNode payload) {
    for (JsonNode one : payload.path("authorizationInfo")) {
      if (one.has("granted") && !one.path("granted").asBoolean()) {
        return 403;
      }
    }
    return switch (payload.path("status").path("code").asInt(0)) {
      case 0 -> 200;
      case 3, 9, 11 -> 400;
      case 5 -> 404;
      case 6, 10 -> 409;
      case 7 -> 403;
      case 16 -> 401;
      default -> 500;
    };
  }

  private static void copy(JsonNode value, ObjectNode to, String key) {
    if (!value.isMissingNode() && !value.isNull()) {
      to.set(key, value);
    }
  }
}
