package io.cattleguard.respond.aws.waf;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.respond.aws.blocklist.Blocklist;
import io.cattleguard.respond.aws.blocklist.Blocklists;
import io.cattleguard.respond.aws.blocklist.ListArn;
import io.cattleguard.respond.aws.ec2.Ec2Addresses;
import io.cattleguard.respond.aws.network.Network.Change;
import java.util.Optional;

/** Real lists: IP sets of AWS WAF and managed prefix lists. */
public final class AwsBlocklists implements Blocklists {
  private final WafIpSets waf;
  private final Ec2Addresses ec2;

  AwsBlocklists(WafIpSets waf, Ec2Addresses ec2) {
    this.waf = waf;
    this.ec2 = ec2;
  }

  /** Uses clients that these clients create. */
  public static AwsBlocklists of(AwsClients aws) {
    return new AwsBlocklists(new WafIpSets(aws), Ec2Addresses.of(aws));
  }

  @Override
  public Optional<Blocklist> list(ListArn arn) {
    return arn.isIpSet() ? waf.list(arn) : ec2.list(arn);
  }

  @Override
  public Uses uses(ListArn arn, Cidr network) {
    return arn.isIpSet() ? waf.uses(arn, network) : ec2.uses(arn);
  }

  @Override
  public Optional<String> own(Cidr network) {
    return ec2.own(network);
  }

  @Override
  public Change add(Blocklist read, Cidr network, String note) {
    return read.arn().isIpSet() ? waf.add(read, network) : ec2.add(read, network, note);
  }

  @Override
  public Change remove(Blocklist read, Cidr network) {
    return read.arn().isIpSet() ? waf.remove(read, network) : ec2.remove(read, network);
  }
}
