package io.cattleguard.respond.aws.ec2;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.api.Refused;
import io.cattleguard.respond.aws.blocklist.Blocklist;
import io.cattleguard.respond.aws.blocklist.Blocklists.Uses;
import io.cattleguard.respond.aws.blocklist.ListArn;
import io.cattleguard.respond.aws.network.Network.Change;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.ec2.model.Address;
import software.amazon.awssdk.services.ec2.model.ManagedPrefixList;
import software.amazon.awssdk.services.ec2.model.NetworkInterface;
import software.amazon.awssdk.services.ec2.model.NetworkInterfaceAssociation;
import software.amazon.awssdk.services.ec2.model.PrefixListAssociation;
import software.amazon.awssdk.services.ec2.model.PrefixListEntry;
import software.amazon.awssdk.services.ec2.model.SecurityGroup;
import software.amazon.awssdk.services.ec2.model.Vpc;

/** Managed prefix lists, and the addresses that an account and the services of AWS use. */
public final class Ec2Addresses {
  private static final String AWS = "AWS";
  private static final String A_GROUP = "a rule of security group ";

  /** Filters of security groups whose rules refer to a list. */
  private static final List<String> REFERENCES =
      List.of("ip-permission.prefix-list-id", "egress.ip-permission.prefix-list-id");

  private static final Set<String> NO_LIST =
      Set.of("InvalidPrefixListID.NotFound", "InvalidPrefixListId.NotFound");

  /** The list is being changed, or has another version. */
  private static final Set<String> LATER = Set.of("IncorrectState", "PrefixListVersionMismatch");

  private final Ec2Calls ec2;

  Ec2Addresses(Ec2Calls ec2) {
    this.ec2 = ec2;
  }

  /** Uses a client that these clients create. */
  public static Ec2Addresses of(AwsClients aws) {
    return new Ec2Addresses(Ec2Calls.of(aws));
  }

  /** The list with its entries. */
  public Optional<Blocklist> list(ListArn arn) {
    try {
      Optional<ManagedPrefixList> found =
          ec2.prefixLists("prefix-list-id", arn.id()).stream().findFirst();
      if (found.isEmpty()) {
        return Optional.empty();
      }
      ManagedPrefixList is = found.get();
      Long version = is.version();
      Integer most = is.maxEntries();
      if (!arn.id().equals(is.prefixListId()) || version == null || most == null) {
        throw new Unavailable("EC2 answered about another prefix list");
      }
      List<Blocklist.Entry> entries = new ArrayList<>();
      for (PrefixListEntry entry : ec2.entries(arn.id())) {
        entries.add(new Blocklist.Entry(network(entry), text(entry.description())));
      }
      return Optional.of(
          new Blocklist(
              arn, "IPv4".equals(is.addressFamily()), entries, most, String.valueOf(version)));
    } catch (Refused e) {
      if (NO_LIST.contains(e.code())) {
        return Optional.empty();
      }
      throw rejected(e);
    }
  }

  private static Cidr network(PrefixListEntry entry) {
    return Cidr.parse(text(entry.cidr()))
        .orElseThrow(() -> new Unavailable("a prefix list has an entry that is no network"));
  }

  /**
   * A security group allows the list's addresses, and a route table routes to them; neither can
   * block, and a network ACL cannot refer to a list. The associations include those of accounts
   * that share the list.
   */
  public Uses uses(ListArn arn) {
    try {
      Set<String> allowing = new LinkedHashSet<>();
      Set<String> unclear = new LinkedHashSet<>();
      for (String filter : REFERENCES) {
        for (SecurityGroup group : ec2.groupsBy(filter, arn.id())) {
          allowing.add(A_GROUP + text(group.groupId()));
        }
      }
      for (PrefixListAssociation one : ec2.associations(arn.id())) {
        String id = text(one.resourceId());
        if (id.startsWith("sg-")) {
          allowing.add(A_GROUP + id);
        } else if (id.startsWith("rtb-")) {
          allowing.add("a route of route table " + id);
        } else if (!id.isEmpty()) {
          unclear.add(id + ", of which it is not known whether it drops what the list contains");
        }
      }
      if (unclear.isEmpty()) {
        unclear.add(
            "nothing was seen that refers to prefix list "
                + arn.id()
                + "; EC2 does not show rule groups of AWS Network Firewall");
      }
      return new Uses(List.copyOf(allowing), List.of(), List.of(), List.copyOf(unclear));
    } catch (Refused e) {
      throw rejected(e);
    }
  }

  /** Adds an entry with a description. */
  public Change add(Blocklist read, Cidr network, String note) {
    return changed(() -> ec2.addEntry(read.arn().id(), read.version(), network.inWords(), note));
  }

  /** Removes an entry. */
  public Change remove(Blocklist read, Cidr network) {
    return changed(() -> ec2.removeEntry(read.arn().id(), read.version(), network.inWords()));
  }

  private interface Call {
    void make() throws Refused;
  }

  private static Change changed(Call call) {
    try {
      call.make();
      return new Change.Made();
    } catch (Refused e) {
      if (LATER.contains(e.code())) {
        throw new Unavailable("the prefix list was changed meanwhile: " + e.code(), e);
      }
      return NO_LIST.contains(e.code()) ? new Change.Gone() : new Change.Denied(e.code());
    }
  }

  /** Why an address of the network is the account's own, or a service's. */
  public Optional<String> own(Cidr network) {
    try {
      Optional<String> ofVpc = ofVpc(network);
      if (ofVpc.isPresent()) {
        return ofVpc;
      }
      Optional<String> ofInterface = network.isIpv4() ? ofInterface(network) : Optional.empty();
      return ofInterface.isPresent() ? ofInterface : ofAws(network);
    } catch (Refused e) {
      throw rejected(e);
    }
  }

  private Optional<String> ofVpc(Cidr network) throws Refused {
    for (Vpc vpc : ec2.vpcs()) {
      List<@Nullable String> blocks = new ArrayList<>();
      blocks.add(vpc.cidrBlock());
      vpc.cidrBlockAssociationSet().forEach(one -> blocks.add(one.cidrBlock()));
      vpc.ipv6CidrBlockAssociationSet().forEach(one -> blocks.add(one.ipv6CidrBlock()));
      for (String block : blocks) {
        if (overlaps(block, network)) {
          return Optional.of("has addresses of VPC " + text(vpc.vpcId()));
        }
      }
    }
    return Optional.empty();
  }

  /** NAT gateways, load balancers and instances have interfaces with a public address. */
  private Optional<String> ofInterface(Cidr network) throws Refused {
    for (Address address : ec2.addresses()) {
      if (overlaps(address.publicIp(), network)) {
        return Optional.of(
            "has the Elastic IP address " + text(address.publicIp()) + " of the account");
      }
    }
    for (NetworkInterface one : ec2.interfaces("association.public-ip", filter(network))) {
      NetworkInterfaceAssociation association = one.association();
      if (association != null && overlaps(association.publicIp(), network)) {
        return Optional.of(
            "has the public address of network interface " + text(one.networkInterfaceId()));
      }
    }
    return Optional.empty();
  }

  /** Steps block at most a /24, so only the last number may differ. */
  private static String filter(Cidr network) {
    String first = network.first().toString();
    return network.isOneAddress() ? first : first.substring(0, first.lastIndexOf('.') + 1) + "*";
  }

  /** CloudFront, health checks of Route 53, S3 and others have prefix lists that AWS keeps. */
  private Optional<String> ofAws(Cidr network) throws Refused {
    String family = network.isIpv4() ? "IPv4" : "IPv6";
    for (ManagedPrefixList list : ec2.prefixLists("owner-id", AWS)) {
      if (!family.equals(list.addressFamily()) && list.addressFamily() != null) {
        continue;
      }
      for (PrefixListEntry entry : ec2.entries(text(list.prefixListId()))) {
        if (network(entry).overlaps(network)) {
          return Optional.of("has addresses of " + text(list.prefixListName()) + " of AWS");
        }
      }
    }
    return Optional.empty();
  }

  private static boolean overlaps(@Nullable String written, Cidr network) {
    return written != null
        && Cidr.parseNetworkOrAddress(written).filter(network::overlaps).isPresent();
  }

  private static Unavailable rejected(Refused e) {
    return new Unavailable("EC2 rejected the call: " + e.code(), e);
  }

  private static String text(@Nullable String text) {
    return Objects.requireNonNullElse(text, "");
  }
}
