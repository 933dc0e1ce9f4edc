package io.cattleguard.sources.guardduty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Alert;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TargetKey;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.ExpectedReadings;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tests every field of every available GuardDuty finding, and which of them are the same problem.
 */
final class GuardDutyReadingsTest {
  private static final int DELIVERED_AGAIN = 16;
  private static final int UPDATED = 17;

  private final AlertReader reader = new AlertReader();

  private static List<String> samples(String file) {
    return ContractFiles.text("samples", "guardduty/" + file).lines().toList();
  }

  private static String finding(int index) {
    return samples("findings.jsonl").get(index);
  }

  private Alert alert(String event) {
    Reading reading = reader.read(event, new Origin(null, Instant.EPOCH));
    return assertInstanceOf(Reading.Read.class, reading, event).alert();
  }

  @Test
  void everySampleReadsAsTheTableSays() {
    ExpectedReadings.assertSamples("guardduty-samples.txt", "guardduty");
  }

  @Test
  void everyRecordedFindingReadsAsTheTableSays() {
    ExpectedReadings.assertCorpora("guardduty-corpora.txt", "guardduty");
  }

  @Test
  void aFindingThatIsDeliveredAgainIsACopy() {
    assertNotEquals(finding(0), finding(DELIVERED_AGAIN));
    assertEquals(alert(finding(0)).id(), alert(finding(DELIVERED_AGAIN)).id());
  }

  @Test
  void anUpdatedFindingIsTheSameProblemOnTheSameObjectAgain() {
    Alert first = alert(finding(0));
    Alert updated = alert(finding(UPDATED));

    assertNotEquals(first.id(), updated.id());
    assertNotEquals(first.network().peer(), updated.network().peer());
    assertEquals(Fingerprint.of(first), Fingerprint.of(updated));
    assertEquals(TargetKey.of(first.target()), TargetKey.of(updated.target()));
  }

  @Test
  void promise3AFindingOnAnotherInstanceIsAnotherObject() {
    String other = finding(0).replace("i-0123456789abcdef0", "i-0fedcba9876543210");
    assertNotEquals(TargetKey.of(alert(finding(0)).target()), TargetKey.of(alert(other).target()));
  }

  @Test
  void promise3WhatHasNoFieldOfItsOwnIsToldApartAllTheSame() {
    for (String[] change :
        new String[][] {
          {"cluster/blue", "cluster/green"},
          {"s3:::example-bucket", "s3:::example-other"},
          {"db:orders", "db:stock"},
          {"function:orders", "function:stock"}
        }) {
      String event =
          samples("findings.jsonl").stream()
              .filter(one -> one.contains(change[0]) && !one.contains("instanceId"))
              .findFirst()
              .orElseThrow();
      Target one = alert(event).target();
      Target other = alert(event.replace(change[0], change[1])).target();
      assertNotEquals(TargetKey.of(one), TargetKey.of(other), change[0]);
    }
  }

  @Test
  void promise3EachAttackSequenceIsItsOwn() {
    String sequence = finding(12);
    String another = sequence.replace("3b13", "3b99");
    assertNotEquals(alert(sequence).id(), alert(another).id());
    assertNotEquals(Fingerprint.of(alert(sequence)), Fingerprint.of(alert(another)));
  }

  @Test
  void severityIsGuardDutysBandEvenAtItsEdges() {
    String[][] bands = {
      {"1", "LOW"},
      {"3.9", "LOW"},
      {"4", "MEDIUM"},
      {"6.9", "MEDIUM"},
      {"7", "HIGH"},
      {"8.9", "HIGH"},
      {"9", "CRITICAL"},
      {"10", "CRITICAL"}
    };
    for (String[] band : bands) {
      String event = finding(0).replace("\"severity\": 5", "\"severity\": " + band[0]);
      assertEquals(Severity.valueOf(band[1]), alert(event).severity(), band[0]);
    }
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "IAMUser,     AKIAIOSFODNN7EXAMPLE, build",
        "AssumedRole, ASIAIOSFODNN7EXAMPLE, deploy",
        "Root,        AKIAIOSFODNN7EXAMPLE, Root",
        "none,        none,                 build",
      })
  void theCallersKindAndItsAccessKeyAreRead(
      @Nullable String type, @Nullable String key, String name) {
    Target read =
        alert(
                """
                {"type": "Recon:IAMUser/MaliciousIPCaller", "accountId": "111122223333", "id": "a",
                 "updatedAt": "2026-03-02T09:15:00Z", "service": {"serviceName": "guardduty"},
                 "resource": {"resourceType": "AccessKey", "accessKeyDetails": {
                   "userName": "%s"%s}}}
                """
                    .formatted(
                        name,
                        type == null
                            ? ""
                            : ", \"userType\": \"%s\", \"accessKeyId\": \"%s\""
                                .formatted(type, key)))
            .target();

    assertEquals(name, read.principal());
    assertEquals(type, read.principalType());
    assertEquals(key, read.accessKey());
  }

  @Test
  void theAccessKeyIsNotThatOfAUserOfACluster() {
    Target read =
        alert(
                """
                {"type": "Discovery:Kubernetes/MaliciousIPCaller", "accountId": "111122223333",
                 "id": "a", "service": {"serviceName": "guardduty"}, "resource": {
                   "accessKeyDetails": {"userName": "build", "userType": "IAMUser",
                     "accessKeyId": "AKIAIOSFODNN7EXAMPLE"},
                   "kubernetesDetails": {"kubernetesUserDetails": {"username": "admin"}}}}
                """)
            .target();

    assertEquals("admin", read.principal());
    assertNull(read.principalType());
    assertNull(read.accessKey());
  }

  @Test
  void aFindingThatCameThroughASensorSaysSo() {
    Reading reading = reader.read(finding(0), new Origin("blue", Instant.EPOCH));
    Alert alert = assertInstanceOf(Reading.Read.class, reading).alert();
    assertEquals("blue", alert.target().cluster());
    assertEquals(null, alert(finding(0)).target().cluster());
  }

  @Test
  void aWrongTypeCostsItsFieldWithANoteAndNeverTheAlert() {
    for (String event : samples("wrong-types.jsonl")) {
      assertTrue(alert(event).rule() != null, event);
    }
  }
}
