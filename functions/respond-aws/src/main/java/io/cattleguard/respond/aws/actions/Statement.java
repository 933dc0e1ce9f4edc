package io.cattleguard.respond.aws.actions;

import io.cattleguard.respond.action.Permission;
import java.util.List;

/**
 * A statement of an IAM policy.
 *
 * @param sid a sentence in CamelCase
 * @param actions of one service, {@code ec2:DescribeInstances}
 * @param resource the resource type, {@code security-group}, as an ARN has it; {@code *} for calls
 *     without resource-level permissions
 * @param bound a further restriction
 */
public record Statement(
    String sid, List<String> actions, String resource, Bound bound, boolean changes)
    implements Permission {
  /** A restriction of a statement in addition to its resources. */
  public enum Bound {
    /** The region of the request. */
    REGION,
    /** The account alone, for a service without regions. */
    ACCOUNT,
    /** The response tag of the resource. */
    TAG,
    /** The interface was added by the VPC CNI in a VPC that has a quarantine group. */
    NODE,
    /** The quarantine groups and no other. */
    QUARANTINE,
    /** The response tag of the resource, also with the value {@code restore}. */
    RESTORE,
    /** The resources that Terraform lists for responses, and no other. */
    LISTED,
    /** The resource is made by the same request, which gives it the tags of evidence. */
    EVIDENCE
  }

  /** A bucket; its ARN names neither account nor region. */
  static final String BUCKET = "bucket";

  /** An IP set of AWS WAF. */
  public static final String IP_SET = "ipset";

  /** A managed prefix list. */
  public static final String PREFIX_LIST = "prefix-list";

  /** A snapshot; its ARN names no account. */
  static final String SNAPSHOT = "snapshot";

  /** Copies the list. */
  public Statement {
    actions = List.copyOf(actions);
  }

  /** A read permission in the responder's region. */
  public static Statement toLook(String sid, String... actions) {
    return new Statement(sid, List.of(actions), "*", Bound.REGION, false);
  }

  /** A permission to read resources of that type, which belong to no region. */
  static Statement toLookAt(String sid, String resource, String... actions) {
    return new Statement(sid, List.of(actions), resource, Bound.ACCOUNT, false);
  }

  /** A permission to change resources of that type. */
  public static Statement toChange(String sid, String resource, Bound bound, String... actions) {
    return new Statement(sid, List.of(actions), resource, bound, true);
  }

  @Override
  public String inWords() {
    return String.join(", ", actions)
        + switch (bound) {
          case REGION -> " in the responder's region";
          case ACCOUNT -> " on each " + resource;
          case TAG -> " on each " + resource.split(":", 2)[0] + " with the response tag";
          case NODE -> " on each " + resource + " that the VPC CNI added in a quarantine VPC";
          case QUARANTINE -> " on the quarantine groups";
          case LISTED -> " on each listed " + resource;
          case EVIDENCE -> " on each " + resource + " that the request makes as evidence";
          case RESTORE ->
              " on each "
                  + resource
                  + " with the response tag or the same tag with the value restore";
        };
  }
}
