package io.cattleguard.route.securityhub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import io.cattleguard.route.aws.AwsEnvironment;
import io.cattleguard.route.http.FakeServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A fake of Security Hub's import, as strict as the syntax of ASFF.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html">Required
 *     attributes of ASFF</a>
 */
final class FakeSecurityHub extends FakeServer {
  static final String ACCOUNT = "123456789012";

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Set<String> LABELS =
      Set.of("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL");

  /** The first part of a type: {@code namespace/category/classifier}. */
  private static final Set<String> NAMESPACES =
      Set.of(
          "Software and Configuration Checks",
          "TTPs",
          "Effects",
          "Unusual Behaviors",
          "Sensitive Data Identifications");

  private final Map<String, JsonNode> findings = new TreeMap<>();
  private final Map<String, String> failing = new TreeMap<>();

  synchronized Map<String, JsonNode> findings() {
    return new TreeMap<>(findings);
  }

  synchronized JsonNode finding(String id) {
    return findings.getOrDefault(id, MissingNode.getInstance());
  }

  synchronized void fail(String id, String code) {
    failing.put(id, code);
  }

  static Scripted error(int status, String code) {
    return new Scripted(
        status,
        Map.of("Content-Type", "application/json", "x-amzn-ErrorType", code, "Retry-After", "30"),
        "{\"Message\":\"arn:aws:iam::123456789012:role/x\",\"Code\":\"" + code + "\"}");
  }

  @Override
  protected Scripted receive(HttpExchange exchange, byte[] body) throws IOException {
    if (!AwsEnvironment.isSigned(exchange, "securityhub")
        || !exchange.getRequestURI().getPath().equals("/findings/import")) {
      violation("not signed for Security Hub, or path " + exchange.getRequestURI());
    }
    JsonNode batch = JSON.readTree(body).path("Findings");
    if (batch.isEmpty() || batch.size() > 100) {
      violation(batch.size() + " findings");
    }
    ObjectNode answer = JSON.createObjectNode();
    int failed = 0;
    Set<String> ids = new HashSet<>();
    for (JsonNode finding : batch) {
      String id = finding.path("Id").asText();
      if (!ids.add(id)) {
        violation("a finding twice in one call: " + id);
      }
      check(finding);
      if (failing.containsKey(id)) {
        failed++;
        answer
            .withArrayProperty("FailedFindings")
            .addObject()
            .put("Id", id)
            .put("ErrorCode", failing.get(id))
            .put("ErrorMessage", "of a test");
      } else {
        // Security Hub ignores an update that is not later than the stored finding.
        findings.merge(id, finding, (one, two) -> at(two).isAfter(at(one)) ? two : one);
      }
    }
    answer.put("FailedCount", failed).put("SuccessCount", batch.size() - failed);
    answer.withArrayProperty("FailedFindings");
    return new Scripted(200, Map.of("Content-Type", "application/json"), answer.toString());
  }

  private static Instant at(JsonNode finding) {
    return Instant.parse(finding.path("UpdatedAt").asText());
  }

  private void check(JsonNode finding) {
    for (String required :
        List.of(
            "AwsAccountId",
            "CreatedAt",
            "Description",
            "GeneratorId",
            "Id",
            "ProductArn",
            "Resources",
            "SchemaVersion",
            "Severity",
            "Title",
            "Types",
            "UpdatedAt")) {
      if (finding.path(required).isMissingNode()) {
        violation("without " + required);
      }
    }
    bounded(finding, "Title", 256);
    bounded(finding, "Description", 1024);
    bounded(finding, "Id", 512);
    bounded(finding, "GeneratorId", 512);
    if (!finding.path("SchemaVersion").asText().equals("2018-10-08")
        || !Set.of("ACTIVE", "ARCHIVED").contains(finding.path("RecordState").asText())) {
      violation("schema or state: " + finding);
    }
    for (JsonNode types :
        List.of(finding.path("Types"), finding.path("FindingProviderFields").path("Types"))) {
      types.forEach(
          one -> {
            if (!NAMESPACES.contains(one.asText().split("/", -1)[0])) {
              violation("type " + one);
            }
          });
      if (types.isEmpty() || types.size() > 50) {
        violation(types.size() + " types");
      }
    }
    JsonNode fields = finding.path("ProductFields");
    if (fields.size() > 50) {
      violation(fields.size() + " product fields");
    }
    fields
        .properties()
        .forEach(
            one -> {
              int length = one.getValue().asText().length();
              if (one.getKey().length() > 128
                  || !one.getValue().isTextual()
                  || length == 0
                  || length > 2_048) {
                violation("product field " + one);
              }
            });
    if (!finding.path("AwsAccountId").asText().equals(ACCOUNT)
        || !finding
            .path("ProductArn")
            .asText()
            .equals("arn:aws:securityhub:eu-central-1:123456789012:product/123456789012/default")) {
      violation("of another account: " + finding.path("ProductArn"));
    }
    if (!LABELS.contains(finding.path("Severity").path("Label").asText())) {
      violation("severity " + finding.path("Severity"));
    }
    if (Instant.parse(finding.path("UpdatedAt").asText())
        .isBefore(Instant.parse(finding.path("CreatedAt").asText()))) {
      violation("updated before it was created");
    }
    if (finding.path("Resources").size() > 32) {
      violation("too many resources");
    }
    for (JsonNode resource : finding.path("Resources")) {
      bounded(resource, "Id", 512);
      if (resource.path("Type").asText().isEmpty()) {
        violation("a resource without a type");
      }
    }
    if (finding.toString().getBytes(StandardCharsets.UTF_8).length > 240 * 1024) {
      violation("more than 240 KB");
    }
  }

  private void bounded(JsonNode object, String field, int limit) {
    int length = object.path(field).asText().length();
    if (length == 0 || length > limit) {
      violation(field + " has " + length + " characters");
    }
  }
}
