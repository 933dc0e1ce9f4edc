package io.cattleguard.sources.guardduty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.cattleguard.events.Alert;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TargetKey;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.PublishedRules;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which behaviour the types of GuardDuty's findings report. */
final class GuardDutyTypesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Execution:Runtime/ReverseShell                                     | TA0002        | T1059            | stdio-redirect
          Impact:Runtime/CryptoMinerExecuted                                 | TA0040        | T1496            | ''
          CryptoCurrency:EC2/BitcoinTool.B!DNS                               | TA0040        | T1496            | ''
          Impact:EC2/BitcoinDomainRequest.Reputation                         | TA0040        | T1496            | ''
          PrivilegeEscalation:Runtime/RuncContainerEscape                    | TA0004        | T1611            | ''
          PrivilegeEscalation:Runtime/CGroupsReleaseAgentModified            | TA0004        | T1611            | ''
          DefenseEvasion:Runtime/FilelessExecution                           | TA0005        | T1620            | memfd
          Execution:Runtime/NewBinaryExecuted                                | TA0002        | T1204.002        | dropped-executable
          DefenseEvasion:Runtime/KernelModuleLoaded                          | TA0005        | T1547.006        | ''
          UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS | TA0006 TA0010 | T1552.005 T1078.004 | ''
          UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.InsideAWS  | TA0006 TA0010 | T1552.005 T1078.004 | ''
          Backdoor:EC2/C&CActivity.B!DNS                                     | TA0011        | T1071            | ''
          Backdoor:Runtime/C&CActivity.B                                     | TA0011        | T1071            | ''
          Trojan:EC2/DNSDataExfiltration                                     | TA0010        | T1048            | ''
          UnauthorizedAccess:EC2/SSHBruteForce                               | TA0006        | T1110            | ''
          CredentialAccess:RDS/AnomalousBehavior.SuccessfulBruteForce        | TA0006        | T1110 T1078      | ''
          Stealth:IAMUser/CloudTrailLoggingDisabled                          | TA0005        | T1562.008        | ''
          Policy:Kubernetes/AnonymousAccessGranted                           | TA0003        | T1098.006        | ''
          PrivilegeEscalation:Kubernetes/PrivilegedContainer                 | TA0004        | T1610            | privileged
          Execution:Kubernetes/ExecInKubeSystemPod                           | TA0002        | T1609            | ''
          UnauthorizedAccess:EC2/MaliciousIPCaller.Custom                    | TA0011        | T1071            | ''
          CredentialAccess:Kubernetes/MaliciousIPCaller                      | TA0006        | T1078            | ''
          """)
  void aTypeReportsItsBehaviour(String type, String tactics, String techniques, String traits) {
    Alert alert = PublishedRules.guardDuty(type, "5");
    assertEquals(words(tactics), alert.tactics(), "tactics");
    assertEquals(words(techniques), alert.techniques(), "techniques");
    assertEquals(words(traits), alert.traits(), "traits");
  }

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : Arrays.asList(text.split(" ", -1));
  }

  @Test
  void eachPublishedTypeSaysMoreThanItsName() {
    for (Alert alert : PublishedRules.guardDuty()) {
      // A sequence gets its behaviour from its indicators; an exposed dashboard is not a behaviour.
      if (!String.valueOf(alert.rule()).matches("AttackSequence:.*|.*/ExposedDashboard")) {
        assertFalse(alert.tactics().isEmpty() && alert.techniques().isEmpty(), alert.rule());
      }
    }
  }

  private static Alert finding(String more) {
    String event =
        """
        {"accountId":"111122223333","region":"eu-central-1","id":"0ec5a9f2c1d34b7a8d1f0b6c5e4a3b21",
         "type":"Backdoor:EC2/C&CActivity.B!DNS","severity":8,"title":"Queries a domain of an attacker.",%s}
        """
            .formatted(more);
    return assertInstanceOf(
            Reading.Read.class, new AlertReader().read(event, new Origin(null, Instant.EPOCH)))
        .alert();
  }

  @Test
  void aDnsFindingNamesTheDomainAndSaysWhatHappened() {
    Alert alert =
        finding(
            """
            "service":{"serviceName":"guardduty","action":{"actionType":"DNS_REQUEST",
            "dnsRequestAction":{"domain":"c2.example.com","protocol":"UDP","blocked":false}}}
            """);
    assertEquals("c2.example.com", alert.network().domain());
    assertEquals("udp", alert.network().protocol());
    assertEquals("Queries a domain of an attacker.", alert.title());
  }

  private static Alert task(String group, String id) {
    return finding(
        """
        "service":{"serviceName":"guardduty"},"resource":{"resourceType":"ECSCluster",
        "ecsClusterDetails":{"name":"blue","arn":"arn:aws:ecs:eu-central-1:111122223333:cluster/blue",
        "taskDetails":{"arn":"arn:aws:ecs:eu-central-1:111122223333:task/blue/%s","group":"%s"}}}
        """
            .formatted(id, group));
  }

  @Test
  void eachTaskIsAnObjectAndEachServiceAProblem() {
    Alert one = task("service:web", "0a");
    Alert replaced = task("service:web", "0b");
    assertEquals("service/web", one.target().workload());
    assertEquals(Fingerprint.of(one), Fingerprint.of(replaced));
    assertNotEquals(TargetKey.of(one), TargetKey.of(replaced));
    assertNotEquals(Fingerprint.of(one), Fingerprint.of(task("service:cart", "0a")));
  }

  @ParameterizedTest
  @CsvSource({
    "'{\"arn\":\"arn:aws:s3:::a\"}', arn:aws:s3:::a",
    "'{\"arn\":\"arn:aws:s3:::a\"},{\"arn\":\"arn:aws:s3:::b\"}', 0ec5a9f2c1d34b7a8d1f0b6c5e4a3b21"
  })
  void ofTwoBucketsNoneIsNamed(String buckets, String expected) {
    Alert alert =
        finding(
            "\"service\":{\"serviceName\":\"guardduty\"},\"resource\":{\"s3BucketDetails\":["
                + buckets
                + "]}");
    assertEquals(expected, alert.target().resource());
  }

  @Test
  void aSeverityThatIsWrittenAsTextIsRead() {
    assertEquals(Severity.HIGH, PublishedRules.guardDuty("Recon:EC2/Portscan", "\"8\"").severity());
  }
}
