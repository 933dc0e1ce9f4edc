package io.cattleguard.respond.aws.ec2;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.respond.aws.api.ApiCalls;
import io.cattleguard.respond.aws.api.Refused;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsResponse;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.AddPrefixListEntry;
import software.amazon.awssdk.services.ec2.model.Address;
import software.amazon.awssdk.services.ec2.model.AuthorizeSecurityGroupIngressResponse;
import software.amazon.awssdk.services.ec2.model.CreateSnapshotsResponse;
import software.amazon.awssdk.services.ec2.model.DescribeAddressesResponse;
import software.amazon.awssdk.services.ec2.model.DescribeInstancesResponse;
import software.amazon.awssdk.services.ec2.model.DescribeManagedPrefixListsResponse;
import software.amazon.awssdk.services.ec2.model.DescribeNetworkInterfacesResponse;
import software.amazon.awssdk.services.ec2.model.DescribeSecurityGroupRulesResponse;
import software.amazon.awssdk.services.ec2.model.DescribeSecurityGroupsResponse;
import software.amazon.awssdk.services.ec2.model.DescribeSnapshotsResponse;
import software.amazon.awssdk.services.ec2.model.DescribeVolumesResponse;
import software.amazon.awssdk.services.ec2.model.DescribeVpcsResponse;
import software.amazon.awssdk.services.ec2.model.Ec2Response;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.GetManagedPrefixListAssociationsResponse;
import software.amazon.awssdk.services.ec2.model.GetManagedPrefixListEntriesResponse;
import software.amazon.awssdk.services.ec2.model.IpPermission;
import software.amazon.awssdk.services.ec2.model.ManagedPrefixList;
import software.amazon.awssdk.services.ec2.model.ModifyManagedPrefixListRequest;
import software.amazon.awssdk.services.ec2.model.ModifyManagedPrefixListResponse;
import software.amazon.awssdk.services.ec2.model.ModifyNetworkInterfaceAttributeResponse;
import software.amazon.awssdk.services.ec2.model.NetworkInterface;
import software.amazon.awssdk.services.ec2.model.PrefixListAssociation;
import software.amazon.awssdk.services.ec2.model.PrefixListEntry;
import software.amazon.awssdk.services.ec2.model.RemovePrefixListEntry;
import software.amazon.awssdk.services.ec2.model.Reservation;
import software.amazon.awssdk.services.ec2.model.ResourceType;
import software.amazon.awssdk.services.ec2.model.SecurityGroup;
import software.amazon.awssdk.services.ec2.model.SecurityGroupRule;
import software.amazon.awssdk.services.ec2.model.Snapshot;
import software.amazon.awssdk.services.ec2.model.Tag;
import software.amazon.awssdk.services.ec2.model.TagSpecification;
import software.amazon.awssdk.services.ec2.model.Volume;
import software.amazon.awssdk.services.ec2.model.Vpc;

/** The calls to EC2, as {@link ApiCalls} makes them. */
final class Ec2Calls {
  private static final AwsLimits LIMITS =
      new AwsLimits(5, Duration.ofSeconds(8), Duration.ofSeconds(20));
  private static final String SERVICE = "EC2 ";

  private final Ec2Client ec2;

  Ec2Calls(Ec2Client ec2) {
    this.ec2 = ec2;
  }

  /** Uses an EC2 client that these clients create. */
  static Ec2Calls of(AwsClients aws) {
    return new Ec2Calls(aws.build("EC2", Ec2Client.builder(), LIMITS));
  }

  List<Reservation> instances(String id) throws Refused {
    return all(
        "DescribeInstances",
        () -> ec2.describeInstancesPaginator(request -> request.instanceIds(id)),
        DescribeInstancesResponse::hasReservations,
        DescribeInstancesResponse::reservations,
        DescribeInstancesResponse::nextToken);
  }

  List<NetworkInterface> interfaces(String filter, String value) throws Refused {
    return all(
        "DescribeNetworkInterfaces",
        () ->
            ec2.describeNetworkInterfacesPaginator(request -> request.filters(only(filter, value))),
        DescribeNetworkInterfacesResponse::hasNetworkInterfaces,
        DescribeNetworkInterfacesResponse::networkInterfaces,
        DescribeNetworkInterfacesResponse::nextToken);
  }

  List<SecurityGroup> groups(String id) throws Refused {
    return all(
        "DescribeSecurityGroups",
        () -> ec2.describeSecurityGroupsPaginator(request -> request.groupIds(id)),
        DescribeSecurityGroupsResponse::hasSecurityGroups,
        DescribeSecurityGroupsResponse::securityGroups,
        DescribeSecurityGroupsResponse::nextToken);
  }

  /** The groups with that value of a filter. */
  List<SecurityGroup> groupsBy(String filter, String value) throws Refused {
    return all(
        "DescribeSecurityGroups",
        () -> ec2.describeSecurityGroupsPaginator(request -> request.filters(only(filter, value))),
        DescribeSecurityGroupsResponse::hasSecurityGroups,
        DescribeSecurityGroupsResponse::securityGroups,
        DescribeSecurityGroupsResponse::nextToken);
  }

  List<Reservation> everyInstance() throws Refused {
    return all(
        "DescribeInstances",
        ec2::describeInstancesPaginator,
        DescribeInstancesResponse::hasReservations,
        DescribeInstancesResponse::reservations,
        DescribeInstancesResponse::nextToken);
  }

  List<SecurityGroup> everyGroup() throws Refused {
    return all(
        "DescribeSecurityGroups",
        ec2::describeSecurityGroupsPaginator,
        DescribeSecurityGroupsResponse::hasSecurityGroups,
        DescribeSecurityGroupsResponse::securityGroups,
        DescribeSecurityGroupsResponse::nextToken);
  }

  List<Vpc> vpcs() throws Refused {
    return all(
        "DescribeVpcs",
        ec2::describeVpcsPaginator,
        DescribeVpcsResponse::hasVpcs,
        DescribeVpcsResponse::vpcs,
        DescribeVpcsResponse::nextToken);
  }

  /** The Elastic IP addresses of the account. */
  List<Address> addresses() throws Refused {
    return once(
            "DescribeAddresses", ec2::describeAddresses, DescribeAddressesResponse::hasAddresses)
        .addresses();
  }

  List<ManagedPrefixList> prefixLists(String filter, String value) throws Refused {
    return all(
        "DescribeManagedPrefixLists",
        () ->
            ec2.describeManagedPrefixListsPaginator(
                request -> request.filters(only(filter, value))),
        DescribeManagedPrefixListsResponse::hasPrefixLists,
        DescribeManagedPrefixListsResponse::prefixLists,
        DescribeManagedPrefixListsResponse::nextToken);
  }

  List<PrefixListEntry> entries(String prefixList) throws Refused {
    return all(
        "GetManagedPrefixListEntries",
        () -> ec2.getManagedPrefixListEntriesPaginator(request -> request.prefixListId(prefixList)),
        GetManagedPrefixListEntriesResponse::hasEntries,
        GetManagedPrefixListEntriesResponse::entries,
        GetManagedPrefixListEntriesResponse::nextToken);
  }

  List<PrefixListAssociation> associations(String prefixList) throws Refused {
    return all(
        "GetManagedPrefixListAssociations",
        () ->
            ec2.getManagedPrefixListAssociationsPaginator(
                request -> request.prefixListId(prefixList)),
        GetManagedPrefixListAssociationsResponse::hasPrefixListAssociations,
        GetManagedPrefixListAssociationsResponse::prefixListAssociations,
        GetManagedPrefixListAssociationsResponse::nextToken);
  }

  void addEntry(String prefixList, String version, String cidr, String description) throws Refused {
    modify(
        request ->
            request
                .prefixListId(prefixList)
                .currentVersion(Long.valueOf(version))
                .addEntries(
                    AddPrefixListEntry.builder().cidr(cidr).description(description).build()));
  }

  void removeEntry(String prefixList, String version, String cidr) throws Refused {
    modify(
        request ->
            request
                .prefixListId(prefixList)
                .currentVersion(Long.valueOf(version))
                .removeEntries(RemovePrefixListEntry.builder().cidr(cidr).build()));
  }

  private void modify(Consumer<ModifyManagedPrefixListRequest.Builder> with) throws Refused {
    ModifyManagedPrefixListResponse unused =
        once(
            "ModifyManagedPrefixList",
            () -> ec2.modifyManagedPrefixList(with),
            answer -> answer.prefixList() != null);
  }

  List<SecurityGroupRule> rules(String group) throws Refused {
    return all(
        "DescribeSecurityGroupRules",
        () ->
            ec2.describeSecurityGroupRulesPaginator(
                request -> request.filters(only("group-id", group))),
        DescribeSecurityGroupRulesResponse::hasSecurityGroupRules,
        DescribeSecurityGroupRulesResponse::securityGroupRules,
        DescribeSecurityGroupRulesResponse::nextToken);
  }

  private static Filter only(String name, String value) {
    return Filter.builder().name(name).values(value).build();
  }

  void setGroups(String networkInterface, List<String> groups) throws Refused {
    ModifyNetworkInterfaceAttributeResponse unused =
        once(
            "ModifyNetworkInterfaceAttribute",
            () ->
                ec2.modifyNetworkInterfaceAttribute(
                    request -> request.networkInterfaceId(networkInterface).groups(groups)),
            answer -> true);
  }

  /** Returns the permissions that the group does not have. */
  List<IpPermission> revoke(String group, IpPermission permission) throws Refused {
    return once(
            "RevokeSecurityGroupIngress",
            () ->
                ec2.revokeSecurityGroupIngress(
                    request -> request.groupId(group).ipPermissions(permission)),
            answer -> Boolean.TRUE.equals(answer.returnValue()))
        .unknownIpPermissions();
  }

  void authorize(String group, IpPermission permission) throws Refused {
    AuthorizeSecurityGroupIngressResponse unused =
        once(
            "AuthorizeSecurityGroupIngress",
            () ->
                ec2.authorizeSecurityGroupIngress(
                    request -> request.groupId(group).ipPermissions(permission)),
            answer -> Boolean.TRUE.equals(answer.returnValue()));
  }

  List<Volume> volumes(String instance) throws Refused {
    return all(
        "DescribeVolumes",
        () ->
            ec2.describeVolumesPaginator(
                request -> request.filters(only("attachment.instance-id", instance))),
        DescribeVolumesResponse::hasVolumes,
        DescribeVolumesResponse::volumes,
        DescribeVolumesResponse::nextToken);
  }

  /** Those of this account with all these tags. */
  List<Snapshot> snapshots(Map<String, String> tags) throws Refused {
    List<Filter> filters =
        new TreeMap<>(tags)
            .entrySet().stream().map(tag -> only("tag:" + tag.getKey(), tag.getValue())).toList();
    return all(
        "DescribeSnapshots",
        () -> ec2.describeSnapshotsPaginator(request -> request.ownerIds("self").filters(filters)),
        DescribeSnapshotsResponse::hasSnapshots,
        DescribeSnapshotsResponse::snapshots,
        DescribeSnapshotsResponse::nextToken);
  }

  void takeSnapshots(String instance, Map<String, String> tags) throws Refused {
    List<Tag> all =
        new TreeMap<>(tags)
            .entrySet().stream()
                .map(tag -> Tag.builder().key(tag.getKey()).value(tag.getValue()).build())
                .toList();
    CreateSnapshotsResponse unused =
        once(
            "CreateSnapshots",
            () ->
                ec2.createSnapshots(
                    request ->
                        request
                            .instanceSpecification(of -> of.instanceId(instance))
                            .description("Evidence, taken by Cattleguard")
                            .tagSpecifications(
                                TagSpecification.builder()
                                    .resourceType(ResourceType.SNAPSHOT)
                                    .tags(all)
                                    .build())),
            CreateSnapshotsResponse::hasSnapshots);
  }

  private static <T extends AwsResponse> T once(
      String action, Supplier<T> call, Predicate<T> isWhole) throws Refused {
    return ApiCalls.once(SERVICE + action, call, isWhole);
  }

  private static <P extends Ec2Response, T> List<T> all(
      String action,
      Supplier<? extends Iterable<P>> call,
      Predicate<P> isWhole,
      Function<P, List<T>> items,
      Function<P, @Nullable String> next)
      throws Refused {
    return ApiCalls.all(SERVICE + action, call, isWhole, items, next);
  }
}
