package io.cattleguard.respond.aws.waf;

import io.cattleguard.respond.aws.blocklist.Blocklists.Uses;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.wafv2.model.Rule;
import software.amazon.awssdk.services.wafv2.model.RuleAction;
import software.amazon.awssdk.services.wafv2.model.Statement;
import software.amazon.awssdk.services.wafv2.model.WebACL;

/**
 * The effect of web ACL rules on the addresses of an IP set. An address in the set may be allowed
 * by a rule that allows the set, by a rule that labels it without blocking, or by a rule that acts
 * on all addresses outside the set. A rule that blocks the set is without effect if an earlier rule
 * allows the request, or if the web ACL protects no resource.
 */
final class IpSetReferences {
  private final String ipSet;
  private final Function<String, Match> isInSet;
  private final List<String> allowing = new ArrayList<>();
  private final List<String> blocking = new ArrayList<>();
  private final List<String> idle = new ArrayList<>();
  private final List<String> unclear = new ArrayList<>();
  private final List<String> groups = new ArrayList<>();

  /**
   * Creates references of which none was read.
   *
   * @param others whether an address of this set is also in the IP set with that ARN
   */
  IpSetReferences(String ipSet, Function<String, Match> others) {
    this.ipSet = ipSet;
    this.isInSet = arn -> arn.equals(ipSet) ? Match.YES : others.apply(arn);
  }

  /**
   * Evaluates the rules of a web ACL, in the order in which AWS WAF evaluates them.
   *
   * @param isInUse whether it protects a resource; asked only if a rule of it blocks the set
   */
  void read(WebACL webAcl, Supplier<Match> isInUse) {
    PassingRules before = new PassingRules(isInSet);
    webAcl.preProcessFirewallManagerRuleGroups().forEach(before::read);
    List<Rule> inOrder =
        webAcl.rules().stream()
            .sorted(
                Comparator.comparingInt(
                    rule -> rule.priority() == null ? Integer.MAX_VALUE : rule.priority()))
            .toList();
    for (Rule rule : inOrder) {
      read(rule, "rule " + rule.name() + " of web ACL " + webAcl.name(), before, isInUse);
      before.read(rule);
    }
  }

  private void read(Rule rule, String said, PassingRules before, Supplier<Match> isInUse) {
    Found found = new Found();
    look(rule.statement(), false, true, found);
    RuleAction action = rule.action();
    boolean allows = action != null && action.allow() != null;
    boolean blocks = action != null && action.block() != null;
    // A later rule may allow what has the label.
    boolean labels = !blocks && !rule.ruleLabels().isEmpty() && found.positive;
    if (labels || (allows ? found.positive : found.negated)) {
      allowing.add(said);
    } else if (found.alone && blocks) {
      blocks(said, before, isInUse);
    } else if (rule.statement() != null && rule.statement().ruleGroupReferenceStatement() != null) {
      groups.add(said + ", a rule group that was not looked into");
    }
  }

  private void blocks(String said, PassingRules before, Supplier<Match> isInUse) {
    if (before.passes() != Match.NO) {
      (before.passes() == Match.YES ? idle : unclear).add(said + ", " + before.because());
      return;
    }
    switch (isInUse.get()) {
      case YES -> blocking.add(said);
      case NO -> idle.add(said + ", which protects no resource");
      case MAYBE -> unclear.add(said + ", of which it is not known whether it protects a resource");
    }
  }

  /** How a rule refers to the set. */
  private static final class Found {
    private boolean positive;
    private boolean negated;

    /** To be in the set is enough for the rule to match. */
    private boolean alone;
  }

  private void look(
      @Nullable Statement statement, boolean isNegated, boolean isAlone, Found found) {
    if (statement == null) {
      return;
    }
    if (statement.ipSetReferenceStatement() != null
        && ipSet.equals(statement.ipSetReferenceStatement().arn())) {
      found.positive |= !isNegated;
      found.negated |= isNegated;
      // With a forwarded header, AWS WAF compares the set with an address that the client chooses.
      found.alone |=
          isAlone
              && !isNegated
              && statement.ipSetReferenceStatement().ipSetForwardedIPConfig() == null;
    }
    if (statement.orStatement() != null) {
      statement.orStatement().statements().forEach(one -> look(one, isNegated, isAlone, found));
    }
    if (statement.andStatement() != null) {
      statement.andStatement().statements().forEach(one -> look(one, isNegated, false, found));
    }
    if (statement.notStatement() != null) {
      look(statement.notStatement().statement(), !isNegated, false, found);
    }
    if (statement.rateBasedStatement() != null) {
      look(statement.rateBasedStatement().scopeDownStatement(), isNegated, false, found);
    }
    if (statement.managedRuleGroupStatement() != null) {
      look(statement.managedRuleGroupStatement().scopeDownStatement(), isNegated, false, found);
    }
  }

  /** A rule group may refer to the set too, which matters only if nothing else blocks it. */
  Uses uses() {
    if (blocking.isEmpty()) {
      unclear.addAll(groups);
    }
    return new Uses(allowing, blocking, idle, unclear);
  }
}
