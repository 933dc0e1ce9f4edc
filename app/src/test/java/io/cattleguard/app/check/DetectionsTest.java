package io.cattleguard.app.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.deduplicate.detections.DetectionRules;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.ContractFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The shipped detections, with the tests in their files. */
final class DetectionsTest {
  private static final Path POLICY = Policies.defaultPolicy();

  private static List<PolicyNode.Mapping> detections() {
    return new PolicyFiles(POLICY)
        .folder(DetectionRules.FOLDER).stream().map(PolicyNode::anyMapping).toList();
  }

  @Test
  void everyShippedDetectionMatchesItsEventAndNotTheOneThatIsNearlyOne() {
    List<PolicyTests.Result> results =
        PolicyTests.run(POLICY, Policy.read(POLICY)).stream()
            .filter(result -> result.at().startsWith(DetectionRules.FOLDER))
            .toList();
    assertTrue(results.size() >= 2 * detections().size(), results::toString);
    assertEquals(List.of(), results.stream().filter(one -> !one.failures().isEmpty()).toList());
  }

  @Test
  void eachHasAnEventThatMatchesAndOneThatDoesNot() {
    assertTrue(detections().size() >= 30);
    for (PolicyNode.Mapping detection : detections()) {
      String name = detection.required("name").text();
      List<String> rules = expectedRules(detection);
      long matching = rules.stream().filter(rule -> rule.equals("[\"" + name + "\"]")).count();
      assertTrue(matching >= 1, name);
      assertTrue(matching < rules.size(), name);
    }
  }

  private static List<String> expectedRules(PolicyNode.Mapping detection) {
    return detection.required("tests").items().stream()
        .map(test -> test.anyMapping().required("expect").toJson().path("alert").path("rule"))
        .map(JsonNode::toString)
        .toList();
  }

  /** In AWS an event that the pattern does not match never reaches a detection. */
  @Test
  void theFunctionReceivesEveryCallThatADetectionNames() {
    EventPattern pattern =
        EventPattern.compile(ContractFiles.json("patterns", "deduplicate-cloudtrail.json"));
    List<String> missing = new ArrayList<>();
    int calls = 0;
    for (PolicyNode.Mapping detection : detections()) {
      if (!detection.required("source").text().equals("cloudtrail")) {
        continue;
      }
      for (JsonNode name : names(detection.required("when").toJson())) {
        calls++;
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        event.put("source", "aws.x").put("detail-type", "AWS API Call via CloudTrail");
        event.putObject("detail").set("eventName", name);
        if (!pattern.matches(event)) {
          missing.add(name.asText());
        }
      }
    }
    assertTrue(calls > 30);
    assertEquals(List.of(), missing);
  }

  private static List<JsonNode> names(JsonNode when) {
    List<JsonNode> names = new ArrayList<>();
    when.findValues("eventName").forEach(list -> list.forEach(names::add));
    return names;
  }
}
