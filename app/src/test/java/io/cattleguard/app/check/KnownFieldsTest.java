package io.cattleguard.app.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.Corpora;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import io.cattleguard.sources.recording.RecordedEvents;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * What {@code check} holds for impossible does not occur: whatever an alert of a sample or of a
 * recorded event has, a policy may match.
 */
final class KnownFieldsTest {
  private static final Path SHIPPED = ContractFiles.root().resolve("policy");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Policy policy = Policy.read(SHIPPED);
  private final AlertReader reader = new AlertReader(policy.detections());
  private final Map<String, FieldKind> kinds =
      KnownFields.ofRules(new PolicyFiles(SHIPPED), policy);
  private final Set<String> impossible = new TreeSet<>();
  private final Set<String> seen = new TreeSet<>();

  @Test
  void whatTheSamplesHaveIsPossible() {
    for (String name : ContractFiles.names("samples")) {
      read(name, ContractFiles.text("samples", name));
    }

    assertEquals(Set.of(), impossible);
    assertTrue(seen.containsAll(Set.of("alert.network.port", "alert.target.workload")));
  }

  @Test
  void whatTheRecordedEventsHaveIsPossible() {
    for (Path file :
        Corpora.files(
            "falco",
            "tetragon",
            "guardduty",
            "securityhub",
            "k8s_audit",
            "ocsf",
            "other_runtime",
            "field",
            "nasty")) {
      read(file.getFileName().toString(), Corpora.read(file));
    }

    assertEquals(Set.of(), impossible);
    assertTrue(seen.contains("alert.network.port"), seen::toString);
  }

  private void read(String name, String text) {
    RecordedEvents.split(text)
        .forEach(
            event -> {
              raw(name, event.text());
              reader
                  .readAll(event.text(), new Origin("blue", Instant.EPOCH))
                  .forEach(
                      one -> {
                        if (one.reading() instanceof Reading.Read read) {
                          compare(kinds, "", AlertJson.matchable(read.alert()), name);
                        }
                      });
            });
  }

  /** The raw events that detections match. */
  private void raw(String name, String text) {
    try {
      JsonNode event = JSON.readTree(text);
      JsonNode audit = event.has("detail") ? event.path("detail") : event;
      if (audit.path("kind").asText().equals("Event") && audit.has("auditID")) {
        compare(RawFields.OF.getOrDefault("kubernetes-audit", Map.of()), "", audit, name);
        RawFields.AUDIT_OBJECTS.forEach(
            (object, known) ->
                audit
                    .path(object)
                    .fieldNames()
                    .forEachRemaining(
                        field -> {
                          if (!known.contains(field)) {
                            impossible.add(object + "." + field + " in " + name);
                          }
                        }));
      } else if (audit.has("eventSource") && audit.has("eventName")) {
        compare(RawFields.OF.getOrDefault("cloudtrail", Map.of()), "", audit, name);
      }
    } catch (JsonProcessingException e) {
      seen.add("not JSON");
    }
  }

  private void compare(Map<String, FieldKind> of, String path, JsonNode value, String name) {
    if (value.isObject()) {
      value
          .properties()
          .forEach(
              field ->
                  compare(
                      of,
                      path.isEmpty() ? field.getKey() : path + "." + field.getKey(),
                      field.getValue(),
                      name));
    } else if (value.isArray()) {
      value.forEach(one -> compare(of, path, one, name));
    } else if (of.containsKey(path) && !value.isNull()) {
      seen.add(path);
      FieldKind kind = of.get(path);
      boolean isPossible =
          switch (kind.type()) {
            case TEXT ->
                value.isTextual()
                    && (!kind.isCertain()
                        || kind.values().map(all -> all.isPossible(value.asText())).orElse(true));
            case NUMBER ->
                value.isNumber()
                    && kind.range()
                        .map(all -> value.asLong() >= all.least() && value.asLong() <= all.most())
                        .orElse(true);
            case FLAG -> value.isBoolean();
          };
      if (!isPossible) {
        impossible.add(path + ": " + value + " in " + name);
      }
    }
  }

  @Test
  void theShippedPolicyHasNoMistake() {
    Findings found = NeverMatching.in(SHIPPED, policy);

    assertEquals(List.of(), found.errors());
    assertEquals(List.of(), found.warnings());
  }
}
