package io.cattleguard.respond.aws.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ContractFiles;
import io.cattleguard.respond.aws.actions.Statement.Bound;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The Terraform module grants what the actions need, and nothing else. */
final class StatementsTest {
  private static final Pattern STATEMENT =
      Pattern.compile(
          "sid\\s*=\\s*\"([A-Za-z]+)\"\\s*(?:effect\\s*=\\s*\"(\\w+)\"\\s*)?actions\\s*=\\s*\\[([^\\]]*)\\]\\s*resources\\s*=\\s*\\[([^\\]]*)\\]((?:\\s*condition\\s*\\{[^\\n"
              + "]*\\n"
              + "(?:[^}\\n"
              + "]*=[^\\n"
              + "]*\\n"
              + ")+\\s*\\})*)");
  private static final Pattern KEY = Pattern.compile("variable\\s*=\\s*\"([^\"]+)\"");
  private static final Pattern QUOTED = Pattern.compile("\"([^\"]+)\"");

  /** What Lambda itself does as the function's role, where it runs in a VPC. */
  private static final List<String> OF_LAMBDA =
      List.of("RunInTheVpc", "TheCodeItselfTouchesNoInterfaceOfTheVpc");

  private record Shipped(List<String> actions, String resources, String rest) {}

  private static Map<String, Shipped> shipped() throws IOException {
    Map<String, Shipped> shipped = new TreeMap<>();
    try (Stream<Path> pages = Files.walk(ContractFiles.root().resolve("infra/terraform"))) {
      for (Path page :
          pages.filter(path -> path.getFileName().toString().matches("respond.*\\.tf")).toList()) {
        Matcher matcher = STATEMENT.matcher(Files.readString(page));
        while (matcher.find()) {
          List<String> actions =
              QUOTED.matcher(matcher.group(3)).results().map(one -> one.group(1)).toList();
          if (actions.stream().anyMatch(action -> action.matches("(ec2|autoscaling):.*"))
              && !OF_LAMBDA.contains(matcher.group(1))) {
            String rest = matcher.group(5) == null ? "" : matcher.group(5);
            shipped.put(matcher.group(1), new Shipped(actions, matcher.group(4), rest));
          }
        }
      }
    }
    return shipped;
  }

  @Test
  void theModuleGrantsWhatTheActionsNeedAndNothingElse() throws IOException {
    Map<String, List<String>> granted = new TreeMap<>();
    shipped().forEach((sid, one) -> granted.put(sid, one.actions()));
    Map<String, List<String>> needed = new TreeMap<>();
    Statements.needed().forEach(one -> needed.put(one.sid(), one.actions()));

    assertEquals(needed, granted);
  }

  @Test
  void everyStatementIsBoundAsItsActionSays() throws IOException {
    Map<String, Shipped> shipped = shipped();
    for (Statement statement : Statements.needed()) {
      Shipped one = shipped.getOrDefault(statement.sid(), new Shipped(List.of(), "", ""));
      String expected =
          switch (statement.bound()) {
            case REGION -> "\"*\"";
            case QUARANTINE -> "for group in aws_security_group.quarantine : group.arn";
            case TAG, NODE, RESTORE -> ":" + statement.resource() + "/*";
          };
      assertTrue(one.resources().contains(expected), statement.sid());
      assertEquals(keys(statement.bound()), all(KEY, one.rest()), statement.sid());
      assertEquals(
          statement.bound() == Bound.RESTORE, one.rest().contains("\"restore\""), statement.sid());
    }
  }

  /** What a statement with that bound is bound by. */
  private static List<String> keys(Bound bound) {
    return switch (bound) {
      case REGION -> List.of("aws:RequestedRegion");
      case TAG, RESTORE -> List.of("aws:ResourceTag/${var.response_tag.key}");
      case NODE -> List.of("ec2:Vpc", "aws:ResourceTag/node.k8s.amazonaws.com/instance_id");
      case QUARANTINE -> List.of();
    };
  }

  private static List<String> all(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(one -> one.group(1)).toList();
  }

  @Test
  void whatChangesSomethingIsBoundToTagsOrToTheQuarantineGroups() {
    for (Statement statement : Statements.needed()) {
      assertEquals(
          statement.changes(),
          statement.bound() != Bound.REGION && !statement.resource().equals("*"),
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
            "\"arn:aws:ec2:eu-central-1:111122223333:security-group/*\"",
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
