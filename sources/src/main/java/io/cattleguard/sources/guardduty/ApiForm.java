package io.cattleguard.sources.guardduty;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * Rewrites findings as the command line and the SDKs print them, whose keys begin with a capital
 * letter, as GuardDuty delivers them.
 */
final class ApiForm {
  private ApiForm() {}

  /** Whether the finding's keys begin with a capital letter. */
  static boolean isOne(JsonNode finding) {
    return finding.has("Type") && !finding.has("type") && finding.has("AccountId");
  }

  /** The finding as EventBridge delivers it. */
  static JsonNode asDelivered(JsonNode value) {
    if (value.isObject()) {
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      for (Map.Entry<String, JsonNode> field : value.properties()) {
        object.set(lowered(field.getKey()), asDelivered(field.getValue()));
      }
      return object;
    }
    if (value.isArray()) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      value.forEach(element -> array.add(asDelivered(element)));
      return array;
    }
    return value;
  }

  private static String lowered(String key) {
    return key.isEmpty() ? key : Character.toLowerCase(key.charAt(0)) + key.substring(1);
  }
}
