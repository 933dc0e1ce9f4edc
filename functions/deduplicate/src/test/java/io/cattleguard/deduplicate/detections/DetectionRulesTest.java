package io.cattleguard.deduplicate.detections;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.events.Severity;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.parsing.Detection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DetectionRulesTest {
  private static final String EXEC =
      """
      name: exec
      title: a command was run
      source: kubernetes-audit
      severity: medium
      attack: [TA0002, T1609]
      when:
        objectRef: { subresource: [exec] }
      unless:
        user: { username: [robot] }
      """;

  @TempDir private Path policy;

  private DetectionRules read(String... files) throws IOException {
    Files.createDirectories(policy.resolve("detections"));
    for (int i = 0; i < files.length; i++) {
      Files.writeString(policy.resolve("detections/" + i + ".yaml"), files[i]);
    }
    return DetectionRules.read(new PolicyFiles(policy));
  }

  private static Optional<Detection> of(DetectionRules rules, String source, String event)
      throws JsonProcessingException {
    return rules.of(source, JsonMapper.builder().build().readTree(event));
  }

  private static Optional<Detection> ofExec(DetectionRules rules, String user)
      throws JsonProcessingException {
    return of(
        rules,
        "kubernetes-audit",
        "{\"objectRef\":{\"subresource\":\"exec\"},\"user\":{\"username\":\"" + user + "\"}}");
  }

  @Test
  void aPolicyWithoutTheFolderHasNoDetections() throws Exception {
    assertEquals(Optional.empty(), ofExec(DetectionRules.read(new PolicyFiles(policy)), "u"));
  }

  @Test
  void anEventThatMatchesIsNamed() throws Exception {
    DetectionRules rules = read(EXEC);
    assertEquals(
        new Detection(
            "exec",
            "a command was run",
            Severity.MEDIUM,
            List.of("TA0002"),
            List.of("T1609"),
            List.of()),
        ofExec(rules, "u").orElseThrow());
    assertEquals(Optional.empty(), of(rules, "kubernetes-audit", "{\"verb\":\"get\"}"));
    assertEquals(List.of("exec"), rules.names());
  }

  @Test
  void anExemptEventIsNot() throws Exception {
    assertEquals(Optional.empty(), ofExec(read(EXEC), "robot"));
  }

  @Test
  void anEventOfAnotherSourceIsNot() throws Exception {
    DetectionRules rules = read(EXEC);
    assertEquals(
        Optional.empty(), of(rules, "cloudtrail", "{\"objectRef\":{\"subresource\":\"exec\"}}"));
  }

  @Test
  void theAlertHasAllNamesAndTheTechniquesOfAll() throws Exception {
    String graver =
        EXEC.replace("name: exec", "name: zzz")
            .replace("severity: medium", "severity: high")
            .replace("[TA0002, T1609]", "[TA0004]\ntraits: [intrusion]");
    String exempt =
        graver.replace("name: zzz", "name: yyy").replace("robot", "u").replace("high", "fatal");
    Detection both = ofExec(read(EXEC, graver, exempt), "u").orElseThrow();
    assertEquals("zzz+exec", both.name());
    assertEquals(Severity.HIGH, both.severity());
    assertEquals(List.of("TA0004", "TA0002"), both.tactics());
    assertEquals(List.of("T1609"), both.techniques());
    assertEquals(List.of(Trait.INTRUSION), both.traits());
  }

  @Test
  void ofTwoThatAreEquallyGraveTheNameDecidesTheOrder() throws Exception {
    String second = EXEC.replace("name: exec", "name: another");
    assertEquals("another+exec", ofExec(read(EXEC, second), "u").orElseThrow().name());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'objectRef':{'subresource':'exec','name':'a'},'user':{'username':'a'}}   | ",
        "{'objectRef':{'subresource':'exec','name':'a'},'user':{'username':'b'}}   | exec",
        "{'objectRef':{'subresource':'exec','name':'a'}}                           | exec",
        "{'objectRef':{'subresource':'exec'}}                                      | exec",
        "{'objectRef':{'subresource':'exec','name':1},'user':{'username':1}}       | exec",
      })
  void anEventWhoseFieldsAreTheSameIsExempt(String event, String name) throws Exception {
    DetectionRules rules = read(EXEC + "unless-same: [objectRef.name, user.username]\n");
    assertEquals(
        Optional.ofNullable(name),
        of(rules, "kubernetes-audit", event.replace('\'', '"')).map(Detection::name));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[user.username]               | 10: expected two fields or more",
        "[user.username, usr.username] | 10: an event of kubernetes-audit has no field usr",
        "[user.username, user..name]   | 10: 'user..name' is not a path",
      })
  void aWrongComparisonIsAnErrorWithItsLine(String fields, String error) {
    PolicyException thrown =
        assertThrows(PolicyException.class, () -> read(EXEC + "unless-same: " + fields + "\n"));
    assertTrue(
        String.valueOf(thrown.getMessage()).contains("detections/0.yaml:" + error),
        thrown.getMessage());
  }

  /** An error names its line and the expected value. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "source: kubernetes-audit | source: k8s | detections/0.yaml:3: 'k8s' is not one of",
        "severity: medium | severity: grave | detections/0.yaml:4: 'grave' is not one of",
        "T1609 | T16 | detections/0.yaml:5: expected an ATT&CK id",
        "objectRef: | objctRef: | detections/0.yaml:7: unknown key 'objctRef'; did you mean"
            + " 'objectRef'",
        "[exec] | exec | not a valid event pattern",
        "user: | usr: | detections/0.yaml:9: unknown key 'usr'",
        "title: a command was run | owner: x | unknown key 'owner'",
      })
  void aWrongFileIsAnErrorWithItsLine(String right, String wrong, String error) {
    PolicyException thrown =
        assertThrows(PolicyException.class, () -> read(EXEC.replace(right, wrong)));
    assertTrue(String.valueOf(thrown.getMessage()).contains(error), thrown.getMessage());
  }

  @Test
  void aNameOccursOnce() {
    PolicyException thrown = assertThrows(PolicyException.class, () -> read(EXEC, EXEC));
    assertTrue(
        String.valueOf(thrown.getMessage()).contains("1.yaml:1: a detection named 'exec' exists"));
  }
}
