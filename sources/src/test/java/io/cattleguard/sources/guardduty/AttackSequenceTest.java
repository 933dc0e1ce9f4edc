package io.cattleguard.sources.guardduty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.cattleguard.events.Alert;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.Severity;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.Samples;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests how an attack sequence is read; its objects and tactics are only in the field for the
 * sequence.
 */
final class AttackSequenceTest {
  private static final String POD =
      """
      {"uid":"r2","name":"web-7c8d9f5b6d-x2x4k","resourceType":"KUBERNETES_WORKLOAD",
       "data":{"kubernetesWorkload":{"namespace":"shop","type":"pods"}}},
      """;
  private static final String INSTANCE =
      """
      {"uid":"arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0","name":"node",
       "resourceType":"EC2_INSTANCE","data":{"ec2Instance":{}}},
      """;
  private static final String CLUSTER =
      """
      {"uid":"r1","name":"blue","resourceType":"EKS_CLUSTER","data":{"eksCluster":
       {"arn":"arn:aws:eks:eu-central-1:111122223333:cluster/blue"}}}
      """;
  private static final String SEQUENCE =
      """
      {"uid":"s1","description":"d",
       "actors":[{"id":"a1","user":{"name":"system:serviceaccount:shop:default"}}],
       "resources":[RESOURCES],
       "endpoints":[{"id":"e1","ip":"198.51.100.7"}],
       "signals":[{"type":"FINDING","name":"Execution:Runtime/ReverseShell",
         "signalIndicators":[{"key":"ATTACK_TACTIC","values":["Lateral Movement"]}]}],
       "sequenceIndicators":[{"key":"ATTACK_TACTIC","values":["Impact","Privilege Escalation"]},
         {"key":"ATTACK_TECHNIQUE","values":["T1496 - Resource Hijacking","T1611"]},
         {"key":"CRYPTOMINING_PROCESS","values":["T1485"]}]}
      """;

  private static Alert alert(String place, String resources) {
    String sequence = SEQUENCE.replace("RESOURCES", resources);
    String inService =
        place.equals("service") ? ",\"detection\":{\"sequence\":" + sequence + "}" : "";
    String inFinding =
        place.equals("finding") ? ",\"detection\":{\"sequence\":" + sequence + "}" : "";
    String event =
        """
        {"accountId":"111122223333","region":"eu-central-1","id":"0ec5a9f2c1d34b7a8d1f0b6c5e4a3b21",
         "arn":"arn:aws:guardduty:eu-central-1:111122223333:detector/d/finding/f",
         "type":"AttackSequence:EKS/CompromisedCluster","severity":9,
         "resource":{"resourceType":"AttackSequence"},
         "service":{"serviceName":"guardduty","eventLastSeen":"2026-03-02T09:14:00Z"%s}%s}
        """
            .formatted(inService, inFinding);
    Reading reading = new AlertReader().read(event, new Origin(null, Instant.EPOCH));
    return assertInstanceOf(Reading.Read.class, reading, reading.toString()).alert();
  }

  @Test
  void ofTwoCallersOrPeersNoneIsNamed() {
    String event = SEQUENCE.replace("RESOURCES", CLUSTER);
    Alert both =
        alertOf(
            event
                .replace(
                    "\"actors\":[", "\"actors\":[{\"id\":\"a0\",\"user\":{\"name\":\"another\"}},")
                .replace(
                    "\"endpoints\":[", "\"endpoints\":[{\"id\":\"e0\",\"ip\":\"198.51.100.1\"},"));
    assertNull(both.target().principal());
    assertNull(both.network().peer());
    Alert one = alertOf(event);
    assertEquals("system:serviceaccount:shop:default", one.target().principal());
    assertEquals("198.51.100.7", one.network().peer());
  }

  private static Alert alertOf(String sequence) {
    return Samples.alert(
        """
        {"accountId":"111122223333","region":"eu-central-1","id":"f1",
         "type":"AttackSequence:EKS/CompromisedCluster","severity":9,
         "resource":{"resourceType":"AttackSequence"},
         "service":{"serviceName":"guardduty","detection":{"sequence":%s}}}
        """
            .formatted(sequence));
  }

  @ParameterizedTest
  @ValueSource(strings = {"service", "finding"})
  void aSequenceNamesItsTacticsTechniquesAndObjects(String place) {
    Alert alert = alert(place, POD + INSTANCE + CLUSTER);

    assertEquals(Severity.CRITICAL, alert.severity());
    assertEquals(List.of("TA0040", "TA0004", "TA0008", "TA0002"), alert.tactics());
    assertEquals(List.of("T1496", "T1611", "T1059"), alert.techniques());
    assertEquals("shop", alert.target().namespace());
    assertEquals("web-7c8d9f5b6d-x2x4k", alert.target().pod());
    assertEquals("i-0123456789abcdef0", alert.target().instance());
    assertEquals("system:serviceaccount:shop:default", alert.target().principal());
    assertEquals("arn:aws:eks:eu-central-1:111122223333:cluster/blue", alert.target().resource());
    assertEquals("198.51.100.7", alert.network().peer());
    assertEquals(
        List.of(
            "instance/i-0123456789abcdef0",
            "workload/shop/Pod/web-7c8d9f5b6d-x2x4k",
            "principal/system:serviceaccount:shop:default"),
        alert.related());
  }

  @Test
  void aSequenceRelatesEveryInstanceWorkloadAndKeyUpToTwenty() {
    String key =
        """
        {"uid":"k","name":"k","resourceType":"ACCESS_KEY",
         "data":{"accessKey":{"userName":"alice","principalId":"AIDA"}}},
        """;
    StringBuilder instances = new StringBuilder();
    for (int i = 0; i < 30; i++) {
      instances.append(INSTANCE.replace("cdef0", String.format("c%04d", i)));
    }

    assertEquals(
        List.of(
            "instance/i-0123456789abcdef0",
            "instance/i-0123456789abcdef1",
            "principal/alice",
            "principal/system:serviceaccount:shop:default"),
        alert("service", key + INSTANCE + INSTANCE.replace("cdef0", "cdef1") + CLUSTER).related());
    assertEquals(20, alert("service", instances + CLUSTER).related().size());
  }

  @Test
  void ofSeveralObjectsOfOneKindNoneIsNamed() {
    Alert alert = alert("service", POD + INSTANCE + INSTANCE.replace("cdef0", "cdef1") + CLUSTER);
    assertNull(alert.target().instance());
    assertEquals("web-7c8d9f5b6d-x2x4k", alert.target().pod());
  }

  @Test
  void aSequenceWithoutKnownObjectsNamesItself() {
    assertEquals(
        "arn:aws:guardduty:eu-central-1:111122223333:detector/d/finding/f",
        alert("none", "").target().resource());
  }

  @Test
  void aSequenceThatGrowsIsTheSameProblem() {
    String one = Fingerprint.of(alert("service", POD + CLUSTER));
    assertEquals(one, Fingerprint.of(alert("service", POD + INSTANCE + CLUSTER)));
    assertEquals(
        one, Fingerprint.of(alert("service", POD + POD.replace("x2x4k", "z9w8m") + CLUSTER)));
    assertNotEquals(one, Fingerprint.of(alert("service", POD + CLUSTER.replace("blue", "green"))));
  }
}
