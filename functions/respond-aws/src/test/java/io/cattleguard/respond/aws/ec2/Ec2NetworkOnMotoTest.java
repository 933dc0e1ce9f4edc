package io.cattleguard.respond.aws.ec2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.TakesLong;
import io.cattleguard.events.Target;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.aws.actions.AwsScope;
import io.cattleguard.respond.aws.actions.QuarantineInstance;
import io.cattleguard.respond.aws.actions.RevokeIngress;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.NetworkContract;
import io.cattleguard.respond.ledger.InMemoryLedger;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.autoscaling.AutoScalingClient;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.InstanceNetworkInterfaceSpecification;
import software.amazon.awssdk.services.ec2.model.IpPermission;
import software.amazon.awssdk.services.ec2.model.IpRange;
import software.amazon.awssdk.services.ec2.model.Ipv6Range;
import software.amazon.awssdk.services.ec2.model.Tag;

/** Runs the contract, and a quarantine from finding to release, with moto. */
@TakesLong
final class Ec2NetworkOnMotoTest extends NetworkContract {
  private static final String DESCRIPTION = "ssh for the office";
  private static MotoServer moto;
  private static Ec2Client ec2;
  private static AutoScalingClient autoScaling;
  private static int made;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    moto = MotoServer.start();
    ec2 = moto.aws().build("EC2", Ec2Client.builder());
    autoScaling = moto.aws().build("Auto Scaling", AutoScalingClient.builder());
  }

  @AfterAll
  static void stop() {
    if (moto != null) {
      moto.close();
    }
  }

  private static void allow(String id) {
    Tag allowed = Tag.builder().key("cattleguard:respond").value("allowed").build();
    ec2.createTags(request -> request.resources(id).tags(allowed));
  }

  private static IpPermission permission(String protocol, IpRange range) {
    return IpPermission.builder().ipProtocol(protocol).ipRanges(range).build();
  }

  private static IpRange range(String cidr) {
    return IpRange.builder().cidrIp(cidr).description(DESCRIPTION).build();
  }

  /** Without the rule that every new group has, which allows all egress. */
  private static String group(String vpc) {
    made++;
    String id =
        ec2.createSecurityGroup(
                request -> request.groupName("group-" + made).description("a test's").vpcId(vpc))
            .groupId();
    IpPermission all = permission("-1", IpRange.builder().cidrIp("0.0.0.0/0").build());
    ec2.revokeSecurityGroupEgress(request -> request.groupId(id).ipPermissions(all));
    allow(id);
    return id;
  }

  private static String networkInterface(String subnet, String... groups) {
    String id =
        ec2.createNetworkInterface(request -> request.subnetId(subnet).groups(groups))
            .networkInterface()
            .networkInterfaceId();
    allow(id);
    return id;
  }

  @Test
  @Override
  protected void aGroupThatIsNotThereIsDenied() {
    Assumptions.abort("skipped: moto takes the id of any group; Ec2OnTheWireTest has EC2's answer");
  }

  @Override
  protected World world() {
    String vpc = ec2.createVpc(request -> request.cidrBlock("192.0.2.0/24")).vpc().vpcId();
    String subnet =
        ec2.createSubnet(request -> request.vpcId(vpc).cidrBlock("192.0.2.0/25"))
            .subnet()
            .subnetId();
    String web = group(vpc);
    String admin = group(vpc);
    String quarantine = group(vpc);
    IpPermission ssh = permission("tcp", range("0.0.0.0/0"));
    Ipv6Range six = Ipv6Range.builder().cidrIpv6("2001:db8::/32").description(DESCRIPTION).build();
    IpPermission https =
        IpPermission.builder().ipProtocol("tcp").fromPort(443).toPort(443).ipv6Ranges(six).build();
    ec2.authorizeSecurityGroupIngress(
        request ->
            request
                .groupId(web)
                .ipPermissions(
                    ssh.toBuilder().fromPort(22).toPort(22).build(),
                    https,
                    permission("-1", range("203.0.113.9/32"))));
    // If an instance is started with groups of its own, moto adds these to every interface.
    String first = networkInterface(subnet, web, admin);
    String second = networkInterface(subnet, web);
    InstanceNetworkInterfaceSpecification attached =
        InstanceNetworkInterfaceSpecification.builder()
            .deviceIndex(0)
            .networkInterfaceId(first)
            .build();
    String instance =
        ec2.runInstances(
                request ->
                    request
                        .imageId("ami-12c6146b")
                        .minCount(1)
                        .maxCount(1)
                        .networkInterfaces(attached))
            .instances()
            .getFirst()
            .instanceId();
    ec2.attachNetworkInterface(
        request -> request.networkInterfaceId(second).instanceId(instance).deviceIndex(1));
    allow(instance);
    join(instance, subnet);
    return new World(
        Ec2Network.of(moto.aws(), Account.REGION, Map.of(vpc, quarantine)),
        instance,
        web,
        admin,
        quarantine);
  }

  private static void join(String instance, String subnet) {
    String group = "web-" + made;
    autoScaling.createLaunchConfiguration(
        request ->
            request
                .launchConfigurationName(group)
                .imageId("ami-12c6146b")
                .instanceType("t3.micro"));
    autoScaling.createAutoScalingGroup(
        request ->
            request
                .autoScalingGroupName(group)
                .launchConfigurationName(group)
                .vpcZoneIdentifier(subnet)
                .minSize(0)
                .maxSize(3));
    autoScaling.attachInstances(
        request -> request.autoScalingGroupName(group).instanceIds(instance));
  }

  private static List<String> states(World world) {
    String group = world.network().membership(world.instance()).orElseThrow().group();
    return autoScaling
        .describeAutoScalingGroups(request -> request.autoScalingGroupNames(group))
        .autoScalingGroups()
        .getFirst()
        .instances()
        .stream()
        .map(software.amazon.awssdk.services.autoscaling.model.Instance::lifecycleStateAsString)
        .sorted()
        .toList();
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
    assertTrue(taken.getFirst().explanation().contains("put into standby"), taken.toString());
    assertEquals(List.of("InService", "Standby"), states(world), "with a replacement");

    now[0] = now[0].plus(Duration.ofHours(2));
    List<ResponseDecided> released = responder.releaseEnded(now[0]);

    released.forEach(
        one -> assertEquals(ResponseOutcome.RELEASED, one.outcome(), one.explanation()));
    assertEquals(before, world.seen().interfaces());
    assertEquals(3, world.rules().size());
    assertTrue(world.ssh().description().isPresent());
    assertEquals(List.of("InService", "InService"), states(world));
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
        alert.raw(),
        null,
        List.of());
  }
}
