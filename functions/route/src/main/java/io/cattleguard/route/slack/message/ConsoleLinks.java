package io.cattleguard.route.slack.message;

import io.cattleguard.events.Target;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Links to what an alert is about in the console of AWS. */
final class ConsoleLinks {
  private static final Pattern REGION = Pattern.compile("[a-z]{2}(-[a-z]+)+-\\d");
  private static final Pattern INSTANCE = Pattern.compile("i-[0-9a-f]{8,17}");
  private static final Pattern GROUP = Pattern.compile("sg-[0-9a-f]{8,17}");
  private static final Pattern BUCKET =
      Pattern.compile("arn:aws[a-z-]*:s3:::([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(/.*)?");

  private ConsoleLinks() {}

  /** Only ids of the documented form are linked: a target's text may come from an attacker. */
  static List<SlackMessage.Link> of(Target target) {
    List<SlackMessage.Link> links = new ArrayList<>();
    String region = target.region();
    if (region == null || !REGION.matcher(region).matches()) {
      return links;
    }
    String console = console(region);
    String instance = target.instance();
    if (instance != null && INSTANCE.matcher(instance).matches()) {
      links.add(
          link(
              "Instance " + instance,
              console + "/ec2/home?region=" + region + "#InstanceDetails:instanceId=" + instance));
    }
    String group = target.securityGroup();
    if (group != null && GROUP.matcher(group).matches()) {
      links.add(
          link(
              "Security group " + group,
              console + "/ec2/home?region=" + region + "#SecurityGroup:groupId=" + group));
    }
    String resource = target.resource();
    Matcher bucket = BUCKET.matcher(resource == null ? "" : resource);
    if (bucket.matches()) {
      links.add(link("Bucket " + bucket.group(1), console + "/s3/buckets/" + bucket.group(1)));
    }
    return links;
  }

  private static SlackMessage.Link link(String label, String address) {
    return new SlackMessage.Link(label, URI.create(address));
  }

  private static String console(String region) {
    String domain =
        region.startsWith("cn-")
            ? "console.amazonaws.cn"
            : region.startsWith("us-gov-")
                ? "console.amazonaws-us-gov.com"
                : "console.aws.amazon.com";
    return "https://" + region + "." + domain;
  }
}
