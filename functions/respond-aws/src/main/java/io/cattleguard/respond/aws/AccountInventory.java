package io.cattleguard.respond.aws;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.Target;
import io.cattleguard.respond.aws.actions.AwsScope;
import io.cattleguard.respond.aws.ec2.Ec2Inventory;
import io.cattleguard.respond.aws.iam.IamInventory;
import io.cattleguard.respond.aws.network.IngressRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Lists the objects of an account in one region that a finding could name: instances, security
 * groups with a rule for addresses, access keys of users, roles, the listed buckets, and one
 * address of the internet. Reads only.
 */
public final class AccountInventory {
  /** An address that is reserved for documentation, so it belongs to no host. */
  private static final String SOMEBODY = "203.0.113.1";

  private static final int A_PORT = 443;

  /** Looks like a session's access key, but is not one. */
  private static final String A_SESSION = "ASIA0000000000000000";

  private final Ec2Inventory ec2;
  private final IamInventory iam;
  private final String region;

  AccountInventory(Ec2Inventory ec2, IamInventory iam, String region) {
    this.ec2 = ec2;
    this.iam = iam;
    this.region = region;
  }

  /** Uses clients that these clients create. */
  public static AccountInventory of(AwsClients aws, String region) {
    return new AccountInventory(
        Ec2Inventory.of(aws.in(region)), IamInventory.of(aws.in(region)), region);
  }

  /**
   * Lists them.
   *
   * @throws Unavailable if the account cannot be listed
   */
  public List<AccountObject> objects(AwsScope scope) {
    String account =
        iam.account()
            .or(ec2::account)
            .orElseThrow(() -> new Unavailable("the account has no role, user and security group"));
    List<AccountObject> all = new ArrayList<>();
    for (String id : ec2.instances()) {
      all.add(
          new AccountObject(
              "instance", id, here(account).instance(id).build(), ObservedConnection.UNKNOWN));
    }
    for (String id : ec2.groups()) {
      scope
          .network()
          .group(id)
          .flatMap(group -> group.ingress().stream().findFirst())
          .ifPresent(
              rule ->
                  all.add(
                      new AccountObject(
                          "security group",
                          id,
                          here(account).securityGroup(id).build(),
                          through(rule))));
    }
    for (Map.Entry<String, List<String>> user : iam.keys().entrySet()) {
      for (String key : user.getValue()) {
        all.add(
            new AccountObject(
                "access key",
                user.getKey() + "/" + key,
                here(account)
                    .principal(user.getKey())
                    .principalType("IAMUser")
                    .accessKey(key)
                    .build(),
                ObservedConnection.UNKNOWN));
      }
    }
    for (String role : iam.roles()) {
      all.add(
          new AccountObject(
              "role",
              role,
              here(account)
                  .principal(role)
                  .principalType("AssumedRole")
                  .accessKey(A_SESSION)
                  .build(),
              ObservedConnection.UNKNOWN));
    }
    for (String bucket : scope.storage().listed()) {
      all.add(
          new AccountObject(
              "bucket",
              bucket,
              here(account).resource("arn:aws:s3:::" + bucket).build(),
              ObservedConnection.UNKNOWN));
    }
    all.add(new AccountObject("address", SOMEBODY, here(account).build(), from(SOMEBODY, A_PORT)));
    return all;
  }

  private Target.Builder here(String account) {
    return Target.builder().account(account).region(region);
  }

  /** A connection that the rule allows. */
  private static ObservedConnection through(IngressRule rule) {
    String peer =
        Cidr.parse(rule.cidr())
            .filter(network -> network.prefix() > 0)
            .map(network -> network.first().toString())
            .orElse(rule.cidr().indexOf(':') < 0 ? SOMEBODY : "2001:db8::1");
    return from(peer, Math.max(rule.fromPort(), 1));
  }

  private static ObservedConnection from(String peer, int port) {
    return new ObservedConnection(peer, null, port, "tcp", "inbound");
  }
}
