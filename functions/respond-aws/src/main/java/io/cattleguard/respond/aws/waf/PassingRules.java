package io.cattleguard.respond.aws.waf;

import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.wafv2.model.FirewallManagerRuleGroup;
import software.amazon.awssdk.services.wafv2.model.ManagedRuleGroupStatement;
import software.amazon.awssdk.services.wafv2.model.OverrideAction;
import software.amazon.awssdk.services.wafv2.model.Rule;
import software.amazon.awssdk.services.wafv2.model.Statement;

/**
 * The rules of a web ACL that let a request pass before a later rule sees it: AWS WAF evaluates
 * rules by their priority, and the first that allows or blocks decides.
 */
final class PassingRules {
  private static final String AWS = "AWS";

  private final Function<String, Match> isInSet;
  private Match passes = Match.NO;
  private String by = "";

  /**
   * Creates rules of which none was read.
   *
   * @param isInSet whether an address is in the IP set with that ARN
   */
  PassingRules(Function<String, Match> isInSet) {
    this.isInSet = isInSet;
  }

  /** Whether a rule that was read lets a request from the address pass. */
  Match passes() {
    return passes;
  }

  /** Why a later rule has no effect, or may have none. */
  String because() {
    return "because " + by + (passes == Match.YES ? " allows it first" : " may allow it first");
  }

  /**
   * A rule group of Firewall Manager. Those that are first come before all rules of the web ACL.
   */
  void read(FirewallManagerRuleGroup group) {
    if (!isCounting(group.overrideAction())) {
      note(Match.MAYBE, "rule group " + group.name() + " of Firewall Manager");
    }
  }

  /** The next rule. */
  void read(Rule rule) {
    Statement statement = rule.statement();
    if (rule.action() != null && rule.action().allow() != null) {
      note(matches(statement), "rule " + rule.name());
    } else if (statement != null && !isCounting(rule.overrideAction())) {
      if (statement.ruleGroupReferenceStatement() != null) {
        note(Match.MAYBE, "the rule group of rule " + rule.name());
      }
      managed(statement.managedRuleGroupStatement())
          .ifPresent(match -> note(match, "the rule group of rule " + rule.name()));
    }
  }

  private void note(Match match, String rule) {
    if (match == Match.YES ? passes != Match.YES : match == Match.MAYBE && passes == Match.NO) {
      passes = match;
      by = rule;
    }
  }

  private static boolean isCounting(@Nullable OverrideAction override) {
    return override != null && override.count() != null;
  }

  /** AWS's managed rules allow nothing, unless the web ACL overrides an action. */
  private Optional<Match> managed(@Nullable ManagedRuleGroupStatement group) {
    if (group == null
        || (AWS.equals(group.vendorName())
            && group.ruleActionOverrides().stream()
                .noneMatch(
                    one -> one.actionToUse() != null && one.actionToUse().allow() != null))) {
      return Optional.empty();
    }
    Match inScope =
        group.scopeDownStatement() == null ? Match.YES : matches(group.scopeDownStatement());
    return Optional.of(inScope.and(Match.MAYBE));
  }

  private Match matches(@Nullable Statement statement) {
    if (statement == null) {
      return Match.MAYBE;
    }
    if (statement.ipSetReferenceStatement() != null) {
      // With a forwarded header, AWS WAF compares the set with an address that the client chooses.
      return statement.ipSetReferenceStatement().ipSetForwardedIPConfig() == null
          ? isInSet.apply(statement.ipSetReferenceStatement().arn())
          : Match.MAYBE;
    }
    if (statement.notStatement() != null) {
      return matches(statement.notStatement().statement()).negated();
    }
    if (statement.andStatement() != null) {
      return statement.andStatement().statements().stream()
          .map(this::matches)
          .reduce(Match.YES, Match::and);
    }
    if (statement.orStatement() != null) {
      return statement.orStatement().statements().stream()
          .map(this::matches)
          .reduce(Match.NO, Match::or);
    }
    return Match.MAYBE;
  }
}
