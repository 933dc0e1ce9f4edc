package io.cattleguard.respond.action;

import io.cattleguard.edge.operators.IdentityPattern;
import io.cattleguard.edge.policy.PolicyNode;
import java.time.Duration;
import java.util.List;

/**
 * How a playbook with {@code mode: approve} asks people.
 *
 * @param expires how long they have
 * @param actsByDefault whether the action is taken if no person decides in time
 * @param by who may decide, besides what {@code settings.yaml} says; empty for no further limit
 */
public record ApprovalRules(Duration expires, boolean actsByDefault, List<IdentityPattern> by) {
  /** 30 minutes; then no action; everyone whom {@code settings.yaml} allows. */
  public static final ApprovalRules DEFAULT =
      new ApprovalRules(Duration.ofMinutes(30), false, List.of());

  private static final Duration LONGEST = Duration.ofDays(7);

  /** Copies the list. */
  public ApprovalRules {
    by = List.copyOf(by);
  }

  static ApprovalRules read(PolicyNode node) {
    PolicyNode.Mapping keys = node.mapping("expires", "then", "by");
    Duration expires = keys.optional("expires").map(ApprovalRules::expires).orElse(DEFAULT.expires);
    boolean acts =
        keys.optional("then")
            .map(then -> then.oneOf(List.of("nothing", "act")).equals("act"))
            .orElse(DEFAULT.actsByDefault);
    return new ApprovalRules(
        expires, acts, keys.optional("by").map(IdentityPattern::list).orElse(DEFAULT.by));
  }

  private static Duration expires(PolicyNode node) {
    Duration expires = node.duration();
    if (!expires.isPositive() || expires.compareTo(LONGEST) > 0) {
      throw node.wrong("expected more than 0s and at most 7d");
    }
    return expires;
  }

  /** Whether that person may decide. */
  public boolean allow(String identity) {
    return by.isEmpty() || by.stream().anyMatch(one -> one.matches(identity));
  }
}
