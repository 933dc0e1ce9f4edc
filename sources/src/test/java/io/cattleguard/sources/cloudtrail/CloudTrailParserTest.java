package io.cattleguard.sources.cloudtrail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Severity;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.ReadEvent;
import io.cattleguard.sources.parsing.Detection;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CloudTrailParserTest {
  private static final Detection DETECTION =
      new Detection(
          "trail-stopped",
          "a trail was stopped",
          Severity.HIGH,
          List.of("TA0005"),
          List.of(),
          List.of());

  private static final String RECORD =
      """
      {"eventVersion":"1.11","eventTime":"2026-03-02T09:15:00Z","eventID":"e1",
       "eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","awsRegion":"eu-central-1",
       "sourceIPAddress":"198.51.100.7","userAgent":"aws-cli/2",
       "userIdentity":{"type":"AssumedRole","accountId":"444455556666",
         "arn":"arn:aws:sts::444455556666:assumed-role/Deploy/operator",
         "sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::444455556666:role/Deploy"}}},
       "requestParameters":{"name":"org"},"recipientAccountId":"111122223333"}\
      """;

  private final AlertReader reader = new AlertReader((source, event) -> Optional.of(DETECTION));

  private Alert alert(String text) {
    List<ReadEvent> events = reader.readAll(text, new Origin(null, Instant.EPOCH));
    assertEquals(1, events.size());
    return assertInstanceOf(Reading.Read.class, events.getFirst().reading(), text).alert();
  }

  @Test
  void aCallSaysWhoDidWhatWhere() {
    Alert alert = alert(RECORD);
    assertEquals(AlertClass.AUDIT, alert.alertClass());
    assertEquals("cloudtrail", alert.source());
    assertEquals("trail-stopped", alert.rule());
    assertEquals("111122223333", alert.target().account());
    assertEquals("eu-central-1", alert.target().region());
    assertEquals("arn:aws:iam::444455556666:role/Deploy", alert.target().principal());
    assertEquals("org", alert.target().resource());
    assertEquals("198.51.100.7", alert.network().peer());
    assertEquals(Instant.parse("2026-03-02T09:15:00Z"), alert.observedAt());
    assertEquals(
        "a trail was stopped: arn:aws:sts::444455556666:assumed-role/Deploy/operator called"
            + " StopLogging from 198.51.100.7 with aws-cli/2",
        alert.title());
    assertEquals(List.of(), alert.traits());
  }

  @Test
  void onlyTheSessionOfARoleIsItsRole() {
    assertEquals(
        "arn:aws:sts::444455556666:assumed-role/Deploy/operator",
        alert(RECORD.replace("AssumedRole", "FederatedUser")).target().principal());
  }

  @Test
  void theSameCallOverEventBridgeALogFileAndLookupIsTheSameAlert() throws Exception {
    String bus =
        "{\"detail-type\":\"AWS API Call via CloudTrail\",\"source\":\"aws.cloudtrail\",\"detail\":"
            + RECORD
            + "}";
    String text = JsonMapper.builder().build().writeValueAsString(RECORD);
    for (String other :
        List.of(
            bus,
            "{\"Records\":[" + RECORD + "]}",
            "{\"Events\":[{\"EventId\":\"e1\",\"CloudTrailEvent\":" + text + "}]}")) {
      assertEquals(alert(RECORD).id(), alert(other).id());
      assertEquals(alert(RECORD).target(), alert(other).target());
    }
  }

  @Test
  void aCallThatNoDetectionNamesIsIgnored() {
    assertEquals(
        new Reading.Ignored("an AWS API call that no detection matches"),
        new AlertReader().read(RECORD, new Origin(null, Instant.EPOCH)));
  }

  @ParameterizedTest
  @CsvSource({
    "AccessDenied,blocked",
    "Client.UnauthorizedOperation,blocked",
    "TrailNotFoundException,",
  })
  void aRefusedCallIsBlockedAndAFailedOneIsNot(String error, @Nullable String trait) {
    Alert alert =
        alert(RECORD.replace("\"eventID\"", "\"errorCode\":\"" + error + "\",\"eventID\""));
    assertEquals(trait == null ? List.of() : List.of(trait), alert.traits());
    assertTrue(String.valueOf(alert.title()).endsWith(", " + error));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'bucketName':'b','name':'x'} | b | | ",
        "{'userName':'contractor'} | users/contractor | | ",
        "{'roleName':'r','policyArn':'arn:p'} | roles/r to arn:p | | ",
        "{'groupId':'sg-1'} | | sg-1 | ",
        "{'groupId':'not-a-group'} | | | ",
        "{'instancesSet':{'items':[{'instanceId':'i-1'}]}} | | | i-1",
        "{'instancesSet':{'items':[{'instanceId':'i-1'},{'instanceId':'i-2'}]}} | | | ",
        "null | | | ",
      })
  void theParametersNameTheObject(
      String parameters,
      @Nullable String resource,
      @Nullable String securityGroup,
      @Nullable String instance) {
    Alert alert = alert(RECORD.replace("{\"name\":\"org\"}", parameters.replace('\'', '"')));
    assertEquals(resource, alert.target().resource());
    assertEquals(securityGroup, alert.target().securityGroup());
    assertEquals(instance, alert.target().instance());
  }

  @Test
  void aServiceThatCallsIsNoPeer() {
    assertNull(alert(RECORD.replace("198.51.100.7", "backup.amazonaws.com")).network().peer());
  }
}
