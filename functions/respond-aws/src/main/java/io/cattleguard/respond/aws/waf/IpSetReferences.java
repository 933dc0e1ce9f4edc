package io.cattleguard.respond.aws.waf;

import io.cattleguard.respond.aws.blocklist.Blocklists.Uses;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.wafv2.model.Rule;
import software.amazon.awssdk.services.wafv2.model.RuleAction;
import software.amazon.awssdk.services.wafv2.model.Statement;

/**
 * What rules of web ACLs do with the addresses of an IP set. An address in the set is let in by a
 * rule that allows the set, by one that labels it and does not block, and by one that does anything
 * else to everyone who is not in it.
 */
final class IpSetReferences {
  private final String ipSet;
  private final List<String> allowing = new ArrayList<>();
  private final List<String> blocking = new ArrayList<>();

  IpSetReferences(String ipSet) {
    this.ipSet = ipSet;
  }

  /** Looks at the rules of a web ACL. */
  void read(String webAcl, List<Rule> rules) {
    for (Rule rule : rules) {
      Found found = new Found();
      look(rule.statement(), false, true, found);
      RuleAction action = rule.action();
      boolean allows = action != null && action.allow() != null;
      String said = "rule " + rule.name() + " of web ACL " + webAcl;
      boolean blocks = action != null && action.block() != null;
      // A later rule may allow what has the label.
      boolean labels = !blocks && !rule.ruleLabels().isEmpty() && found.positive;
      if (labels || (allows ? found.positive : found.negated)) {
        allowing.add(said);
      } else if (found.alone && blocks) {
        blocking.add(said);
      }
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
      // With a forwarded header the set is compared with what the client says.
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

  Uses uses() {
    return new Uses(allowing, blocking);
  }
}
