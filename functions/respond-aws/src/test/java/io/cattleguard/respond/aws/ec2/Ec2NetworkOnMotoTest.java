package io.cattleguard.respond.aws.ec2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.EventPattern;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Target;
import io.cattleguard.respond.Actions;
import io.cattleguard.respond.Budget;
import io.cattleguard.respond.InMemoryLedger;
import io.cattleguard.respond.Mode;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.Playbook;
import io.cattleguard.respond.Playbooks;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.aws.actions.AwsScope;
import io.cattleguard.respond.aws.actions.QuarantineInstance;
import io.cattleguard.respond.aws.actions.RevokeIngress;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.NetworkContract;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/** The contract, and a quarantine from finding to release, on a server that others wrote. */
final class Ec2NetworkOnMotoTest extends NetworkContract {
  private static MotoServer moto;
  private static int made;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    moto = MotoServer.start();
  }

  @AfterAll
  static void stop() {
    if (moto != null) {
      moto.close();
    }
  }

  private static Element call(String action, String... parameters) {
    Map<String, String> all = new TreeMap<>();
    for (int i = 0; i < parameters.length; i += 2) {
      all.put(parameters[i], parameters[i + 1]);
    }
    try {
      return moto.ec2().call(action, all);
    } catch (Ec2Query.Fault e) {
      throw new AssertionError(action, e);
    }
  }

  private static void allow(String id) {
    call(
        "CreateTags",
        "ResourceId.1",
        id,
        "Tag.1.Key",
        "cattleguard:respond",
        "Tag.1.Value",
        "allowed");
  }

  /** Without the rule that every new group has, which lets everything out. */
  private static String group(String vpc) {
    made++;
    String id =
        Ec2Query.text(
            call(
                "CreateSecurityGroup",
                "GroupName",
                "group-" + made,
                "GroupDescription",
                "a test's",
                "VpcId",
                vpc),
            "groupId");
    call(
        "RevokeSecurityGroupEgress",
        "GroupId",
        id,
        "IpPermissions.1.IpProtocol",
        "-1",
        "IpPermissions.1.IpRanges.1.CidrIp",
        "0.0.0.0/0");
    allow(id);
    return id;
  }

  private static String networkInterface(String subnet, String... groups) {
    Map<String, String> parameters = new TreeMap<>(Map.of("SubnetId", subnet));
    for (int i = 0; i < groups.length; i++) {
      parameters.put("SecurityGroupId." + (i + 1), groups[i]);
    }
    try {
      Element made = moto.ec2().call("CreateNetworkInterface", parameters);
      String id = Ec2Query.text(made, "networkInterface", "networkInterfaceId");
      allow(id);
      return id;
    } catch (Ec2Query.Fault e) {
      throw new AssertionError(e);
    }
  }

  @Test
  @Override
  protected void aGroupThatIsNotThereIsDenied() {
    Assumptions.abort("skipped: moto takes the id of any group; Ec2OnTheWireTest has EC2's answer");
  }

  @Override
  protected World world() {
    String vpc = Ec2Query.text(call("CreateVpc", "CidrBlock", "192.0.2.0/24"), "vpc", "vpcId");
    String subnet =
        Ec2Query.text(
            call("CreateSubnet", "VpcId", vpc, "CidrBlock", "192.0.2.0/25"), "subnet", "subnetId");
    String web = group(vpc);
    String admin = group(vpc);
    String quarantine = group(vpc);
    for (String[] rule :
        new String[][] {
          {"tcp", "22", "IpRanges.1.CidrIp", "0.0.0.0/0", "IpRanges.1.Description"},
          {"tcp", "443", "Ipv6Ranges.1.CidrIpv6", "2001:db8::/32", "Ipv6Ranges.1.Description"},
          {"-1", "", "IpRanges.1.CidrIp", "203.0.113.9/32", "IpRanges.1.Description"}
        }) {
      Map<String, String> permission = new TreeMap<>();
      permission.put("IpProtocol", rule[0]);
      permission.put(rule[2], rule[3]);
      permission.put(rule[4], "ssh for the office");
      if (!rule[1].isEmpty()) {
        permission.put("FromPort", rule[1]);
        permission.put("ToPort", rule[1]);
      }
      String[] parameters = new String[permission.size() * 2 + 2];
      parameters[0] = "GroupId";
      parameters[1] = web;
      int at = 2;
      for (Map.Entry<String, String> one : permission.entrySet()) {
        parameters[at++] = "IpPermissions.1." + one.getKey();
        parameters[at++] = one.getValue();
      }
      call("AuthorizeSecurityGroupIngress", parameters);
    }
    // Of an instance that is started with groups of its own, moto adds those to every interface's.
    String first = networkInterface(subnet, web, admin);
    String second = networkInterface(subnet, web);
    Element started =
        call(
            "RunInstances",
            "ImageId",
            "ami-12c6146b",
            "MinCount",
            "1",
            "MaxCount",
            "1",
            "NetworkInterface.1.DeviceIndex",
            "0",
            "NetworkInterface.1.NetworkInterfaceId",
            first);
    String instance =
        Ec2Query.text(Ec2Query.items(started, "instancesSet").getFirst(), "instanceId");
    call(
        "AttachNetworkInterface",
        "NetworkInterfaceId",
        second,
        "InstanceId",
        instance,
        "DeviceIndex",
        "1");
    allow(instance);
    return new World(
        new Ec2Network(moto.ec2(), "eu-central-1", Map.of(vpc, quarantine)),
        instance,
        web,
        admin,
        quarantine);
  }

  @Test
  void promise10AFindingIsContainedInEc2AndPutBackWhenItsLeaseEnds() {
    World world = world();
    List<Instance.Interface> before = world.seen().interfaces();
    Instant started = world.seen().launchedAt();
    Alert like = Account.finding("f1");
    Target target =
        Target.builder()
            .account(world.seen().account())
            .region("eu-central-1")
            .instance(world.instance())
            .securityGroup(world.web())
            .build();
    Instant[] now = {started.plusSeconds(120)};
    Responder responder =
        new Responder(
            new Playbooks(
                List.of(
                    new Playbook(
                        "test",
                        EventPattern.compile(
                            JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85)))),
                        Mode.ENFORCE,
                        Duration.ofDays(36_500),
                        List.of(
                            new QuarantineInstance(Duration.ofHours(1)),
                            new RevokeIngress(Duration.ofHours(1), 10)),
                        Budget.DEFAULT)),
                Actions.registered()),
            Places.of(AwsScope.class, AwsScope.of(world.network())),
            new InMemoryLedger(),
            ResponderSettings.DEFAULT,
            () -> now[0],
            millis -> now[0] = now[0].plusMillis(millis));
    Alert finding =
        at(
            started.plusSeconds(60),
            Account.finding(
                "f1", target, new ObservedConnection("198.51.100.7", 40_000, 22, "tcp", "inbound")),
            like);

    List<ResponseDecided> taken = responder.respond(Account.scored(finding), now[0], false);

    taken.forEach(one -> assertEquals(ResponseOutcome.TAKEN, one.outcome(), one.explanation()));
    assertEquals(2, taken.size());
    assertEquals(List.of(), world.seen().openTo(world.quarantine()));
    assertEquals(2, world.rules().size());

    now[0] = now[0].plus(Duration.ofHours(2));
    List<ResponseDecided> released = responder.releaseEnded(now[0]);

    released.forEach(
        one -> assertEquals(ResponseOutcome.RELEASED, one.outcome(), one.explanation()));
    assertEquals(before, world.seen().interfaces());
    assertEquals(3, world.rules().size());
    assertTrue(world.ssh().description().isPresent());
  }

  private static Alert at(Instant observedAt, Alert alert, Alert like) {
    return new Alert(
        alert.id(),
        alert.alertClass(),
        alert.source(),
        like.rule(),
        alert.severity(),
        alert.tactics(),
        alert.techniques(),
        alert.traits(),
        alert.target(),
        alert.process(),
        alert.network(),
        alert.file(),
        observedAt,
        1,
        alert.notes(),
        alert.raw());
  }
}
