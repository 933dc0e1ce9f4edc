package io.cattleguard.route.digest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.HostileText;
import java.util.LinkedHashMap;
import java.util.Map;

/** The tags of the resources that a finding is about, from the finding's own text. */
final class ResourceTags {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int LONGEST = 64 << 10;
  private static final int DEEPEST = 12;
  private static final int MOST = 50;
  private static final int VALUE = 200;

  private ResourceTags() {}

  /** The tags; none if the text is too long or not JSON. The first value of a key counts. */
  static Map<String, String> of(String raw) {
    Map<String, String> tags = new LinkedHashMap<>();
    if (raw.length() <= LONGEST) {
      try {
        collect(JSON.readTree(raw), 0, tags);
      } catch (JsonProcessingException e) {
        return Map.of();
      }
    }
    return tags;
  }

  private static void collect(JsonNode node, int depth, Map<String, String> tags) {
    if (depth > DEEPEST || tags.size() >= MOST) {
      return;
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (field.getKey().equals("Tags") || field.getKey().equals("tags")) {
        read(field.getValue(), tags);
      } else {
        collect(field.getValue(), depth + 1, tags);
      }
    }
    if (node.isArray()) {
      node.forEach(element -> collect(element, depth + 1, tags));
    }
  }

  /** Security Hub writes an object, other sources a list of keys and values. */
  private static void read(JsonNode written, Map<String, String> tags) {
    for (Map.Entry<String, JsonNode> tag : written.properties()) {
      put(tag.getKey(), tag.getValue(), tags);
    }
    if (written.isArray()) {
      for (JsonNode tag : written) {
        put(first(tag, "key", "Key", "name").asText(), first(tag, "value", "Value"), tags);
      }
    }
  }

  private static JsonNode first(JsonNode tag, String... names) {
    for (String name : names) {
      if (tag.has(name)) {
        return tag.path(name);
      }
    }
    return tag.path(names[0]);
  }

  private static void put(String key, JsonNode value, Map<String, String> tags) {
    if (!key.isEmpty() && value.isTextual() && tags.size() < MOST) {
      tags.putIfAbsent(
          HostileText.visible(key, VALUE), HostileText.visible(value.textValue(), VALUE));
    }
  }
}
