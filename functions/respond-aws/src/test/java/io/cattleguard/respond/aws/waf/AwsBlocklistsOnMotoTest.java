package io.cattleguard.respond.aws.waf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.events.TakesLong;
import io.cattleguard.respond.aws.blocklist.Blocklists;
import io.cattleguard.respond.aws.blocklist.BlocklistsContract;
import io.cattleguard.respond.aws.blocklist.ListArn;
import io.cattleguard.respond.aws.blocklist.Lists;
import io.cattleguard.respond.aws.ec2.MotoServer;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.AddPrefixListEntry;
import software.amazon.awssdk.services.wafv2.Wafv2Client;
import software.amazon.awssdk.services.wafv2.model.IPAddressVersion;
import software.amazon.awssdk.services.wafv2.model.Rule;
import software.amazon.awssdk.services.wafv2.model.Scope;

/** Runs the contract with moto's AWS WAF and EC2. */
@TakesLong
final class AwsBlocklistsOnMotoTest extends BlocklistsContract {
  private static MotoServer moto;
  private static AwsClients aws;
  private static Wafv2Client waf;
  private static Ec2Client ec2;
  private static int made;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    moto = MotoServer.start();
    aws = moto.aws();
    waf = aws.build("WAF", Wafv2Client.builder());
    ec2 = aws.build("EC2", Ec2Client.builder());
  }

  @AfterAll
  static void stop() {
    if (moto != null) {
      moto.close();
    }
  }

  private static ListArn ipSet(IPAddressVersion version, String... addresses) {
    String arn =
        waf.createIPSet(
                request ->
                    request
                        .name("blocked-" + made++)
                        .scope(Scope.REGIONAL)
                        .description("blocked by responses")
                        .ipAddressVersion(version)
                        .addresses(addresses))
            .summary()
            .arn();
    return ListArn.read(arn).orElseThrow();
  }

  @Override
  protected World world() {
    String prefixList =
        ec2.createManagedPrefixList(
                request ->
                    request
                        .prefixListName("blocked")
                        .addressFamily("IPv4")
                        .maxEntries(5)
                        .entries(
                            AddPrefixListEntry.builder()
                                .cidr(THEIRS)
                                .description("theirs")
                                .build()))
            .prefixList()
            .prefixListArn();
    return new World(
        AwsBlocklists.of(aws),
        ipSet(IPAddressVersion.IPV4, THEIRS),
        ipSet(IPAddressVersion.IPV6),
        ListArn.read(prefixList).orElseThrow());
  }

  /**
   * Moto does not report which resources a web ACL protects; the code asks this for a rule that
   * blocks.
   */
  @Test
  void aWebAclThatAllowsTheSetIsFound() {
    ListArn arn = ipSet(IPAddressVersion.IPV4);
    Blocklists lists = AwsBlocklists.of(aws);
    assertEquals(Lists.UNUSED, lists.uses(arn, Lists.network("203.0.113.9")));

    waf.createWebACL(
        request ->
            request
                .name("shop")
                .scope(Scope.REGIONAL)
                .defaultAction(action -> action.allow(allow -> {}))
                .visibilityConfig(
                    config ->
                        config
                            .cloudWatchMetricsEnabled(false)
                            .sampledRequestsEnabled(false)
                            .metricName("shop"))
                .rules(
                    Rule.builder()
                        .name("office")
                        .priority(1)
                        .action(action -> action.allow(allow -> {}))
                        .visibilityConfig(
                            config ->
                                config
                                    .cloudWatchMetricsEnabled(false)
                                    .sampledRequestsEnabled(false)
                                    .metricName("office"))
                        .statement(
                            statement ->
                                statement.ipSetReferenceStatement(set -> set.arn(arn.arn())))
                        .build()));

    assertEquals(
        new Blocklists.Uses(List.of("rule office of web ACL shop"), List.of()),
        lists.uses(arn, Lists.network("203.0.113.9")));
  }
}
