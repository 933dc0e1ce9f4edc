package io.cattleguard.respond.aws.blocklist;

import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.respond.aws.blocklist.Blocklists.Uses;
import io.cattleguard.respond.aws.network.Account;
import java.util.List;
import java.util.stream.Stream;

/** Block lists for tests. */
public final class Lists {
  public static final ListArn WEB = ipSet("web");
  public static final ListArn WEB_6 = ipSet("web6");
  public static final ListArn FIREWALL =
      ListArn.read(
              "arn:aws:ec2:%s:%s:prefix-list/pl-0123456789abcdef0"
                  .formatted(Account.REGION, Account.ID))
          .orElseThrow();

  public static final Uses BLOCKED = new Uses(List.of(), List.of("rule blocked of web ACL shop"));
  public static final Uses UNUSED = new Uses(List.of(), List.of());
  public static final Uses IDLE =
      new Uses(
          List.of(),
          List.of(),
          List.of("rule blocked of web ACL shop, which protects no resource"),
          List.of());
  public static final Uses UNCLEAR =
      new Uses(List.of(), List.of(), List.of(), List.of("tgw-rtb-1, of which it is not known"));

  private Lists() {}

  private static ListArn ipSet(String name) {
    return ListArn.read(
            "arn:aws:wafv2:%s:%s:regional/ipset/%s/0a1b2c3d-0000-4000-8000-000000000001"
                .formatted(Account.REGION, Account.ID, name))
        .orElseThrow();
  }

  public static Cidr network(String text) {
    return Cidr.parseNetworkOrAddress(text).orElseThrow();
  }

  public static Blocklist list(ListArn arn, int capacity, String... networks) {
    return new Blocklist(
        arn,
        !arn.equals(WEB_6),
        Stream.of(networks).map(one -> new Blocklist.Entry(network(one), "")).toList(),
        capacity,
        "0");
  }
}
