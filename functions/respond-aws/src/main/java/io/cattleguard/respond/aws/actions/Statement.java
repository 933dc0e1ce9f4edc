package io.cattleguard.respond.aws.actions;

import io.cattleguard.respond.action.Permission;
import java.util.List;

/**
 * A statement of an IAM policy.
 *
 * @param sid a sentence without spaces
 * @param actions of EC2, {@code ec2:DescribeInstances}
 * @param resource the kind of resource it is bound to, {@code security-group}; {@code *} for calls
 *     that cannot be bound
 * @param bound by what else
 */
public record Statement(
    String sid, List<String> actions, String resource, Bound bound, boolean changes)
    implements Permission {
  /** What narrows a statement beside its resources. */
  public enum Bound {
    /** The region of the request. */
    REGION,
    /** The response tag of the resource. */
    TAG,
    /** Nothing. */
    NOTHING
  }

  /** Copies the list. */
  public Statement {
    actions = List.copyOf(actions);
  }

  /** To look, in the responder's region. */
  static Statement toLook(String sid, String... actions) {
    return new Statement(sid, List.of(actions), "*", Bound.REGION, false);
  }

  /** To change resources of that kind. */
  static Statement toChange(String sid, String resource, Bound bound, String... actions) {
    return new Statement(sid, List.of(actions), resource, bound, true);
  }

  @Override
  public String inWords() {
    return String.join(", ", actions)
        + switch (bound) {
          case REGION -> " in its region";
          case TAG -> " on each " + resource + " with the response tag";
          case NOTHING -> " on each " + resource;
        };
  }
}
