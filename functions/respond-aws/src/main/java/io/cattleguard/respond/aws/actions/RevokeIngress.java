package io.cattleguard.respond.aws.actions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.aws.network.IngressRule;
import io.cattleguard.respond.aws.network.Network;
import io.cattleguard.respond.aws.network.SecurityGroup;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Revokes the one rule of a security group that allowed the alert's connection. The rule is stored
 * first.
 *
 * @param leaseTime after which the rule is restored
 * @param interfaces maximum number of network interfaces that use the group
 */
public record RevokeIngress(Duration leaseTime, int interfaces)
    implements Action<AwsScope, ObservedIngress> {
  private static final Duration DEFAULT_LEASE = Duration.ofHours(4);
  private static final int DEFAULT_INTERFACES = 10;

  /** With a lease of four hours and at most ten interfaces. */
  public RevokeIngress() {
    this(DEFAULT_LEASE, DEFAULT_INTERFACES);
  }

  @Override
  public String name() {
    return "revoke-ingress";
  }

  @Override
  public Class<AwsScope> place() {
    return AwsScope.class;
  }

  @Override
  public RevokeIngress with(PolicyNode settings) {
    PolicyNode.Mapping keys = settings.mapping("lease", "interfaces");
    return new RevokeIngress(
        keys.optional("lease").map(PolicyNode::duration).orElse(leaseTime),
        keys.optional("interfaces").map(most -> most.wholeNumber(1, 1_000)).orElse(interfaces));
  }

  @Override
  public Effect effect() {
    return Effect.CONTAINS;
  }

  @Override
  public Optional<Duration> lease() {
    return Optional.of(leaseTime);
  }

  @Override
  public ObservedIngress look(AwsScope scope, ScoredAlert scored) {
    return ObservedIngress.of(scope, scored);
  }

  @Override
  public List<Guard<ObservedIngress>> guards() {
    return IngressGuards.all(interfaces);
  }

  @Override
  public Progress take(AwsScope scope, ObservedIngress observed, UndoRecord undo) {
    IngressRule rule = observed.subject().orElseThrow();
    boolean begunBefore = undo.remembered().isPresent();
    undo.remember(rule);
    Network.Change change;
    try {
      change = scope.network().revoke(rule);
    } catch (Unavailable e) {
      return pending(rule, "; EC2 answered: " + e.getMessage());
    }
    return switch (change) {
      case Network.Change.Made made -> pending(rule, "");
      case Network.Change.Denied no -> {
        // An earlier attempt may have revoked the rule, which then has to be restored.
        if (!begunBefore) {
          undo.forget();
        }
        yield new Progress.Done(ResponseOutcome.FAILED, "not taken: " + no.reason(), begunBefore);
      }
      case Network.Change.Gone gone -> {
        if (begunBefore) {
          yield pending(rule, "");
        }
        // The rule was revoked before, so this lease must not restore it.
        undo.forget();
        yield new Progress.Done(ResponseOutcome.TAKEN, "nothing to do: the rule was already gone");
      }
    };
  }

  /** Done when the rule is gone and its group has no equal rule. */
  @Override
  public Progress verify(AwsScope scope, JsonNode state, UndoRecord undo, Duration since) {
    IngressRule rule = IngressRule.read(state.path("rule"));
    if (!isClosed(scope, rule)) {
      return pending(rule, state.path("otherwise").asText());
    }
    return new Progress.Done(
        ResponseOutcome.TAKEN,
        "rule revoked; no equal rule is left in "
            + rule.group()
            + "; connections that were already open may persist; the rule allowed "
            + rule.whatItLetsIn()
            + rule.description().map(text -> " (" + text + ")").orElse(""),
        true);
  }

  @Override
  public Duration longestPause() {
    return Duration.ofSeconds(5);
  }

  private static Progress pending(IngressRule rule, String otherwise) {
    ObjectNode state = JsonNodeFactory.instance.objectNode().put("otherwise", otherwise);
    state.set("rule", rule.toJson());
    return new Progress.Pending(
        state,
        new Progress.Done(ResponseOutcome.FAILED, "the rule still exists" + otherwise, true));
  }

  private static boolean isClosed(AwsScope scope, IngressRule rule) {
    return scope
        .network()
        .group(rule.group())
        .map(group -> like(group, rule).isEmpty())
        .orElse(true);
  }

  private static Optional<IngressRule> like(SecurityGroup group, IngressRule rule) {
    return group.ingress().stream().filter(rule::isLike).findFirst();
  }

  /** Only another rule undoes it: one that is opened again has an id of its own. */
  @Override
  public boolean holds(AwsScope scope, JsonNode subject) {
    IngressRule rule = IngressRule.read(subject);
    return scope.network().group(rule.group()).flatMap(group -> another(group, rule)).isEmpty();
  }

  /**
   * An equal rule with another id. EC2 is eventually consistent, so it may still show the rule that
   * was revoked.
   */
  private static Optional<IngressRule> another(SecurityGroup group, IngressRule rule) {
    return group.ingress().stream()
        .filter(rule::isLike)
        .filter(one -> !one.id().equals(rule.id()))
        .findFirst();
  }

  /** Determines what the killed attempt has changed, from the stored state. */
  @Override
  public Optional<Progress.Done> interrupted(
      AwsScope scope, ObservedIngress observed, String uid, UndoRecord undo) {
    return undo.remembered()
        .map(
            before -> {
              if (isClosed(scope, IngressRule.read(before))) {
                return new Progress.Done(
                    ResponseOutcome.TAKEN,
                    "no equal rule is left; the attempt to revoke it was interrupted",
                    true);
              }
              undo.forget();
              return new Progress.Done(
                  ResponseOutcome.FAILED,
                  "not taken: the attempt to revoke the rule was interrupted, and the rule still"
                      + " exists");
            });
  }

  /** Restores the rule, unless an equal rule exists. EC2 knows whether the same rule still does. */
  @Override
  public Progress.Done release(AwsScope scope, JsonNode subject) {
    IngressRule rule = IngressRule.read(subject);
    Optional<SecurityGroup> group = scope.network().group(rule.group());
    if (group.isEmpty()) {
      return new Progress.Done(ResponseOutcome.RELEASED, "the security group is gone");
    }
    Optional<IngressRule> already = another(group.get(), rule);
    if (already.isPresent()) {
      return new Progress.Done(
          ResponseOutcome.RELEASED, "the rule was already restored, as " + already.get().id());
    }
    if (scope.network().authorize(rule) instanceof Network.Change.Denied no) {
      return new Progress.Done(
          ResponseOutcome.FAILED,
          "the rule could not be restored ("
              + no.reason()
              + "); it allowed "
              + rule.whatItLetsIn());
    }
    return scope
        .network()
        .group(rule.group())
        .flatMap(now -> like(now, rule))
        .map(
            now ->
                new Progress.Done(
                    ResponseOutcome.RELEASED,
                    "rule restored as " + now.id() + ": " + rule.whatItLetsIn()))
        .orElseGet(
            () ->
                new Progress.Done(
                    ResponseOutcome.FAILED, "the rule was restored, but EC2 does not show it yet"));
  }

  @Override
  public List<Permission> permissions() {
    return List.of(
        Statements.SEE_GROUPS,
        Statement.toChange(
            "CloseARuleOfATaggedGroupAndOpenItAgain",
            "security-group",
            Statement.Bound.TAG,
            "ec2:RevokeSecurityGroupIngress",
            "ec2:AuthorizeSecurityGroupIngress"));
  }

  @Override
  public String named(Target target) {
    return target.securityGroup() == null
        ? "no security group"
        : "security group " + target.securityGroup();
  }

  @Override
  public String inWords(Target target, String uid) {
    return IngressRule.inWords(uid);
  }
}
