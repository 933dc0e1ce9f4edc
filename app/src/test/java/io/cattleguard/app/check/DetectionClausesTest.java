package io.cattleguard.app.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.deduplicate.detections.DetectionRules;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Each clause of a shipped detection is necessary: without it, the result for some event of {@code
 * near-detections.txt} would change.
 */
final class DetectionClausesTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final DetectionRules RULES =
      DetectionRules.read(new PolicyFiles(Policies.defaultPolicy()));

  /** An event that differs a little from the one in a detection's first test. */
  private record Variant(String detection, boolean matches, ObjectNode event) {}

  private static List<PolicyNode.Mapping> detections() {
    return new PolicyFiles(Policies.defaultPolicy())
        .folder(DetectionRules.FOLDER).stream().map(PolicyNode::anyMapping).toList();
  }

  private static String name(PolicyNode.Mapping detection) {
    return detection.required("name").text();
  }

  private static ObjectNode first(PolicyNode.Mapping detection) {
    JsonNode event =
        detection.required("tests").items().getFirst().anyMapping().required("event").toJson();
    return (ObjectNode) (event.has("detail") ? event.get("detail") : event);
  }

  private static List<Variant> variants(PolicyNode.Mapping detection) {
    List<Variant> variants = new ArrayList<>();
    variants.add(new Variant(name(detection), true, first(detection)));
    for (String line : table()) {
      String[] columns = line.split(" \\| ", 4);
      if (columns[0].equals(name(detection))) {
        ObjectNode event = first(detection).deepCopy();
        change(event, columns[2], columns[3]);
        variants.add(new Variant(columns[0], columns[1].equals("also"), event));
      }
    }
    return variants;
  }

  private static List<String> table() {
    try (InputStream in =
        Objects.requireNonNull(
            DetectionClausesTest.class.getResourceAsStream("near-detections.txt"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void change(ObjectNode event, String field, String value) {
    try {
      if (field.isEmpty()) {
        event.setAll((ObjectNode) JSON.readTree(value));
        return;
      }
      JsonPointer pointer = JsonPointer.compile(field);
      String last = pointer.last().getMatchingProperty();
      JsonPointer head = pointer.head();
      JsonNode found = head.matches() ? event : event.at(head);
      ObjectNode parent =
          found instanceof ObjectNode object ? object : event.withObject(head.toString());
      if (value.equals("-")) {
        parent.remove(last);
      } else {
        parent.set(last, JSON.readTree(value));
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(field + " " + value, e);
    }
  }

  @Test
  void everyVariantIsJudgedAsTheTableSays() {
    List<String> wrong = new ArrayList<>();
    int judged = 0;
    for (PolicyNode.Mapping detection : detections()) {
      String source = detection.required("source").text();
      for (Variant variant : variants(detection)) {
        boolean matches =
            RULES
                .of(source, variant.event)
                .filter(one -> List.of(one.name().split("\\+")).contains(variant.detection))
                .isPresent();
        if (matches != variant.matches) {
          wrong.add(variant.toString());
        }
        judged++;
      }
    }
    assertEquals(List.of(), wrong);
    assertTrue(judged > 150, "only " + judged);
  }

  @Test
  void everyDetectionOfTheTableExists() {
    List<String> names = detections().stream().map(DetectionClausesTest::name).toList();
    assertEquals(
        List.of(),
        table().stream().filter(line -> !names.contains(line.split(" \\| ", 2)[0])).toList());
  }

  @Test
  void noClauseCanBeRemovedUnnoticed() {
    List<String> unnoticed = new ArrayList<>();
    for (PolicyNode.Mapping detection : detections()) {
      JsonNode when = detection.required("when").toJson();
      List<Variant> variants = variants(detection);
      for (JsonNode reduced : reduced(when)) {
        if (reduced.isEmpty()) {
          continue; // not a pattern
        }
        EventPattern pattern = EventPattern.compile(reduced);
        if (variants.stream().allMatch(one -> sees(pattern, detection, one) == one.matches)) {
          unnoticed.add(name(detection) + " as " + reduced);
        }
      }
      EventPattern all = EventPattern.compile(when);
      if (detection.optional("unless").isPresent()
          && variants.stream().noneMatch(one -> all.matches(one.event) && !one.matches)) {
        unnoticed.add(name(detection) + " without unless");
      }
    }
    assertEquals(List.of(), unnoticed);
  }

  private static boolean sees(EventPattern when, PolicyNode.Mapping detection, Variant variant) {
    return when.matches(variant.event)
        && detection
            .optional("unless")
            .filter(unless -> unless.pattern().matches(variant.event))
            .isEmpty();
  }

  /** The variants of a pattern without one of its clauses or one of its alternatives. */
  private static List<JsonNode> reduced(JsonNode pattern) {
    List<JsonNode> all = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : pattern.properties()) {
      ObjectNode rest = ((ObjectNode) pattern).deepCopy();
      if (field.getKey().equals("$or")) {
        for (int i = 0; i < field.getValue().size(); i++) {
          ArrayNode fewer = field.getValue().deepCopy();
          fewer.remove(i);
          ObjectNode less = rest.deepCopy();
          // The engine requires at least two alternatives.
          if (fewer.size() == 1) {
            less.remove("$or");
            less.setAll((ObjectNode) fewer.get(0));
          } else {
            less.set("$or", fewer);
          }
          all.add(less);
        }
      } else if (field.getValue().isObject()) {
        for (JsonNode inner : reduced(field.getValue())) {
          ObjectNode outer = rest.deepCopy();
          if (inner.isEmpty()) {
            outer.remove(field.getKey());
          } else {
            outer.set(field.getKey(), inner);
          }
          all.add(outer);
        }
      } else {
        all.add(rest.without(field.getKey()));
      }
    }
    return all;
  }
}
