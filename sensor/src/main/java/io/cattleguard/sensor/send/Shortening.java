package io.cattleguard.sensor.send;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.cattleguard.sensor.spool.JsonSize;
import io.cattleguard.sources.AlertReader;
import java.util.Map;

/**
 * Shortens an event that is too large for one entry. The longest texts are truncated and marked;
 * names, times and short fields stay as they are.
 */
final class Shortening {
  private static final JsonMapper JSON =
      JsonMapper.builder(AlertReader.boundedJson())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Shortening() {}

  /**
   * Returns a shorter text of the event. The result is deterministic.
   *
   * @param limit bytes that it may have as a JSON string
   */
  static String of(String event, int limit) {
    JsonNode tree;
    try {
      tree = JSON.readTree(event);
    } catch (JsonProcessingException e) {
      return cut(event, limit / 6);
    }
    for (int longest = limit / 4; longest >= 64; longest /= 2) {
      String shorter = shortened(tree, longest).toString();
      if (JsonSize.of(shorter) <= limit) {
        return shorter;
      }
    }
    return cut(event, limit / 6);
  }

  private static JsonNode shortened(JsonNode node, int longest) {
    if (node instanceof ObjectNode object) {
      ObjectNode out = object.objectNode();
      for (Map.Entry<String, JsonNode> field : object.properties()) {
        out.set(cut(field.getKey(), longest), shortened(field.getValue(), longest));
      }
      return out;
    }
    if (node instanceof ArrayNode array) {
      ArrayNode out = array.arrayNode();
      array.forEach(element -> out.add(shortened(element, longest)));
      return out;
    }
    return node.isTextual() && node.textValue().length() > longest
        ? TextNode.valueOf(cut(node.textValue(), longest))
        : node;
  }

  private static String cut(String text, int longest) {
    if (text.length() <= longest) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(longest - 1)) ? longest - 1 : longest;
    return text.substring(0, end) + "… (" + (text.length() - end) + " more characters)";
  }
}
