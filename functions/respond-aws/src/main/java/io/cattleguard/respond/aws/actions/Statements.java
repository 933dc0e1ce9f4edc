package io.cattleguard.respond.aws.actions;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.aws.actions.Statement.Bound;
import io.cattleguard.respond.aws.storage.Snapshots;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The IAM statements of the actions in an account. */
public final class Statements {
  /** Reads an instance's interfaces, the quarantine group, and the group whose rule is revoked. */
  public static final Statement SEE_GROUPS =
      Statement.toLook(
          "SeeInterfacesAndGroups",
          "ec2:DescribeNetworkInterfaces",
          "ec2:DescribeSecurityGroups",
          "ec2:DescribeSecurityGroupRules");

  /** Reads an instance. */
  static final Statement SEE_INSTANCES =
      Statement.toLook("SeeTheInstance", "ec2:DescribeInstances");

  /** The services whose resources belong to no region. */
  private static final Set<String> GLOBAL = Set.of("iam", "s3");

  /** The resources whose ARNs name no account. */
  private static final Set<String> WITHOUT_ACCOUNT = Set.of(Statement.BUCKET, Statement.SNAPSHOT);

  /** The call that tags a resource of EC2. */
  static final String TAGGING = "ec2:CreateTags";

  private Statements() {}

  /** The statements of all registered actions in an account. */
  public static List<Statement> needed() {
    return of(Actions.registered().here());
  }

  /** The statements of these actions, without duplicates. */
  public static List<Statement> of(List<Action<?, ?>> actions) {
    return Permission.needed(actions, Statement.class);
  }

  /** The IAM policy document for one account and region. */
  public static ObjectNode policy(
      List<Statement> statements, String partition, String region, String account, Tag tag) {
    ObjectNode policy = JsonNodeFactory.instance.objectNode().put("Version", "2012-10-17");
    ArrayNode all = policy.putArray("Statement");
    for (Statement statement : statements) {
      ObjectNode one = all.addObject().put("Sid", statement.sid()).put("Effect", "Allow");
      statement.actions().forEach(one.putArray("Action")::add);
      String service = service(statement);
      String prefix =
          "arn:%s:%s:%s:%s:"
              .formatted(
                  partition,
                  service,
                  GLOBAL.contains(service) ? "" : region,
                  WITHOUT_ACCOUNT.contains(statement.resource()) ? "" : account);
      one.put("Resource", resource(statement, prefix));
      ObjectNode condition = JsonNodeFactory.instance.objectNode();
      String tagged = "aws:ResourceTag/" + tag.key();
      switch (statement.bound()) {
        case REGION -> condition.putObject("StringEquals").put("aws:RequestedRegion", region);
        case TAG -> condition.putObject("StringEquals").put(tagged, tag.value());
        case RESTORE ->
            condition
                .putObject("StringEquals")
                .putArray(tagged)
                .add(tag.value())
                .add(AwsScope.RESTORE);
        case NODE -> {
          condition.putObject("StringLike").put("aws:ResourceTag/" + AwsScope.NODE, "i-*");
          condition.putObject("ArnEquals").put("ec2:Vpc", prefix + "vpc/QUARANTINE-VPC");
        }
        case EVIDENCE -> evidence(statement, condition);
        case ACCOUNT, QUARANTINE, LISTED -> {}
      }
      if (!condition.isEmpty()) {
        one.set("Condition", condition);
      }
    }
    return policy;
  }

  /**
   * The statements as {@code infra/terraform/respond-aws.statements.json} has them: a list of
   * {@code sid}, {@code responses} (the actions that need it, by name), {@code actions}, {@code
   * service}, {@code resource}, {@code bound} and {@code changes}.
   */
  public static ArrayNode terraform(List<Action<?, ?>> actions) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    for (Statement statement : of(actions)) {
      ObjectNode one = all.addObject().put("sid", statement.sid());
      ArrayNode responses = one.putArray("responses");
      actions.stream()
          .filter(action -> action.permissions().contains(statement))
          .forEach(action -> responses.add(action.name()));
      statement.actions().forEach(one.putArray("actions")::add);
      one.put("service", service(statement))
          .put("resource", statement.resource())
          .put("bound", statement.bound().name().toLowerCase(Locale.ROOT))
          .put("changes", statement.changes());
    }
    return all;
  }

  /** Tags are set only on resources that the same request creates. */
  private static void evidence(Statement statement, ObjectNode condition) {
    condition.putObject("StringLike").put("aws:RequestTag/" + Snapshots.EVIDENCE, "*");
    if (statement.actions().contains(TAGGING)) {
      condition.putObject("StringEquals").put("ec2:CreateAction", "CreateSnapshots");
    }
  }

  private static String service(Statement statement) {
    return statement.actions().getFirst().split(":", 2)[0];
  }

  private static String resource(Statement statement, String prefix) {
    if (statement.resource().equals("*")) {
      return "*";
    }
    if (statement.bound() == Bound.LISTED) {
      return prefix + "LISTED-" + statement.resource().toUpperCase(Locale.ROOT);
    }
    return prefix
        + statement.resource()
        + (statement.bound() == Bound.QUARANTINE ? "/QUARANTINE-GROUP" : "/*");
  }
}
