package io.cattleguard.respond.aws.ec2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.AwsServer;
import io.cattleguard.respond.aws.network.IngressRule;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.Membership;
import io.cattleguard.respond.aws.network.Network;
import io.cattleguard.respond.aws.network.Network.Change;
import io.cattleguard.respond.aws.network.SecurityGroup;
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
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.ec2.Ec2Client;

/** Tests the exact requests to EC2, and the handling of its worst responses. */
final class Ec2OnTheWireTest {
  private AwsServer server;
  private List<String> asked;
  private List<String> answers;
  private AwsClients aws;
  private Network network;

  @BeforeEach
  void start() throws IOException {
    server = new AwsServer(AwsServer::query);
    asked = server.asked;
    answers = server.answers;
    aws = server.clients("AWS_ENDPOINT_URL_EC2", "AWS_ENDPOINT_URL_AUTO_SCALING");
    network = Ec2Network.of(aws, Account.REGION, Map.of(Account.VPC, Account.QUARANTINE));
  }

  private Network within(AwsLimits limits) {
    return new Ec2Network(
        new Ec2Calls(aws.build("EC2", Ec2Client.builder(), limits)),
        new AutoScalingCalls(aws, limits),
        Account.REGION,
        Map.of());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static String error(int status, String code) {
    return status
        + " <?xml version=\"1.0\"?><Response><Errors><Error><Code>"
        + code
        + "</Code><Message>arn:aws:iam::111122223333:role/x may not</Message></Error></Errors>"
        + "<RequestID>r</RequestID></Response>";
  }

  private static String ok(String action, String body) {
    return "200 <"
        + action
        + "Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r</requestId>"
        + body
        + "</"
        + action
        + "Response>";
  }

  private static final String TRUE = "<return>true</return>";

  private static Instance.Interface eni() {
    return Account.networkInterface("eni-1", Account.WEB);
  }

  private Change swap() {
    return network.setGroups(eni(), List.of(Account.QUARANTINE));
  }

  @Test
  void aSwapNamesOneInterfaceAndItsNewGroupsAndIsSigned() {
    answers.add(ok("ModifyNetworkInterfaceAttribute", TRUE));

    assertInstanceOf(Change.Made.class, network.setGroups(eni(), List.of("sg-1", "sg-2")));

    assertEquals(
        List.of(
            "Action=ModifyNetworkInterfaceAttribute&NetworkInterfaceId=eni-1"
                + "&SecurityGroupId.1=sg-1&SecurityGroupId.2=sg-2&Version=2016-11-15"),
        asked);
    assertTrue(
        server.signatures.getFirst().contains("/eu-central-1/ec2/aws4_request"),
        server.signatures.getFirst());
  }

  @Test
  void aRevocationNamesExactlyOnePermission() {
    answers.add(ok("RevokeSecurityGroupIngress", TRUE));

    assertInstanceOf(Change.Made.class, network.revoke(Account.ssh()));

    assertEquals(
        List.of(
            "Action=RevokeSecurityGroupIngress&GroupId="
                + Account.WEB
                + "&IpPermissions.1.FromPort=22&IpPermissions.1.IpProtocol=tcp"
                + "&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0&IpPermissions.1.ToPort=22"
                + "&Version=2016-11-15"),
        asked);
  }

  @Test
  void anUndoneRevocationHasItsDescriptionAndNoPortsWhereThereAreNone() {
    answers.add(ok("AuthorizeSecurityGroupIngress", TRUE));

    network.authorize(Account.rule("sgr-6", "-1", -1, -1, "2001:db8::/32"));

    assertEquals(
        List.of(
            "Action=AuthorizeSecurityGroupIngress&GroupId="
                + Account.WEB
                + "&IpPermissions.1.IpProtocol=-1"
                + "&IpPermissions.1.Ipv6Ranges.1.CidrIpv6=2001:db8::/32"
                + "&IpPermissions.1.Ipv6Ranges.1.Description=ssh for the office"
                + "&Version=2016-11-15"),
        asked);
  }

  @Test
  void throttlingIsRetried() {
    answers.add(error(503, "RequestLimitExceeded"));
    answers.add(error(400, "Throttling"));
    answers.add("502 ");
    answers.add(ok("ModifyNetworkInterfaceAttribute", TRUE));

    assertInstanceOf(Change.Made.class, swap());

    assertEquals(4, asked.size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hang up",
        "503 ",
        "500 <html>",
        "501 <html/>",
        "400 ",
        "403 <html><title>Forbidden</title></html>",
        "200 what",
        "200 ",
        "200 <html/>",
        "200 <a><requestId>r</requestId>"
      })
  void whereNothingIsKnownOfTheOutcomeNothingIsConcluded(String answer) {
    answers.add(answer);
    Network impatient = within(new AwsLimits(2, Duration.ofSeconds(8), Duration.ofSeconds(20)));

    assertThrows(Unavailable.class, () -> impatient.setGroups(eni(), List.of(Account.QUARANTINE)));
    assertThrows(Unavailable.class, () -> impatient.instance(Account.INSTANCE));
    assertThrows(Unavailable.class, () -> impatient.group(Account.WEB));
    assertThrows(Unavailable.class, () -> impatient.revoke(Account.ssh()));
    assertThrows(Unavailable.class, () -> impatient.authorize(Account.ssh()));
    assertThrows(Unavailable.class, () -> impatient.membership(Account.INSTANCE));
    assertThrows(Unavailable.class, () -> impatient.enterStandby(MEMBER));
    assertThrows(Unavailable.class, () -> impatient.exitStandby(MEMBER));
  }

  @ParameterizedTest
  @ValueSource(strings = {"200 ", "200 <a/>", "200 <a><return>false</return></a>"})
  void anAnswerOfSuccessInWhichNothingIsSetIsNotBelieved(String answer) {
    answers.add(answer);
    server.headers.put("x-amzn-RequestId", "r");

    assertThrows(Unavailable.class, () -> network.instance(Account.INSTANCE));
    assertThrows(Unavailable.class, () -> network.group(Account.WEB));
    assertThrows(Unavailable.class, () -> network.revoke(Account.ssh()));
    assertThrows(Unavailable.class, () -> network.authorize(Account.ssh()));
    assertThrows(Unavailable.class, () -> network.membership(Account.INSTANCE));
    assertThrows(Unavailable.class, () -> network.enterStandby(MEMBER));
    assertThrows(Unavailable.class, () -> network.exitStandby(MEMBER));
  }

  private static final Membership MEMBER = new Membership(Account.INSTANCE, "web", "InService");

  private static String scaled(String action, String body) {
    return "200 <"
        + action
        + "Response xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\"><"
        + action
        + "Result>"
        + body
        + "</"
        + action
        + "Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></"
        + action
        + "Response>";
  }

  private static final String ACTIVITIES =
      "<Activities><member><ActivityId>a</ActivityId></member></Activities>";

  @Test
  void aStandbyNamesOneInstanceAndKeepsTheDesiredCapacity() {
    answers.add(scaled("EnterStandby", ACTIVITIES));
    answers.add(scaled("ExitStandby", ACTIVITIES));

    assertInstanceOf(Change.Made.class, network.enterStandby(MEMBER));
    assertInstanceOf(Change.Made.class, network.exitStandby(MEMBER));

    assertEquals(
        List.of(
            "Action=EnterStandby&AutoScalingGroupName=web&InstanceIds.member.1="
                + Account.INSTANCE
                + "&ShouldDecrementDesiredCapacity=false&Version=2011-01-01",
            "Action=ExitStandby&AutoScalingGroupName=web&InstanceIds.member.1="
                + Account.INSTANCE
                + "&Version=2011-01-01"),
        asked);
    assertTrue(
        server.signatures.getFirst().contains("/eu-central-1/autoscaling/aws4_request"),
        server.signatures.getFirst());
  }

  @Test
  void theGroupOfAnInstanceIsReadWithItsLifecycleState() {
    answers.add(
        scaled(
            "DescribeAutoScalingInstances",
            "<AutoScalingInstances><member><InstanceId>i-2</InstanceId></member><member>"
                + "<InstanceId>i-0123456789abcdef0</InstanceId><LifecycleState>EnteringStandby"
                + "</LifecycleState><AutoScalingGroupName>web</AutoScalingGroupName></member>"
                + "</AutoScalingInstances>"));
    answers.add(scaled("DescribeAutoScalingInstances", "<AutoScalingInstances/>"));

    assertEquals(
        Optional.of(new Membership(Account.INSTANCE, "web", "EnteringStandby")),
        network.membership(Account.INSTANCE));
    assertEquals(Optional.empty(), network.membership(Account.INSTANCE));
    assertEquals(
        "Action=DescribeAutoScalingInstances&InstanceIds.member.1="
            + Account.INSTANCE
            + "&Version=2011-01-01",
        asked.getFirst());
  }

  private static String scalingError(int status, String code) {
    return status
        + " <ErrorResponse xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\"><Error>"
        + "<Type>Sender</Type><Code>"
        + code
        + "</Code><Message>update the sizes of web</Message></Error><RequestId>r</RequestId>"
        + "</ErrorResponse>";
  }

  @Test
  void aDeniedStandbyIsToldByItsCodeAndAnInvalidOneWithItsCauseToo() {
    answers.add(scalingError(403, "AccessDenied"));
    answers.add(scalingError(400, "ValidationError"));

    assertEquals(new Change.Denied("AccessDenied"), network.enterStandby(MEMBER));
    assertEquals(
        new Change.Denied("ValidationError: update the sizes of web"), network.exitStandby(MEMBER));
    assertEquals(2, asked.size());
  }

  /** The first attempt may have succeeded; then the second is invalid. */
  @Test
  void aStandbyThatIsDeniedAtTheSecondAttemptIsUnknown() {
    answers.add("500 ");
    answers.add(scalingError(400, "ValidationError"));
    assertThrows(Unavailable.class, () -> network.enterStandby(MEMBER));
    answers.add("500 ");
    answers.add(scalingError(400, "ValidationError"));
    answers.removeFirst();
    assertThrows(Unavailable.class, () -> network.exitStandby(MEMBER));
  }

  @Test
  void aPendingUpdateOfTheGroupIsRetriedAndThenUnknown() {
    answers.add(scalingError(500, "ResourceContention"));

    Unavailable e = assertThrows(Unavailable.class, () -> network.enterStandby(MEMBER));

    assertEquals("EC2 Auto Scaling EnterStandby failed: ResourceContention", e.getMessage());
    assertEquals(2, asked.size());
  }

  @Test
  void aGroupThatMayNotBeReadIsNotTakenForNone() {
    answers.add(scalingError(403, "AccessDenied"));

    Unavailable e = assertThrows(Unavailable.class, () -> network.membership(Account.INSTANCE));

    assertEquals("EC2 Auto Scaling rejected the call: AccessDenied", e.getMessage());
  }

  @Test
  void anEc2ThatDoesNotAnswerIsGivenUpInTime() {
    answers.add("say nothing");
    Network impatient = within(new AwsLimits(2, Duration.ofMillis(200), Duration.ofSeconds(1)));

    Instant started = Instant.now();
    assertThrows(Unavailable.class, () -> impatient.instance(Account.INSTANCE));

    Duration took = Duration.between(started, Instant.now());
    assertTrue(took.compareTo(Duration.ofSeconds(4)) < 0, took.toString());
  }

  @Test
  void withoutCredentialsNothingIsAskedAndTheReasonIsTold() {
    Network unsigned =
        Ec2Network.of(
            aws.as(
                () -> {
                  throw SdkClientException.create("arn:aws:iam::111122223333:role/secret");
                }),
            Account.REGION,
            Map.of());

    Unavailable e = assertThrows(Unavailable.class, () -> unsigned.instance(Account.INSTANCE));

    assertEquals("EC2 DescribeInstances failed: no usable answer", e.getMessage());
    assertEquals(List.of(), asked);
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({"503, RequestLimitExceeded", "400, Throttling"})
  void whatIsThrottledForEverIsGivenUp(int status, String code) {
    answers.add(error(status, code));

    Unavailable e = assertThrows(Unavailable.class, this::swap);

    assertEquals(5, asked.size());
    assertTrue(String.valueOf(e.getMessage()).contains(code), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"UnauthorizedOperation", "InvalidGroup.NotFound", "OperationNotPermitted"})
  void aRefusalIsToldByItsCodeAloneAndNotTriedAgain(String code) {
    answers.add(error(403, code));

    Change.Denied denied = assertInstanceOf(Change.Denied.class, swap());

    assertEquals(code, denied.reason());
    assertEquals(1, asked.size());
  }

  @Test
  void whatMayNotBeReadIsNotTakenForMissing() {
    answers.add(error(403, "UnauthorizedOperation"));

    assertThrows(Unavailable.class, () -> network.instance(Account.INSTANCE));
    assertThrows(Unavailable.class, () -> network.group(Account.WEB));
  }

  @ParameterizedTest(name = "{0} then {1}: {2}")
  @CsvSource({
    "InvalidPermission.NotFound, , Gone",
    "500, InvalidPermission.NotFound, Made",
    "500, UnauthorizedOperation, Denied",
    "InvalidGroup.NotFound, , Gone",
    "UnauthorizedOperation, , Denied"
  })
  void aRuleThatIsGoneAtTheSecondAttemptWasClosedByTheFirst(
      String first, String second, String change) {
    answers.add(first.equals("500") ? "500 " : error(400, first));
    if (second != null) {
      answers.add(error(400, second));
    }

    assertEquals(change, network.revoke(Account.ssh()).getClass().getSimpleName());
  }

  @Test
  void aRuleThatEc2DoesNotKnowInAnAnswerOfSuccessIsGone() {
    answers.add(
        ok(
            "RevokeSecurityGroupIngress",
            TRUE
                + "<unknownIpPermissionSet><item><ipProtocol>tcp</ipProtocol></item>"
                + "</unknownIpPermissionSet>"));

    assertInstanceOf(Change.Gone.class, network.revoke(Account.ssh()));
  }

  @Test
  void aRuleThatIsThereAlreadyIsOpen() {
    answers.add(error(400, "InvalidPermission.Duplicate"));

    assertInstanceOf(Change.Made.class, network.authorize(Account.ssh()));
  }

  private static final String INSTANCE =
      ok(
          "DescribeInstances",
          "<reservationSet><item><ownerId>111122223333</ownerId><instancesSet><item>"
              + "<instanceId>i-0123456789abcdef0</instanceId>"
              + "<instanceState><code>32</code><name>shutting-down</name></instanceState>"
              + "<launchTime>2026-03-01T09:15:00.000Z</launchTime>"
              + "<vpcId>vpc-0123456789abcdef0</vpcId>"
              + "<networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId></item>"
              + "<item><networkInterfaceId>eni-2</networkInterfaceId></item></networkInterfaceSet>"
              + "</item></instancesSet></item></reservationSet>");

  private static String interfaces(String next, String... items) {
    return ok(
        "DescribeNetworkInterfaces",
        "<networkInterfaceSet>"
            + String.join("", items)
            + "</networkInterfaceSet>"
            + (next.isEmpty() ? "" : "<nextToken>" + next + "</nextToken>"));
  }

  private static String item(String id, String owner, String more) {
    return "<item><networkInterfaceId>"
        + id
        + "</networkInterfaceId><vpcId>vpc-0123456789abcdef0</vpcId><ownerId>"
        + owner
        + "</ownerId><groupSet><item><groupId>sg-2</groupId></item><item><groupId>sg-1</groupId>"
        + "</item></groupSet>"
        + more
        + "</item>";
  }

  @Test
  void anInstanceOfManyPagesIsReadToItsEnd() {
    answers.add(INSTANCE);
    answers.add(interfaces("page-2", item("eni-1", Account.ID, "")));
    answers.add(
        interfaces(
            "",
            item("eni-2", Account.ID, "<requesterManaged>true</requesterManaged>"),
            item("eni-3", "444455556666", ""),
            item("eni-4", Account.ID, "<operator><managed>true</managed></operator>")));

    Instance instance = network.instance(Account.INSTANCE).orElseThrow();

    assertEquals(
        List.of(true, false, false, false),
        instance.interfaces().stream().map(Instance.Interface::ours).toList());
    assertEquals(List.of("sg-1", "sg-2"), instance.interfaces().getFirst().groups());
    assertFalse(instance.running());
    assertEquals(Instant.parse("2026-03-01T09:15:00Z"), instance.launchedAt());
    assertTrue(asked.getLast().contains("NextToken=page-2"), asked.getLast());
  }

  @Test
  void anInstanceOfWhichAnInterfaceIsNotDescribedIsNotAnswered() {
    answers.add(INSTANCE);
    answers.add(interfaces("", item("eni-1", Account.ID, "")));

    Unavailable e = assertThrows(Unavailable.class, () -> network.instance(Account.INSTANCE));

    assertTrue(String.valueOf(e.getMessage()).contains("eni-2"), e.getMessage());
  }

  private static String securityGroupRule(String id, String more) {
    return "<item><securityGroupRuleId>"
        + id
        + "</securityGroupRuleId><ipProtocol>tcp</ipProtocol><fromPort>22</fromPort>"
        + "<toPort>22</toPort>"
        + more
        + "</item>";
  }

  @Test
  void rulesThatNobodyCanReadAreKeptApartAndAllAreCounted() {
    answers.add(
        ok(
            "DescribeSecurityGroups",
            "<securityGroupInfo><item><ownerId>111122223333</ownerId><groupId>"
                + Account.WEB
                + "</groupId><vpcId>vpc-1</vpcId><ipPermissions><item/></ipPermissions>"
                + "<tagSet><item><key>a</key><value>b</value></item></tagSet></item>"
                + "</securityGroupInfo>"));
    answers.add(
        ok(
            "DescribeSecurityGroupRules",
            "<securityGroupRuleSet>"
                + securityGroupRule("sgr-1", "<cidrIpv4>0.0.0.0/0</cidrIpv4>")
                + securityGroupRule("sgr-2", "<prefixListId>pl-1</prefixListId>")
                + securityGroupRule(
                    "sgr-3", "<referencedGroupInfo><groupId>sg-2</groupId></referencedGroupInfo>")
                + securityGroupRule(
                    "sgr-4", "<isEgress>true</isEgress><cidrIpv4>0.0.0.0/0</cidrIpv4>")
                + "</securityGroupRuleSet>"));
    answers.add(interfaces("", item("eni-1", Account.ID, "")));

    SecurityGroup group = network.group(Account.WEB).orElseThrow();

    assertEquals(List.of("sgr-1"), group.ingress().stream().map(IngressRule::id).toList());
    assertEquals(
        List.of("pl-1", "sg-2"),
        group.opaque().stream().map(SecurityGroup.OpaqueRule::source).toList());
    assertEquals(4, group.rules());
    assertEquals(1, group.interfaces());
    assertEquals(Map.of("a", "b"), group.tags());
  }

  @Test
  void anAnswerThatReachesForFilesIsNotRead() {
    answers.add(
        "200 <!DOCTYPE a [<!ENTITY b SYSTEM"
            + " \"file:///etc/hostname\">]><a><reservationSet/>&b;</a>");

    assertThrows(Unavailable.class, () -> network.instance(Account.INSTANCE));
  }

  @Test
  void aListWithoutAnEndIsGivenUp() {
    answers.add(INSTANCE);
    answers.add(interfaces("on-and-on", item("eni-1", Account.ID, "")));

    assertThrows(Unavailable.class, () -> network.instance(Account.INSTANCE));
    assertEquals(51, asked.size());
  }
}
