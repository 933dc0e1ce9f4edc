package io.cattleguard.respond.aws;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.aws.actions.AwsScope;
import io.cattleguard.respond.aws.blocklist.Addresses;
import io.cattleguard.respond.aws.ec2.Ec2Network;
import io.cattleguard.respond.aws.ec2.Ec2Snapshots;
import io.cattleguard.respond.aws.iam.IamIdentities;
import io.cattleguard.respond.aws.s3.S3Buckets;
import io.cattleguard.respond.aws.storage.Storage;
import io.cattleguard.respond.aws.waf.AwsBlocklists;

/** A real account in one region, as the function's environment describes it. */
public final class AwsAccount {
  private AwsAccount() {}

  /**
   * The place of the actions.
   *
   * @param env the environment of the function
   * @throws IllegalStateException naming the invalid variable
   */
  public static AwsScope of(Env env, AwsClients aws, String region, Limits limits) {
    Ec2Settings account = Ec2Settings.of(env);
    AwsClients here = aws.in(region);
    return new AwsScope(
        Ec2Network.of(aws, region, account.quarantineGroups()),
        IamIdentities.of(here),
        new Storage(S3Buckets.of(here), Ec2Snapshots.of(here), account.responseBuckets()),
        new Addresses(AwsBlocklists.of(here), account.blockLists(), limits.neverDeny()),
        account.responseTag(),
        account.protectedPrincipals());
  }
}
