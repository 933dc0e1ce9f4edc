package io.cattleguard.respond.aws.blocklist;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a list: a regional IP set of AWS WAF, or a managed prefix list.
 *
 * @param name of an IP set; empty for a prefix list, which is known by its id
 */
public record ListArn(String arn, String region, String account, Optional<String> name, String id) {
  private static final Pattern IP_SET =
      Pattern.compile(
          "arn:aws[a-z-]*:wafv2:(?<region>[a-z0-9-]+):(?<account>[0-9]{12})"
              + ":regional/ipset/(?<name>[A-Za-z0-9_-]{1,128})/(?<id>[A-Za-z0-9-]{1,36})");

  private static final Pattern PREFIX_LIST =
      Pattern.compile(
          "arn:aws[a-z-]*:ec2:(?<region>[a-z0-9-]+):(?<account>[0-9]{12})"
              + ":prefix-list/(?<id>pl-[0-9a-f]{8,40})");

  /** Reads an ARN; empty if it is of something else. */
  public static Optional<ListArn> read(String arn) {
    Matcher ipSet = IP_SET.matcher(arn);
    if (ipSet.matches()) {
      return Optional.of(
          new ListArn(
              arn,
              ipSet.group("region"),
              ipSet.group("account"),
              Optional.of(ipSet.group("name")),
              ipSet.group("id")));
    }
    Matcher prefixList = PREFIX_LIST.matcher(arn);
    return prefixList.matches()
        ? Optional.of(
            new ListArn(
                arn,
                prefixList.group("region"),
                prefixList.group("account"),
                Optional.empty(),
                prefixList.group("id")))
        : Optional.empty();
  }

  /** Whether it is an IP set of AWS WAF. */
  public boolean isIpSet() {
    return name.isPresent();
  }

  /** The list, as text. */
  public String inWords() {
    return name.map(one -> "IP set " + one).orElse("prefix list " + id);
  }
}
