package io.cattleguard.respond.aws.ec2;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.api.Refused;
import io.cattleguard.respond.aws.network.IngressRule;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.Membership;
import io.cattleguard.respond.aws.network.Network;
import io.cattleguard.respond.aws.network.SecurityGroup;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.ec2.model.InstanceNetworkInterface;
import software.amazon.awssdk.services.ec2.model.InstanceState;
import software.amazon.awssdk.services.ec2.model.IpPermission;
import software.amazon.awssdk.services.ec2.model.IpRange;
import software.amazon.awssdk.services.ec2.model.Ipv6Range;
import software.amazon.awssdk.services.ec2.model.NetworkInterface;
import software.amazon.awssdk.services.ec2.model.NetworkInterfaceType;
import software.amazon.awssdk.services.ec2.model.OperatorResponse;
import software.amazon.awssdk.services.ec2.model.ReferencedSecurityGroup;
import software.amazon.awssdk.services.ec2.model.Reservation;
import software.amazon.awssdk.services.ec2.model.SecurityGroupRule;
import software.amazon.awssdk.services.ec2.model.Tag;

/** A real network, through the EC2 API. An incomplete response is an error. */
public final class Ec2Network implements Network {
  private static final Set<String> ENDING = Set.of("shutting-down", "terminated");
  private static final Set<String> NO_INSTANCE =
      Set.of("InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed");
  private static final Set<String> NO_GROUP =
      Set.of("InvalidGroup.NotFound", "InvalidGroupId.Malformed", "InvalidGroupId.NotFound");
  private static final Set<String> NO_INTERFACE =
      Set.of("InvalidNetworkInterfaceID.NotFound", "InvalidNetworkInterfaceId.NotFound");
  private static final String NO_RULE = "InvalidPermission.NotFound";
  private static final String SAME_RULE = "InvalidPermission.Duplicate";

  private static final String INVALID = "ValidationError";

  private final Ec2Calls ec2;
  private final AutoScalingCalls autoScaling;
  private final String region;
  private final Map<String, String> quarantineGroups;

  /**
   * Uses the APIs of EC2 and EC2 Auto Scaling.
   *
   * @param quarantineGroups by VPC, the group without rules
   */
  Ec2Network(
      Ec2Calls ec2,
      AutoScalingCalls autoScaling,
      String region,
      Map<String, String> quarantineGroups) {
    this.ec2 = ec2;
    this.autoScaling = autoScaling;
    this.region = region;
    this.quarantineGroups = Map.copyOf(quarantineGroups);
  }

  /** Uses clients that these clients create. */
  public static Ec2Network of(AwsClients aws, String region, Map<String, String> quarantineGroups) {
    AwsClients here = aws.in(region);
    return new Ec2Network(Ec2Calls.of(here), AutoScalingCalls.of(here), region, quarantineGroups);
  }

  @Override
  public Optional<String> quarantineGroup(String vpc) {
    return Optional.ofNullable(quarantineGroups.get(vpc));
  }

  @Override
  public Optional<Instance> instance(String id) {
    try {
      for (Reservation reservation : ec2.instances(id)) {
        for (software.amazon.awssdk.services.ec2.model.Instance instance :
            reservation.instances()) {
          if (id.equals(instance.instanceId())) {
            return Optional.of(instance(text(reservation.ownerId()), instance));
          }
        }
      }
      return Optional.empty();
    } catch (Refused e) {
      return missing(e, NO_INSTANCE);
    }
  }

  private Instance instance(
      String account, software.amazon.awssdk.services.ec2.model.Instance instance) throws Refused {
    String id = instance.instanceId();
    List<Instance.Interface> interfaces = new ArrayList<>();
    Set<String> described = new HashSet<>();
    for (NetworkInterface one : ec2.interfaces("attachment.instance-id", id)) {
      described.add(text(one.networkInterfaceId()));
      interfaces.add(networkInterface(account, one));
    }
    for (InstanceNetworkInterface one : instance.networkInterfaces()) {
      if (!described.contains(text(one.networkInterfaceId()))) {
        throw new Unavailable(
            "EC2 does not describe " + text(one.networkInterfaceId()) + " of " + id + " yet");
      }
    }
    return new Instance(
        account,
        region,
        id,
        text(instance.vpcId()),
        !isEnding(instance.state()),
        known(instance.launchTime()),
        tags(instance.tags()),
        interfaces,
        Optional.empty());
  }

  private static boolean isEnding(@Nullable InstanceState state) {
    return state != null && ENDING.contains(text(state.nameAsString()));
  }

  private static Instant known(@Nullable Instant launchTime) {
    if (launchTime == null) {
      throw new Unavailable("EC2: the instance has no launch time");
    }
    return launchTime;
  }

  private static Instance.Interface networkInterface(String account, NetworkInterface one) {
    OperatorResponse operator = one.operator();
    boolean managed =
        Boolean.TRUE.equals(one.requesterManaged())
            || (operator != null && Boolean.TRUE.equals(operator.managed()));
    List<String> groups = new ArrayList<>();
    one.groups().forEach(group -> groups.add(text(group.groupId())));
    return new Instance.Interface(
        text(one.networkInterfaceId()),
        text(one.vpcId()),
        !managed && account.equals(one.ownerId()),
        NetworkInterfaceType.TRUNK == one.interfaceType(),
        tags(one.tagSet()),
        groups);
  }

  @Override
  public Optional<SecurityGroup> group(String id) {
    try {
      for (software.amazon.awssdk.services.ec2.model.SecurityGroup group : ec2.groups(id)) {
        if (id.equals(group.groupId())) {
          return Optional.of(group(id, group));
        }
      }
      return Optional.empty();
    } catch (Refused e) {
      return missing(e, NO_GROUP);
    }
  }

  @Override
  public Optional<Map<String, String>> tagsOfGroup(String id) {
    try {
      return ec2.groups(id).stream()
          .filter(group -> id.equals(group.groupId()))
          .findFirst()
          .map(group -> tags(group.tags()));
    } catch (Refused e) {
      return missing(e, NO_GROUP);
    }
  }

  private SecurityGroup group(
      String id, software.amazon.awssdk.services.ec2.model.SecurityGroup group) throws Refused {
    String account = text(group.ownerId());
    List<IngressRule> ingress = new ArrayList<>();
    List<SecurityGroup.OpaqueRule> opaque = new ArrayList<>();
    List<SecurityGroupRule> rules = ec2.rules(id);
    for (SecurityGroupRule rule : rules) {
      if (Boolean.TRUE.equals(rule.isEgress())) {
        continue;
      }
      String cidr = text(rule.cidrIpv4()) + text(rule.cidrIpv6());
      String source = text(rule.prefixListId()) + groupId(rule.referencedGroupInfo());
      String ruleId = text(rule.securityGroupRuleId());
      String protocol = text(rule.ipProtocol());
      int from = port(rule.fromPort());
      int to = port(rule.toPort());
      if (!source.isEmpty()) {
        opaque.add(new SecurityGroup.OpaqueRule(ruleId, source, protocol, from, to));
      } else if (!cidr.isEmpty()) {
        ingress.add(
            new IngressRule(
                account,
                region,
                id,
                ruleId,
                protocol,
                from,
                to,
                cidr,
                Optional.of(text(rule.description())).filter(text -> !text.isEmpty())));
      }
    }
    int permissions = group.ipPermissions().size() + group.ipPermissionsEgress().size();
    return new SecurityGroup(
        account,
        region,
        id,
        text(group.vpcId()),
        tags(group.tags()),
        ingress,
        opaque,
        Math.max(rules.size(), permissions),
        ec2.interfaces("group-id", id).size());
  }

  private static String groupId(@Nullable ReferencedSecurityGroup group) {
    return group == null ? "" : text(group.groupId());
  }

  @Override
  public Optional<Membership> membership(String instance) {
    try {
      return autoScaling.instances(instance).stream()
          .filter(one -> instance.equals(one.instanceId()))
          .findFirst()
          .map(
              one ->
                  new Membership(
                      instance, text(one.autoScalingGroupName()), text(one.lifecycleState())));
    } catch (Refused e) {
      throw new Unavailable("EC2 Auto Scaling rejected the call: " + e.code(), e);
    }
  }

  @Override
  public Change enterStandby(Membership member) {
    try {
      autoScaling.enterStandby(member.group(), member.instance());
      return new Change.Made();
    } catch (Refused e) {
      return standbyDenied(e);
    }
  }

  @Override
  public Change exitStandby(Membership member) {
    try {
      autoScaling.exitStandby(member.group(), member.instance());
      return new Change.Made();
    } catch (Refused e) {
      return standbyDenied(e);
    }
  }

  /**
   * A retry of a successful call is denied too, so a denied retry proves nothing. All invalid calls
   * have the same error code; only the message has the cause, such as the maximum size of the
   * group.
   */
  private static Change standbyDenied(Refused e) {
    if (e.retried()) {
      throw new Unavailable("EC2 Auto Scaling rejected a retry: " + e.code(), e);
    }
    return e.code().equals(INVALID) ? new Change.Denied(INVALID + ": " + e.text()) : denied(e);
  }

  @Override
  public Change setGroups(Instance.Interface networkInterface, List<String> groups) {
    try {
      ec2.setGroups(networkInterface.id(), groups);
      return new Change.Made();
    } catch (Refused e) {
      return NO_INTERFACE.contains(e.code()) ? new Change.Gone() : denied(e);
    }
  }

  /** Revokes by the rule's content and not by its id, because an edited rule keeps its id. */
  @Override
  public Change revoke(IngressRule rule) {
    try {
      return ec2.revoke(rule.group(), permission(rule, Optional.empty())).isEmpty()
          ? new Change.Made()
          : new Change.Gone();
    } catch (Refused e) {
      if (e.code().equals(NO_RULE)) {
        return e.retried() ? new Change.Made() : new Change.Gone();
      }
      return NO_GROUP.contains(e.code()) ? new Change.Gone() : denied(e);
    }
  }

  @Override
  public Change authorize(IngressRule rule) {
    try {
      ec2.authorize(rule.group(), permission(rule, rule.description()));
      return new Change.Made();
    } catch (Refused e) {
      if (e.code().equals(SAME_RULE)) {
        return new Change.Made();
      }
      return NO_GROUP.contains(e.code()) ? new Change.Gone() : denied(e);
    }
  }

  private static IpPermission permission(IngressRule rule, Optional<String> description) {
    IpPermission.Builder permission = IpPermission.builder().ipProtocol(rule.protocol());
    if (!rule.protocol().equals("-1")) {
      permission.fromPort(rule.fromPort()).toPort(rule.toPort());
    }
    if (rule.cidr().indexOf(':') >= 0) {
      Ipv6Range.Builder range = Ipv6Range.builder().cidrIpv6(rule.cidr());
      description.ifPresent(range::description);
      return permission.ipv6Ranges(range.build()).build();
    }
    IpRange.Builder range = IpRange.builder().cidrIp(rule.cidr());
    description.ifPresent(range::description);
    return permission.ipRanges(range.build()).build();
  }

  private static Change denied(Refused e) {
    return new Change.Denied(e.code());
  }

  private static <T> Optional<T> missing(Refused e, Set<String> codes) {
    if (codes.contains(e.code())) {
      return Optional.empty();
    }
    throw new Unavailable("EC2 rejected the call: " + e.code(), e);
  }

  private static Map<String, String> tags(List<Tag> of) {
    Map<String, String> tags = new HashMap<>();
    of.forEach(tag -> tags.put(text(tag.key()), text(tag.value())));
    return tags;
  }

  private static int port(@Nullable Integer port) {
    return Objects.requireNonNullElse(port, -1);
  }

  private static String text(@Nullable String text) {
    return Objects.requireNonNullElse(text, "");
  }
}
