package io.cattleguard.app.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.deduplicate.detections.DetectionRules;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.ContractFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * In AWS, an audit event that the subscription's filter does not pass never reaches a detection.
 */
final class EksAuditFilterTest {
  private static final DetectionRules RULES =
      DetectionRules.read(new PolicyFiles(Policies.defaultPolicy()));

  private static String text() {
    try {
      return Files.readString(ContractFiles.root().resolve("infra/terraform/eks-audit.filter"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final Predicate<JsonNode> FILTER = LogFilter.compile(text());

  private static List<JsonNode> alerts() {
    List<JsonNode> events = new ArrayList<>();
    for (PolicyNode file :
        new PolicyFiles(Policies.defaultPolicy()).folder(DetectionRules.FOLDER)) {
      for (PolicyNode test : file.anyMapping().required("tests").items()) {
        JsonNode event = test.anyMapping().required("event").toJson();
        if (RULES.of("kubernetes-audit", event).isPresent()) {
          events.add(event);
        }
      }
    }
    return events;
  }

  @Test
  void cloudWatchLogsAcceptsItsLength() {
    assertTrue(text().strip().length() <= 1_024, () -> "is " + text().strip().length());
  }

  @Test
  void everyEventThatADetectionNamesPasses() {
    List<JsonNode> events = alerts();
    assertTrue(events.size() > 20, "only " + events.size());
    assertEquals(List.of(), events.stream().filter(FILTER.negate()).toList());
  }

  /** Each value of a detection's lists, rather than only the one in its test. */
  @Test
  void everyVariantThatADetectionNamesPasses() {
    int variants = 0;
    for (JsonNode event : alerts()) {
      for (String verb : List.of("create", "update", "patch", "delete", "get", "list")) {
        for (String user :
            List.of(
                "",
                "system:serviceaccount:shop:robot",
                "eks:node-manager",
                "system:serviceaccount:kube-system:x",
                "system:node:n",
                "system:anonymous",
                "system:apiserver",
                "kubernetes-admin")) {
          ObjectNode variant = event.deepCopy();
          // Every recorded call has a source address.
          variant.put("verb", verb).put("requestURI", "/apis/a/v1/b");
          if (!user.isEmpty()) {
            variant.withObject("/user").put("username", user);
          }
          if (RULES.of("kubernetes-audit", variant).isPresent()) {
            assertTrue(FILTER.test(variant), variant::toString);
            variants++;
          }
        }
      }
    }
    assertTrue(variants > 200, "only " + variants);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // The ordinary calls of a cluster.
        "{'verb':'update','user':{'username':'system:node:n'},'objectRef':{'resource':'leases'}}",
        "{'verb':'update','user':{'username':'robot'},'objectRef':{'resource':'leases'}}",
        "{'verb':'create','user':{'username':'robot'},'objectRef':{'resource':'tokenreviews'}}",
        "{'verb':'get','user':{'username':'robot'},'objectRef':{'resource':'pods'}}",
        "{'verb':'watch','user':{'username':'robot'},'objectRef':{'resource':'secrets'}}",
        "{'verb':'create','user':{'username':'system:node:n'},"
            + "'objectRef':{'resource':'serviceaccounts','subresource':'token'}}",
        "{'verb':'create','user':{'username':'system:serviceaccount:kube-system:job-controller'},"
            + "'objectRef':{'resource':'pods'}}",
        "{'verb':'patch','user':{'username':'robot'},"
            + "'objectRef':{'resource':'pods','subresource':'status'}}",
        "{'verb':'get','user':{'username':'system:anonymous'},'requestURI':'/livez?timeout=1s'}",
      })
  void ordinaryCallsStayInTheLog(String call) throws JsonProcessingException {
    ObjectNode event = (ObjectNode) JsonMapper.builder().build().readTree(call.replace('\'', '"'));
    event.put("stage", "ResponseComplete").putObject("responseStatus").put("code", 200);
    assertFalse(FILTER.test(event));
  }
}
