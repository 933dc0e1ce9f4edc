package io.cattleguard.respond.aws.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ContractFiles;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.aws.actions.Statement.Bound;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The Terraform module grants exactly the permissions that the actions need. */
final class StatementsTest {
  private static final Pattern ACTIONS = Pattern.compile("actions\\s*=\\s*\\[([^\\]]*)\\]");
  private static final Pattern KEY = Pattern.compile("variable\\s*=\\s*\"([^\"]+)\"");
  private static final Pattern BOUND = Pattern.compile("ec2_statements_by_bound, \"([a-z]+)\"");
  private static final Path TERRAFORM = ContractFiles.root().resolve("infra/terraform");

  @Test
  void theModuleReadsWhatTheActionsNeed() throws IOException {
    assertEquals(
        Statements.terraform(Actions.registered().here()).toPrettyString() + "\n",
        Files.readString(TERRAFORM.resolve("respond-aws.statements.json")),
        "write it with ./cattleguard permissions --as terraform");
  }

  @Test
  void theModuleGrantsNothingElseOfTheirServices() throws IOException {
    String page = Files.readString(TERRAFORM.resolve("respond-aws.tf"));
    List<String> literal =
        all(ACTIONS, page).stream()
            .filter(one -> one.matches(".*\"(ec2|autoscaling|iam|s3|wafv2):.*"))
            .toList();

    assertEquals(List.of(), literal);
  }

  @Test
  void theModuleBindsEachKindOfStatement() throws IOException {
    String page = Files.readString(TERRAFORM.resolve("respond-aws.tf"));
    Map<String, List<String>> keys = new TreeMap<>();
    for (String block : page.split("dynamic \"statement\"", -1)) {
      all(BOUND, block).forEach(bound -> keys.put(bound, all(KEY, block)));
    }
    Map<String, List<String>> expected = new TreeMap<>();
    for (Bound bound : Bound.values()) {
      expected.put(bound.name().toLowerCase(Locale.ROOT), keys(bound));
    }
    assertEquals(expected, keys);
  }

  /** The condition of a statement with that restriction. */
  private static List<String> keys(Bound bound) {
    return switch (bound) {
      case REGION -> List.of("aws:RequestedRegion");
      case TAG, RESTORE -> List.of("aws:ResourceTag/${var.response_tag.key}");
      case NODE -> List.of("ec2:Vpc", "aws:ResourceTag/node.k8s.amazonaws.com/instance_id");
      case EVIDENCE -> List.of("aws:RequestTag/cattleguard:evidence", "ec2:CreateAction");
      case ACCOUNT, QUARANTINE, LISTED -> List.of();
    };
  }

  private static List<String> all(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(one -> one.group(1)).toList();
  }

  @Test
  void whatChangesSomethingIsBoundToTagsOrToListedResourcesOrToTheQuarantineGroups() {
    for (Statement statement : Statements.needed()) {
      // A snapshot changes no volume, and the instance must have the tag.
      boolean ofVolumes =
          statement.resource().equals("volume")
              && statement.actions().equals(List.of("ec2:CreateSnapshots"));
      assertTrue(
          !statement.changes()
              || ofVolumes
              || (!Set.of(Bound.REGION, Bound.ACCOUNT).contains(statement.bound())
                  && !statement.resource().equals("*")),
          statement.sid());
      // For a regional service, it would allow other regions than the responder's.
      assertTrue(
          statement.bound() != Bound.ACCOUNT
              || ofVolumes
              || statement.actions().getFirst().startsWith("iam:"),
          statement.sid());
    }
  }

  @Test
  void aPolicyOfOneAccountHasEveryStatementWithItsBounds() {
    String policy =
        Statements.policy(Statements.needed(), "aws", "eu-central-1", "111122223333", Tag.DEFAULT)
            .toString();

    for (String part :
        List.of(
            "\"Sid\":\"SeeTheInstance\"",
            "\"s3:PutBucketPublicAccessBlock\"],\"Resource\":\"arn:aws:s3:::LISTED-BUCKET\"}",
            "\"wafv2:UpdateIPSet\"],\"Resource\":\"arn:aws:wafv2:eu-central-1:111122223333:LISTED-IPSET\"}",
            "\"ec2:ModifyManagedPrefixList\"],\"Resource\":\"arn:aws:ec2:eu-central-1:111122223333:LISTED-PREFIX-LIST\"}",
            "\"ec2:CreateSnapshots\"],\"Resource\":\"arn:aws:ec2:eu-central-1:111122223333:instance/*\","
                + "\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/",
            "\"ec2:CreateTags\"],\"Resource\":\"arn:aws:ec2:eu-central-1::snapshot/*\","
                + "\"Condition\":{\"StringLike\":{\"aws:RequestTag/cattleguard:evidence\":\"*\"},"
                + "\"StringEquals\":{\"ec2:CreateAction\":\"CreateSnapshots\"}}",
            "\"arn:aws:ec2:eu-central-1:111122223333:security-group/*\"",
            "\"iam:ListAccessKeys\"],\"Resource\":\"arn:aws:iam::111122223333:user/*\"}",
            "\"iam:DeleteRolePolicy\"],\"Resource\":\"arn:aws:iam::111122223333:role/*\","
                + "\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/",
            "\"iam:UpdateAccessKey\"],\"Resource\":\"arn:aws:iam::111122223333:user/*\","
                + "\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/",
            "\"arn:aws:autoscaling:eu-central-1:111122223333:autoScalingGroup:*:autoScalingGroupName/*\"",
            "{\"StringEquals\":{\"aws:ResourceTag/cattleguard:respond\":\"allowed\"}}",
            "{\"StringEquals\":{\"aws:ResourceTag/cattleguard:respond\":[\"allowed\",\"restore\"]}}",
            "{\"StringLike\":{\"aws:ResourceTag/node.k8s.amazonaws.com/instance_id\":\"i-*\"},"
                + "\"ArnEquals\":{\"ec2:Vpc\":\"arn:aws:ec2:eu-central-1:111122223333:vpc/QUARANTINE-VPC\"}}",
            "\"Resource\":\"arn:aws:ec2:eu-central-1:111122223333:security-group/QUARANTINE-GROUP\"}",
            "{\"StringEquals\":{\"aws:RequestedRegion\":\"eu-central-1\"}}")) {
      assertTrue(policy.contains(part), () -> part + " is not in " + policy);
    }
  }
}
