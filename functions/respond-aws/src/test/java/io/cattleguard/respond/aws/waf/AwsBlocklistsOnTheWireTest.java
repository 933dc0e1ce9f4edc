package io.cattleguard.respond.aws.waf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.blocklist.Blocklist;
import io.cattleguard.respond.aws.blocklist.Blocklists;
import io.cattleguard.respond.aws.blocklist.Lists;
import io.cattleguard.respond.aws.ec2.Ec2Addresses;
import io.cattleguard.respond.aws.network.AwsServer;
import io.cattleguard.respond.aws.network.Network.Change;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the requests to AWS WAF and EC2, and the handling of their worst responses. */
final class AwsBlocklistsOnTheWireTest {
  private static final String NONE_OF_AWS = ok("DescribeManagedPrefixLists", "<prefixListSet/>");

  private AwsServer server;
  private List<String> asked;
  private List<String> answers;
  private AwsBlocklists lists;
  private final AtomicLong now = new AtomicLong();
  private final List<Duration> pauses = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    server = new AwsServer(AwsBlocklistsOnTheWireTest::said);
    asked = server.asked;
    answers = server.answers;
    server.headers.put("x-amzn-RequestId", "r");
    AwsClients aws = server.clients("AWS_ENDPOINT_URL");
    lists =
        new AwsBlocklists(
            new WafIpSets(
                aws,
                new AwsLimits(1, Duration.ofSeconds(2), Duration.ofSeconds(4)),
                new WebAclResources.Time(now::get, this::pause)),
            Ec2Addresses.of(aws));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void pause(Duration duration) {
    pauses.add(duration);
    later(duration);
  }

  private void later(Duration duration) {
    long unused = now.addAndGet(duration.toNanos());
  }

  private static String said(HttpExchange exchange, String body) {
    String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
    return target != null
        ? target.substring(target.indexOf('.') + 1) + " " + body
        : URLDecoder.decode(
            Arrays.stream(body.split("&", -1))
                .filter(one -> !one.startsWith("Version="))
                .collect(Collectors.joining("&")),
            StandardCharsets.UTF_8);
  }

  private static String ok(String action, String body) {
    return "200 <%1$sResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r</requestId>%2$s</%1$sResponse>"
        .formatted(action, body);
  }

  private static String ipSet(String token, String... addresses) {
    return "200 {\"IPSet\":{\"Name\":\"web\",\"Id\":\"%s\",\"ARN\":\"%s\",\"Description\":\"ours\",\"IPAddressVersion\":\"IPV4\",\"Addresses\":[%s]},\"LockToken\":\"%s\"}"
        .formatted(
            Lists.WEB.id(),
            Lists.WEB.arn(),
            Arrays.stream(addresses).map(one -> '"' + one + '"').collect(Collectors.joining(",")),
            token);
  }

  private static String error(String code) {
    return "400 {\"__type\":\"" + code + "\",\"message\":\"no\"}";
  }

  private Blocklist web() {
    return lists.list(Lists.WEB).orElseThrow();
  }

  @Test
  void anUpdateSendsEveryOtherEntryAsItWasAndTheTokenThatWasRead() {
    answers.addAll(
        List.of(
            ipSet("t1", "198.51.100.0/24"),
            ipSet("t1", "198.51.100.0/24"),
            "200 {\"NextLockToken\":\"t2\"}"));

    assertInstanceOf(Change.Made.class, lists.add(web(), Lists.network("203.0.113.9"), "note"));

    String update = asked.getLast();
    assertTrue(update.startsWith("UpdateIPSet "), update);
    for (String part :
        List.of(
            "\"Name\":\"web\"",
            "\"Scope\":\"REGIONAL\"",
            "\"Description\":\"ours\"",
            "\"Addresses\":[\"198.51.100.0/24\",\"203.0.113.9/32\"]",
            "\"LockToken\":\"t1\"")) {
      assertTrue(update.contains(part), update);
    }
  }

  @Test
  void aTokenThatIsNoLongerTheListsSendsNothing() {
    answers.addAll(List.of(ipSet("t1"), ipSet("t2", "192.0.2.1/32")));

    assertThrows(
        Unavailable.class, () -> lists.add(web(), Lists.network("203.0.113.9"), "").toString());
    assertTrue(asked.stream().noneMatch(one -> one.startsWith("UpdateIPSet")), asked.toString());
  }

  @Test
  void aLostRaceIsTriedAgainAndADenialIsNot() {
    answers.addAll(
        List.of(
            ipSet("t1"),
            ipSet("t1"),
            error("WAFOptimisticLockException"),
            ipSet("t1"),
            error("AccessDeniedException")));
    Blocklist read = web();

    assertThrows(
        Unavailable.class, () -> lists.add(read, Lists.network("203.0.113.9"), "").toString());
    assertEquals(
        new Change.Denied("AccessDeniedException"),
        lists.add(read, Lists.network("203.0.113.9"), ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "200 ",
        "200 {}",
        "200 {\"IPSet\":{},\"LockToken\":\"t\"}",
        "200 <html>a proxy</html>",
        "500 ",
        "403 <html>a proxy</html>"
      })
  void anAnswerThatIsNotWholeIsNoList(String answer) {
    answers.add(answer);

    assertThrows(Unavailable.class, () -> lists.list(Lists.WEB).toString());
  }

  @Test
  void anotherListThanTheOneThatWasAskedForIsNoList() {
    answers.add(ipSet("t1").replace("ipset/web/", "ipset/other/"));

    assertThrows(Unavailable.class, () -> lists.list(Lists.WEB).toString());
  }

  @Test
  void anEntryOfAPrefixListNamesTheVersionThatWasRead() {
    answers.addAll(
        List.of(
            ok(
                "DescribeManagedPrefixLists",
                "<prefixListSet><item><prefixListId>pl-0123456789abcdef0</prefixListId>"
                    + "<addressFamily>IPv4</addressFamily><maxEntries>5</maxEntries><version>7</version></item></prefixListSet>"),
            ok("GetManagedPrefixListEntries", "<entrySet/>"),
            ok(
                "ModifyManagedPrefixList",
                "<prefixList><prefixListId>pl-0123456789abcdef0</prefixListId></prefixList>")));
    Blocklist read = lists.list(Lists.FIREWALL).orElseThrow();
    assertEquals("7", read.version());
    assertEquals(5, read.capacity());

    assertInstanceOf(Change.Made.class, lists.add(read, Lists.network("203.0.113.9"), "a note"));
    assertEquals(
        "Action=ModifyManagedPrefixList&PrefixListId=pl-0123456789abcdef0&CurrentVersion=7"
            + "&AddEntry.1.Cidr=203.0.113.9/32&AddEntry.1.Description=a note",
        asked.getLast());
  }

  @Test
  void aSecurityGroupThatRefersToAPrefixListLetsItsEntriesIn() {
    answers.add(
        ok(
            "DescribeSecurityGroups",
            "<securityGroupInfo><item><groupId>sg-1</groupId></item></securityGroupInfo>"));

    answers.add(
        ok(
            "DescribeSecurityGroups",
            "<securityGroupInfo><item><groupId>sg-2</groupId></item></securityGroupInfo>"));
    answers.add(
        ok(
            "GetManagedPrefixListAssociations",
            "<prefixListAssociationSet><item><resourceId>sg-1</resourceId></item>"
                + "<item><resourceId>rtb-1</resourceId></item>"
                + "<item><resourceId>tgw-rtb-1</resourceId></item></prefixListAssociationSet>"));

    assertEquals(
        List.of(
            "a rule of security group sg-1",
            "a rule of security group sg-2",
            "a route of route table rtb-1"),
        lists.uses(Lists.FIREWALL, Lists.network("203.0.113.9")).allowing());
    assertTrue(
        asked.get(1).contains("Filter.1.Name=egress.ip-permission.prefix-list-id"),
        asked.toString());
    assertTrue(asked.get(2).contains("PrefixListId=pl-0123456789abcdef0"), asked.toString());
    assertTrue(
        asked
            .getFirst()
            .contains(
                "Filter.1.Name=ip-permission.prefix-list-id"
                    + "&Filter.1.Value.1=pl-0123456789abcdef0"),
        asked.toString());
  }

  @Test
  void promise11APrefixListWithoutASecurityGroupOrRouteIsNotKnownToBlock() {
    answers.add(ok("DescribeSecurityGroups", "<securityGroupInfo/>"));
    answers.add(ok("DescribeSecurityGroups", "<securityGroupInfo/>"));
    answers.add(ok("GetManagedPrefixListAssociations", "<prefixListAssociationSet/>"));

    Blocklists.Uses uses = lists.uses(Lists.FIREWALL, Lists.network("203.0.113.9"));

    assertEquals(List.of(), uses.allowing());
    assertEquals(List.of(), uses.blocking());
    assertEquals(
        List.of(
            "nothing was seen that refers to prefix list pl-0123456789abcdef0; EC2 does not show"
                + " rule groups of AWS Network Firewall"),
        uses.unclear());
  }

  private static String webAcls() {
    return "200 {\"WebACLs\":[{\"Name\":\"shop\",\"Id\":\"1\",\"ARN\":\"arn:shop\"}]}";
  }

  /** With a rule that allows another IP set, and then one that blocks ours. */
  private static String shop() {
    return """
    200 {"WebACL":{"Name":"shop","Id":"1","ARN":"arn:shop","DefaultAction":{"Allow":{}},"Rules":[
    {"Name":"blocked","Priority":2,"Action":{"Block":{}},
    "Statement":{"IPSetReferenceStatement":{"ARN":"%s"}}},
    {"Name":"office","Priority":1,"Action":{"Allow":{}},
    "Statement":{"IPSetReferenceStatement":{"ARN":"%s"}}}]},"LockToken":"t"}\
    """
        .formatted(Lists.WEB.arn(), OFFICE);
  }

  private static final String OFFICE = Lists.WEB.arn().replace("ipset/web/", "ipset/office/");

  private static String office(String... addresses) {
    return ipSet("t1", addresses).replace("ipset/web/", "ipset/office/");
  }

  private static final String NO_RESOURCE = "200 {\"ResourceArns\":[]}";
  private static final String A_RESOURCE = "200 {\"ResourceArns\":[\"arn:of-a-load-balancer\"]}";

  private Blocklists.Uses uses(String... answered) {
    later(Duration.ofMinutes(2)); // no response of an earlier read is used
    answers.clear();
    answers.addAll(List.of(webAcls(), shop()));
    answers.addAll(List.of(answered));
    return lists.uses(Lists.WEB, Lists.network("203.0.113.9"));
  }

  @Test
  void promise11AWebAclIsAskedWhatItProtects() {
    assertEquals(List.of("rule blocked of web ACL shop"), uses(office(), A_RESOURCE).blocking());
    assertEquals(
        "ListResourcesForWebACL {\"WebACLArn\":\"arn:shop\","
            + "\"ResourceType\":\"APPLICATION_LOAD_BALANCER\"}",
        asked.getLast());

    assertEquals(
        List.of("rule blocked of web ACL shop, which protects no resource"),
        uses(office(), NO_RESOURCE).idle());
    assertEquals(
        6, asked.stream().filter(one -> one.contains("ResourceType")).distinct().count(), "types");

    assertEquals(
        List.of("rule blocked of web ACL shop"),
        uses(office(), error("AccessDeniedException"), A_RESOURCE).blocking());
    assertEquals(
        List.of(
            "rule blocked of web ACL shop, of which it is not known whether it protects a"
                + " resource"),
        uses(office(), error("AccessDeniedException"), NO_RESOURCE).unclear());
  }

  @Test
  void promise11AnIpSetThatIsAllowedFirstIsComparedWithTheAddress() {
    assertEquals(
        List.of("rule blocked of web ACL shop"),
        uses(office("198.51.100.0/24"), A_RESOURCE).blocking());
    assertEquals(
        List.of("rule blocked of web ACL shop, because rule office allows it first"),
        uses(office("203.0.113.0/24")).idle());
    assertEquals(
        List.of("rule blocked of web ACL shop, because rule office may allow it first"),
        uses(error("AccessDeniedException")).unclear());
  }

  private long resourceCalls() {
    return asked.stream().filter(one -> one.startsWith("ListResourcesForWebACL")).count();
  }

  @Test
  void promise11AThrottledLookIsNotTakenForNoResource() {
    String throttled = error("ThrottlingException");
    List<String> notKnown =
        List.of(
            "rule blocked of web ACL shop, of which it is not known whether it protects a"
                + " resource");
    assertEquals(notKnown, uses(office(), throttled).unclear(), "all six calls");
    assertEquals(
        notKnown,
        uses(office(), NO_RESOURCE, NO_RESOURCE, NO_RESOURCE, throttled, NO_RESOURCE).unclear());
    assertEquals(
        List.of("rule blocked of web ACL shop"), uses(office(), throttled, A_RESOURCE).blocking());
  }

  @Test
  void resourcesAreAskedForOncePerSecondAndAnAnswerIsUsedForAMinute() {
    assertEquals(1, uses(office(), NO_RESOURCE).idle().size());
    assertEquals(6, resourceCalls());
    assertEquals(Collections.nCopies(5, Duration.ofMillis(1_050)), pauses);

    answers.clear();
    answers.addAll(List.of(webAcls(), shop(), office(), A_RESOURCE));
    later(Duration.ofSeconds(59));
    assertEquals(1, lists.uses(Lists.WEB, Lists.network("203.0.113.9")).idle().size());
    assertEquals(6, resourceCalls(), "no further call");
    answers.clear();
    answers.addAll(List.of(webAcls(), shop(), office(), A_RESOURCE));
    later(Duration.ofSeconds(1));
    assertEquals(1, lists.uses(Lists.WEB, Lists.network("203.0.113.9")).blocking().size());
  }

  @Test
  void aLookAtManyWebAclsEndsInTime() {
    String all =
        IntStream.range(0, 10)
            .mapToObj(one -> "{\"Name\":\"shop\",\"Id\":\"1\",\"ARN\":\"arn:" + one + "\"}")
            .collect(Collectors.joining(","));
    answers.add("200 {\"WebACLs\":[" + all + "]}");
    for (int one = 0; one < 10; one++) {
      answers.add(shop().replace("arn:shop", "arn:" + one));
      answers.addAll(one == 0 ? List.of(office()) : List.of());
      answers.addAll(Collections.nCopies(one < 2 ? 6 : one == 2 ? 4 : 0, NO_RESOURCE));
    }
    long began = now.get();
    Blocklists.Uses uses = lists.uses(Lists.WEB, Lists.network("203.0.113.9"));
    assertEquals(2, uses.idle().size(), uses.toString());
    assertEquals(8, uses.unclear().size(), uses.toString());
    assertTrue(now.get() - began < Duration.ofSeconds(17).toNanos());
  }

  @ParameterizedTest
  @ValueSource(strings = {"500 ", "403 <html>a proxy</html>"})
  void whatAWebAclProtectsIsNotTakenForNothingWithoutAnAnswer(String answer) {
    assertThrows(Unavailable.class, () -> uses(office(), answer).toString());
    assertEquals(1, uses(office(), "200 {}").unclear().size());
  }

  private Optional<String> own(String network, String... answered) {
    answers.clear();
    answers.addAll(List.of(answered));
    return lists.own(Lists.network(network));
  }

  private static String vpcs(String blocks) {
    return ok(
        "DescribeVpcs",
        "<vpcSet><item><vpcId>vpc-1</vpcId><cidrBlock>10.0.0.0/16</cidrBlock>"
            + blocks
            + "</item></vpcSet>");
  }

  @Test
  void anAddressOfTheAccountIsKnownHoweverItIsUsed() {
    String noAddress = ok("DescribeAddresses", "<addressesSet/>");
    String noInterface = ok("DescribeNetworkInterfaces", "<networkInterfaceSet/>");
    assertEquals(
        Optional.of("has addresses of VPC vpc-1"),
        own(
            "203.0.113.9",
            vpcs(
                "<cidrBlockAssociationSet><item><cidrBlock>203.0.113.0/24</cidrBlock></item></cidrBlockAssociationSet>")));
    assertEquals(
        Optional.of("has addresses of VPC vpc-1"),
        own(
            "2001:db8:0:1::/64",
            vpcs(
                "<ipv6CidrBlockAssociationSet><item><ipv6CidrBlock>2001:db8::/56</ipv6CidrBlock></item></ipv6CidrBlockAssociationSet>")));
    assertEquals(
        Optional.of("has the Elastic IP address 203.0.113.9 of the account"),
        own(
            "203.0.113.9",
            vpcs(""),
            ok(
                "DescribeAddresses",
                "<addressesSet><item><publicIp>203.0.113.9</publicIp></item></addressesSet>")));
    assertEquals(
        Optional.of("has the public address of network interface eni-1"),
        own(
            "203.0.113.0/26",
            vpcs(""),
            noAddress,
            ok(
                "DescribeNetworkInterfaces",
                "<networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId>"
                    + "<association><publicIp>203.0.113.63</publicIp></association></item></networkInterfaceSet>")));
    assertTrue(
        asked
            .getLast()
            .contains("Filter.1.Name=association.public-ip&Filter.1.Value.1=203.0.113.*"),
        asked.toString());
    assertEquals(
        Optional.of("has addresses of com.amazonaws.global.cloudfront.origin-facing of AWS"),
        own(
            "203.0.113.9",
            vpcs(""),
            noAddress,
            noInterface,
            ok(
                "DescribeManagedPrefixLists",
                "<prefixListSet><item><prefixListId>pl-1</prefixListId><addressFamily>IPv4</addressFamily>"
                    + "<prefixListName>com.amazonaws.global.cloudfront.origin-facing</prefixListName></item></prefixListSet>"),
            ok(
                "GetManagedPrefixListEntries",
                "<entrySet><item><cidr>203.0.112.0/21</cidr></item></entrySet>")));
    assertTrue(
        asked.stream().anyMatch(one -> one.contains("Filter.1.Name=owner-id&Filter.1.Value.1=AWS")),
        asked.toString());
    assertEquals(
        Optional.empty(), own("203.0.113.9", vpcs(""), noAddress, noInterface, NONE_OF_AWS));
  }

  @Test
  void addressesThatCannotBeReadAreNotTakenForNone() {
    answers.add(
        "403 <Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors><RequestID>r</RequestID></Response>");

    assertThrows(Unavailable.class, () -> lists.own(Lists.network("203.0.113.9")).toString());
  }
}
