package io.cattleguard.respond.aws.actions;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.aws.actions.Statement.Bound;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The IAM statements of the actions in an account. */
public final class Statements {
  /** Reads an instance's interfaces, the quarantine group, and the group whose rule is revoked. */
  static final Statement SEE_GROUPS =
      Statement.toLook(
          "SeeInterfacesAndGroups",
          "ec2:DescribeNetworkInterfaces",
          "ec2:DescribeSecurityGroups",
          "ec2:DescribeSecurityGroupRules");

  private Statements() {}

  /** The statements of all registered actions in an account. */
  public static List<Statement> needed() {
    return of(Actions.registered().here());
  }

  /** The statements of these actions, without duplicates. */
  public static List<Statement> of(List<Action<?, ?>> actions) {
    Set<Statement> all = new LinkedHashSet<>();
    for (Action<?, ?> action : actions) {
      action.permissions().stream()
          .filter(Statement.class::isInstance)
          .map(Statement.class::cast)
          .forEach(all::add);
    }
    return new ArrayList<>(all);
  }

  /** The IAM policy document for one account and region. */
  public static ObjectNode policy(
      List<Statement> statements, String partition, String region, String account, Tag tag) {
    ObjectNode policy = JsonNodeFactory.instance.objectNode().put("Version", "2012-10-17");
    ArrayNode all = policy.putArray("Statement");
    for (Statement statement : statements) {
      ObjectNode one = all.addObject().put("Sid", statement.sid()).put("Effect", "Allow");
      statement.actions().forEach(one.putArray("Action")::add);
      one.put(
          "Resource",
          statement.resource().equals("*")
              ? "*"
              : "arn:%s:ec2:%s:%s:%s/*"
                  .formatted(partition, region, account, statement.resource()));
      if (statement.bound() != Bound.NOTHING) {
        boolean byTag = statement.bound() == Bound.TAG;
        one.putObject("Condition")
            .putObject("StringEquals")
            .put(
                byTag ? "aws:ResourceTag/" + tag.key() : "aws:RequestedRegion",
                byTag ? tag.value() : region);
      }
    }
    return policy;
  }
}
