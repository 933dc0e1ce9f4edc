package io.cattleguard.respond.aws.ec2;

import static io.cattleguard.respond.aws.ec2.Ec2Query.items;
import static io.cattleguard.respond.aws.ec2.Ec2Query.text;

import io.cattleguard.respond.Unavailable;
import io.cattleguard.respond.aws.network.IngressRule;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.Network;
import io.cattleguard.respond.aws.network.SecurityGroup;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.w3c.dom.Element;

/** A network in EC2. What it cannot read whole, it does not answer. */
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

  private final Ec2Query ec2;
  private final String region;
  private final Map<String, String> quarantineGroups;

  /**
   * Over EC2's API.
   *
   * @param quarantineGroups by VPC, the group without rules
   */
  public Ec2Network(Ec2Query ec2, String region, Map<String, String> quarantineGroups) {
    this.ec2 = ec2;
    this.region = region;
    this.quarantineGroups = Map.copyOf(quarantineGroups);
  }

  @Override
  public Optional<String> quarantineGroup(String vpc) {
    return Optional.ofNullable(quarantineGroups.get(vpc));
  }

  @Override
  public Optional<Instance> instance(String id) {
    try {
      List<Element> reservations =
          ec2.all("DescribeInstances", Map.of("InstanceId.1", id), "reservationSet");
      for (Element reservation : reservations) {
        for (Element instance : items(reservation, "instancesSet")) {
          if (text(instance, "instanceId").equals(id)) {
            return Optional.of(instance(text(reservation, "ownerId"), instance));
          }
        }
      }
      return Optional.empty();
    } catch (Ec2Query.Fault e) {
      return missing(e, NO_INSTANCE);
    }
  }

  private Instance instance(String account, Element instance) throws Ec2Query.Fault {
    String id = text(instance, "instanceId");
    List<Instance.Interface> interfaces = new ArrayList<>();
    Set<String> described = new HashSet<>();
    for (Element one : interfaces("attachment.instance-id", id)) {
      described.add(text(one, "networkInterfaceId"));
      interfaces.add(networkInterface(account, one));
    }
    for (Element one : items(instance, "networkInterfaceSet")) {
      if (!described.contains(text(one, "networkInterfaceId"))) {
        throw new Unavailable(
            "EC2 does not describe " + text(one, "networkInterfaceId") + " of " + id + " yet");
      }
    }
    return new Instance(
        account,
        region,
        id,
        text(instance, "vpcId"),
        !ENDING.contains(text(instance, "instanceState", "name")),
        time(text(instance, "launchTime")),
        tags(instance),
        interfaces,
        Optional.empty());
  }

  private List<Element> interfaces(String filter, String value) throws Ec2Query.Fault {
    return ec2.all(
        "DescribeNetworkInterfaces",
        Map.of("Filter.1.Name", filter, "Filter.1.Value.1", value),
        "networkInterfaceSet");
  }

  private static Instance.Interface networkInterface(String account, Element one) {
    boolean managed =
        text(one, "requesterManaged").equals("true")
            || text(one, "operator", "managed").equals("true");
    List<String> groups = new ArrayList<>();
    items(one, "groupSet").forEach(group -> groups.add(text(group, "groupId")));
    return new Instance.Interface(
        text(one, "networkInterfaceId"),
        text(one, "vpcId"),
        !managed && text(one, "ownerId").equals(account),
        tags(one),
        groups);
  }

  @Override
  public Optional<SecurityGroup> group(String id) {
    try {
      List<Element> groups =
          ec2.all("DescribeSecurityGroups", Map.of("GroupId.1", id), "securityGroupInfo");
      for (Element group : groups) {
        if (text(group, "groupId").equals(id)) {
          return Optional.of(group(id, group));
        }
      }
      return Optional.empty();
    } catch (Ec2Query.Fault e) {
      return missing(e, NO_GROUP);
    }
  }

  private SecurityGroup group(String id, Element group) throws Ec2Query.Fault {
    String account = text(group, "ownerId");
    List<IngressRule> ingress = new ArrayList<>();
    List<SecurityGroup.OpaqueRule> opaque = new ArrayList<>();
    List<Element> rules =
        ec2.all(
            "DescribeSecurityGroupRules",
            Map.of("Filter.1.Name", "group-id", "Filter.1.Value.1", id),
            "securityGroupRuleSet");
    for (Element rule : rules) {
      if (text(rule, "isEgress").equals("true")) {
        continue;
      }
      String cidr = text(rule, "cidrIpv4") + text(rule, "cidrIpv6");
      String source = text(rule, "prefixListId") + text(rule, "referencedGroupInfo", "groupId");
      String ruleId = text(rule, "securityGroupRuleId");
      String protocol = text(rule, "ipProtocol");
      if (!source.isEmpty()) {
        opaque.add(
            new SecurityGroup.OpaqueRule(
                ruleId, source, protocol, port(rule, "fromPort"), port(rule, "toPort")));
      } else if (!cidr.isEmpty()) {
        ingress.add(
            new IngressRule(
                account,
                region,
                id,
                ruleId,
                protocol,
                port(rule, "fromPort"),
                port(rule, "toPort"),
                cidr,
                Optional.of(text(rule, "description")).filter(text -> !text.isEmpty())));
      }
    }
    int permissions =
        items(group, "ipPermissions").size() + items(group, "ipPermissionsEgress").size();
    return new SecurityGroup(
        account,
        region,
        id,
        text(group, "vpcId"),
        tags(group),
        ingress,
        opaque,
        Math.max(rules.size(), permissions),
        interfaces("group-id", id).size());
  }

  @Override
  public Change setGroups(Instance.Interface networkInterface, List<String> groups) {
    Map<String, String> parameters = new TreeMap<>();
    parameters.put("NetworkInterfaceId", networkInterface.id());
    for (int i = 0; i < groups.size(); i++) {
      parameters.put("SecurityGroupId." + (i + 1), groups.get(i));
    }
    try {
      ec2.call("ModifyNetworkInterfaceAttribute", parameters);
      return new Change.Made();
    } catch (Ec2Query.Fault e) {
      return NO_INTERFACE.contains(e.code()) ? new Change.Gone() : denied(e);
    }
  }

  /** By what it lets in and not by its id: a rule that was edited meanwhile keeps its id. */
  @Override
  public Change revoke(IngressRule rule) {
    try {
      Element answer = ec2.call("RevokeSecurityGroupIngress", permission(rule, Optional.empty()));
      return items(answer, "unknownIpPermissionSet").isEmpty()
          ? new Change.Made()
          : new Change.Gone();
    } catch (Ec2Query.Fault e) {
      if (e.code().equals(NO_RULE)) {
        return e.again() ? new Change.Made() : new Change.Gone();
      }
      return NO_GROUP.contains(e.code()) ? new Change.Gone() : denied(e);
    }
  }

  @Override
  public Change authorize(IngressRule rule) {
    try {
      ec2.call("AuthorizeSecurityGroupIngress", permission(rule, rule.description()));
      return new Change.Made();
    } catch (Ec2Query.Fault e) {
      if (e.code().equals(SAME_RULE)) {
        return new Change.Made();
      }
      return NO_GROUP.contains(e.code()) ? new Change.Gone() : denied(e);
    }
  }

  private static Map<String, String> permission(IngressRule rule, Optional<String> description) {
    Map<String, String> parameters = new TreeMap<>();
    parameters.put("GroupId", rule.group());
    parameters.put("IpPermissions.1.IpProtocol", rule.protocol());
    if (!rule.protocol().equals("-1")) {
      parameters.put("IpPermissions.1.FromPort", String.valueOf(rule.fromPort()));
      parameters.put("IpPermissions.1.ToPort", String.valueOf(rule.toPort()));
    }
    boolean six = rule.cidr().indexOf(':') >= 0;
    String range = "IpPermissions.1." + (six ? "Ipv6Ranges.1." : "IpRanges.1.");
    parameters.put(range + (six ? "CidrIpv6" : "CidrIp"), rule.cidr());
    description.ifPresent(text -> parameters.put(range + "Description", text));
    return parameters;
  }

  private static Change denied(Ec2Query.Fault e) {
    return new Change.Denied(String.valueOf(e.getMessage()));
  }

  private static <T> Optional<T> missing(Ec2Query.Fault e, Set<String> codes) {
    if (codes.contains(e.code())) {
      return Optional.empty();
    }
    throw new Unavailable("EC2 says " + e.getMessage(), e);
  }

  private static Map<String, String> tags(Element of) {
    Map<String, String> tags = new HashMap<>();
    items(of, "tagSet").forEach(tag -> tags.put(text(tag, "key"), text(tag, "value")));
    return tags;
  }

  private static int port(Element rule, String which) {
    try {
      return Integer.parseInt(text(rule, which));
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static Instant time(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw new Unavailable("EC2 does not say when the instance was started", e);
    }
  }
}
