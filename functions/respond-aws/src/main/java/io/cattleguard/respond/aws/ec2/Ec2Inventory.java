package io.cattleguard.respond.aws.ec2;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.api.Refused;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.services.ec2.model.Instance;
import software.amazon.awssdk.services.ec2.model.SecurityGroup;

/** The ids of an account's instances and security groups in one region. */
public final class Ec2Inventory {
  private final Ec2Calls ec2;

  Ec2Inventory(Ec2Calls ec2) {
    this.ec2 = ec2;
  }

  /** Uses a client that these clients create. */
  public static Ec2Inventory of(AwsClients aws) {
    return new Ec2Inventory(Ec2Calls.of(aws));
  }

  /** The instances that are not terminated. */
  public List<String> instances() {
    try {
      return ec2.everyInstance().stream()
          .flatMap(reservation -> reservation.instances().stream())
          .filter(one -> !"terminated".equals(one.state().nameAsString()))
          .map(Instance::instanceId)
          .sorted()
          .toList();
    } catch (Refused e) {
      throw new Unavailable("EC2 rejected DescribeInstances: " + e.code(), e);
    }
  }

  /** The id of the account, from a security group; empty if it has none. */
  public Optional<String> account() {
    try {
      return ec2.everyGroup().stream().map(SecurityGroup::ownerId).findFirst();
    } catch (Refused e) {
      throw new Unavailable("EC2 rejected DescribeSecurityGroups: " + e.code(), e);
    }
  }

  /** The security groups. */
  public List<String> groups() {
    try {
      return ec2.everyGroup().stream().map(SecurityGroup::groupId).sorted().toList();
    } catch (Refused e) {
      throw new Unavailable("EC2 rejected DescribeSecurityGroups: " + e.code(), e);
    }
  }
}
