package io.cattleguard.sources.guardduty;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** Writes a finding of GuardDuty's API, {@code Service.ServiceName}, as EventBridge does. */
final class GuardDutyCase {
  private GuardDutyCase() {}

  /** Whether the finding has the API's names. */
  static boolean isPascal(JsonNode finding) {
    return finding.has("Type") && (finding.has("Service") || finding.has("AccountId"));
  }

  /** The same finding with EventBridge's names. */
  static JsonNode camel(JsonNode value) {
    if (value instanceof ArrayNode list) {
      ArrayNode copy = list.arrayNode(list.size());
      list.forEach(element -> copy.add(camel(element)));
      return copy;
    }
    if (!(value instanceof ObjectNode object)) {
      return value;
    }
    ObjectNode copy = object.objectNode();
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      copy.set(camel(field.getKey()), camel(field.getValue()));
    }
    return copy;
  }

  private static String camel(String key) {
    return key.isEmpty() || !Character.isUpperCase(key.charAt(0))
        ? key
        : Character.toLowerCase(key.charAt(0)) + key.substring(1);
  }
}
