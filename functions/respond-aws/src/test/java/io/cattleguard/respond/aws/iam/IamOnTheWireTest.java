package io.cattleguard.respond.aws.iam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.identity.Principals;
import io.cattleguard.respond.aws.identity.Role;
import io.cattleguard.respond.aws.identity.RoleSessions;
import io.cattleguard.respond.aws.network.AwsServer;
import io.cattleguard.respond.aws.network.Network.Change;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the exact requests to IAM, and the handling of its worst responses. */
final class IamOnTheWireTest {
  private AwsServer server;
  private List<String> asked;
  private List<String> answers;
  private IamIdentities identities;

  @BeforeEach
  void start() throws IOException {
    server = new AwsServer(AwsServer::query);
    asked = server.asked;
    answers = server.answers;
    AwsClients aws = server.clients("AWS_ENDPOINT_URL_IAM");
    AwsLimits limits = new AwsLimits(2, Duration.ofSeconds(2), Duration.ofSeconds(4));
    identities = new IamIdentities(new IamCalls(aws, limits), aws.credentials());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static String ok(String action, String body) {
    return "200 <%1$sResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><%1$sResult>%2$s</%1$sResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></%1$sResponse>"
        .formatted(action, body);
  }

  private static String error(int status, String code) {
    return status
        + " <ErrorResponse><Error><Type>Sender</Type><Code>"
        + code
        + "</Code><Message>arn:aws:iam::111122223333:user/build may not</Message></Error>"
        + "<RequestId>r</RequestId></ErrorResponse>";
  }

  private static String user(String name) {
    return ok(
        "GetUser",
        "<User><UserName>"
            + name
            + "</UserName><Arn>arn:aws:iam::111122223333:user/ci/"
            + name
            + "</Arn><Tags><member><Key>cattleguard:respond</Key><Value>allowed</Value></member>"
            + "</Tags></User>");
  }

  private static String keys(String... statuses) {
    StringBuilder members = new StringBuilder();
    for (int i = 0; i < statuses.length; i++) {
      members.append(
          "<member><UserName>build</UserName><AccessKeyId>AKIA%d</AccessKeyId><Status>%s</Status></member>"
              .formatted(i, statuses[i]));
    }
    return ok(
        "ListAccessKeys",
        "<IsTruncated>false</IsTruncated><AccessKeyMetadata>" + members + "</AccessKeyMetadata>");
  }

  private Change deactivate() {
    return identities.setActive(Principals.key(Principals.KEY, true), false);
  }

  @Test
  void aDeactivationNamesOneKeyOfOneUser() {
    answers.add(ok("UpdateAccessKey", ""));

    assertEquals(new Change.Made(), deactivate());
    assertEquals(
        List.of(
            "AccessKeyId=AKIAIOSFODNN7EXAMPLE&Action=UpdateAccessKey&Status=Inactive&UserName=build"
                + "&Version=2010-05-08"),
        asked);
  }

  @Test
  void aUserIsReadWithItsKeysAndAnUnknownStatusCountsAsActive() {
    answers.add(user("build"));
    answers.add(keys("Active", "Inactive", "Expired"));

    assertEquals(
        List.of(true, false, true),
        identities.user("build").orElseThrow().keys().stream().map(key -> key.active()).toList());
    assertEquals(
        List.of(
            "Action=GetUser&UserName=build&Version=2010-05-08",
            "Action=ListAccessKeys&UserName=build&Version=2010-05-08"),
        asked);
  }

  private static String role(String name) {
    return ok(
        "GetRole",
        "<Role><Path>/</Path><RoleName>"
            + name
            + "</RoleName><RoleId>AROACKCEVSQ6C2EXAMPLE</RoleId>"
            + "<Arn>arn:aws:iam::111122223333:role/"
            + name
            + "</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></Role>");
  }

  @Test
  void aRoleIsReadWithItsPoliciesAndAMissingMaximumIsTheLongest() {
    answers.add(role("deploy"));
    answers.add(
        ok(
            "ListAttachedRolePolicies",
            "<IsTruncated>false</IsTruncated><AttachedPolicies><member><PolicyName>Other"
                + "</PolicyName></member></AttachedPolicies>"));

    Role role = identities.role("deploy").orElseThrow();

    assertEquals(Duration.ofHours(12), role.longestSession());
    assertEquals(List.of("Other"), role.managedPolicies());
    assertEquals(Map.of(), role.tags());
    assertEquals(
        List.of(
            "Action=GetRole&RoleName=deploy&Version=2010-05-08",
            "Action=ListAttachedRolePolicies&RoleName=deploy&Version=2010-05-08"),
        asked);
  }

  /** Without its policies, a cluster's role could not be recognised. */
  @Test
  void aRoleWhosePoliciesCannotBeReadIsUnknown() {
    answers.add(role("deploy"));
    answers.add(error(403, "AccessDenied"));

    assertThrows(Unavailable.class, () -> identities.role("deploy"));
  }

  @Test
  void aRevocationNamesOneRoleAndOnePolicy() {
    answers.add(ok("PutRolePolicy", ""));
    RoleSessions sessions =
        Principals.sessions().revokedAt(Instant.parse("2026-03-02T09:15:00.5Z"));

    assertEquals(new Change.Made(), identities.deny(sessions));
    assertEquals(new Change.Made(), identities.allow(sessions));
    assertEquals(
        List.of(
            "Action=PutRolePolicy&PolicyDocument={\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\","
                + "\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"DateLessThan\":{\"aws:TokenIssueTime\":"
                + "\"2026-03-02T09:15:00Z\"}}}]}"
                + "&PolicyName=cattleguard-revoke-sessions-ASIAIOSFODNN7EXAMPLE&RoleName=deploy&Version=2010-05-08",
            "Action=DeleteRolePolicy&PolicyName=cattleguard-revoke-sessions-ASIAIOSFODNN7EXAMPLE&RoleName=deploy"
                + "&Version=2010-05-08"),
        asked);
  }

  @Test
  void aPolicyIsReadAsIamWritesItAndAnythingElseIsUnknown() {
    answers.add(
        ok(
            "GetRolePolicy",
            "<PolicyDocument>%7B%22Version%22%3A%222012-10-17%22%7D</PolicyDocument>"));
    answers.add(ok("GetRolePolicy", "<PolicyDocument>%7B%22Ver</PolicyDocument>"));
    answers.add(ok("GetRolePolicy", "<PolicyDocument>%ZZ</PolicyDocument>"));
    answers.add(error(404, "NoSuchEntity"));

    assertEquals(
        "{\"Version\":\"2012-10-17\"}",
        identities.inlinePolicy("deploy", "p").orElseThrow().toString());
    assertThrows(Unavailable.class, () -> identities.inlinePolicy("deploy", "p"));
    assertThrows(Unavailable.class, () -> identities.inlinePolicy("deploy", "p"));
    assertEquals(Optional.empty(), identities.inlinePolicy("deploy", "p"));
  }

  @ParameterizedTest
  @CsvSource({
    "400, ValidationError",
    "404, NoSuchEntity",
  })
  void aUserThatIsNotThereIsNotThere(int status, String code) {
    answers.add(error(status, code));

    assertEquals(Optional.empty(), identities.user("build"));
  }

  @ParameterizedTest
  @CsvSource({
    "403, AccessDenied,      Denied[reason=AccessDenied]",
    "409, EntityTemporarilyUnmodifiable, Denied[reason=EntityTemporarilyUnmodifiable]",
    "404, NoSuchEntity,      Gone[]",
  })
  void aRejectedChangeIsNoChange(int status, String code, String change) {
    answers.add(error(status, code));

    assertEquals(change, deactivate().toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "200 ",
        "200 <html>a proxy</html>",
        "502 <html>a proxy</html>",
        "503 <ErrorResponse><Error><Code>ServiceUnavailable</Code></Error></ErrorResponse>",
        "400 <ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>",
      })
  void withoutAnAnswerOfIamTheResultIsUnknown(String answer) {
    answers.add(answer);

    assertThrows(Unavailable.class, this::deactivate);
    assertThrows(Unavailable.class, () -> identities.user("build"));
    assertThrows(Unavailable.class, () -> identities.role("deploy"));
    assertThrows(Unavailable.class, () -> identities.inlinePolicy("deploy", "p"));
  }

  @Test
  void anAnswerAboutAnotherUserOrADeniedReadIsNone() {
    answers.add(user("other"));
    answers.add(error(403, "AccessDenied"));

    assertThrows(Unavailable.class, () -> identities.user("build"));
    Unavailable denied = assertThrows(Unavailable.class, () -> identities.user("build"));
    assertTrue(String.valueOf(denied.getMessage()).contains("AccessDenied"), denied::toString);
  }
}
