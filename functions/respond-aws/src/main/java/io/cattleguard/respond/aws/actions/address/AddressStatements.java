package io.cattleguard.respond.aws.actions.address;

import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.aws.actions.Statement;
import io.cattleguard.respond.aws.actions.Statements;
import java.util.List;

/** The permissions of {@link BlockAddress} in an account. */
final class AddressStatements {
  static final List<Permission> ALL =
      List.of(
          Statements.SEE_GROUPS,
          Statement.toLook(
              "SeeOwnAddressesAndPrefixLists",
              "ec2:DescribeVpcs",
              "ec2:DescribeAddresses",
              "ec2:DescribeManagedPrefixLists",
              "ec2:GetManagedPrefixListEntries",
              "ec2:GetManagedPrefixListAssociations"),
          // An earlier rule of a web ACL may allow another IP set, which may contain the address.
          Statement.toLook(
              "SeeWebAclsAndIpSets",
              "wafv2:ListWebACLs",
              "wafv2:GetWebACL",
              "wafv2:GetIPSet",
              "wafv2:ListResourcesForWebACL"),
          // ListResourcesForWebACL needs these for the resources of three services.
          Statement.toLook("SeeUserPoolsOfWebAcls", "cognito-idp:ListResourcesForWebACL"),
          Statement.toLook("SeeServicesOfWebAcls", "apprunner:ListAssociatedServicesForWebAcl"),
          Statement.toLook(
              "SeeVerifiedAccessOfWebAcls", "ec2:DescribeVerifiedAccessInstanceWebAclAssociations"),
          Statement.toChange(
              "ChangeListedIpSets", Statement.IP_SET, Statement.Bound.LISTED, "wafv2:UpdateIPSet"),
          Statement.toChange(
              "ChangeListedPrefixLists",
              Statement.PREFIX_LIST,
              Statement.Bound.LISTED,
              "ec2:ModifyManagedPrefixList"));

  private AddressStatements() {}
}
