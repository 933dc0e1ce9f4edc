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
import io.cattleguard.respond.action.NotVisibleYet;
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
    implements Action.Leased<AwsScope, ObservedIngress> {
  private static final Duration DEFAULT_LEASE = Duration.ofHours(4);
  private static final int DEFAULT_INTERFACES = 10;

  /** Marks the state of an attempt: EC2 removed the rule, or did not find it. */
  private static final String MADE = "made";

  private static final String GONE = "gone";

  private static final String RULE = "rule";
  private static final String OTHERWISE = "otherwise";
  private static final String PEER = "peer";
  private static final String PORT = "port";
  private static final String PROTOCOL = "protocol";

  private static final Progress.Done CHANGED_BACK =
      new Progress.Done(
          ResponseOutcome.FAILED,
          "not taken: EC2 did not find the rule, and shows it: it may have been changed back");

  /** Marks the stored rule: EC2 removed it. */
  private static final String REVOKED = "revoked";

  /** Creates the action with a lease of four hours and at most ten interfaces. */
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
      return stillThere(state(observed, rule).put(OTHERWISE, "; EC2 answered: " + e.getMessage()));
    }
    return switch (change) {
      case Network.Change.Made made -> stillThere(state(observed, rule).put(MADE, true));
      case Network.Change.Denied no -> {
        // An earlier attempt may have revoked the rule; then the release must restore it.
        if (!begunBefore) {
          undo.forget();
        }
        yield new Progress.Done(ResponseOutcome.FAILED, "not taken: " + no.reason(), begunBefore);
      }
      case Network.Change.Gone gone -> {
        if (begunBefore) {
          yield stillThere(state(observed, rule));
        }
        // The rule was revoked or changed before, so this lease must not restore it.
        undo.forget();
        yield new Progress.Pending(state(observed, rule).put(GONE, true), CHANGED_BACK);
      }
    };
  }

  /** The rule, and the connection of the alert. */
  private static ObjectNode state(ObservedIngress observed, IngressRule rule) {
    ObjectNode state =
        JsonNodeFactory.instance
            .objectNode()
            .put(PEER, observed.connection().peer())
            .put(PORT, observed.connection().localPort())
            .put(PROTOCOL, observed.connection().protocol());
    state.set(RULE, rule.toJson());
    return state;
  }

  private static Progress stillThere(ObjectNode state) {
    return new Progress.Pending(
        state,
        new Progress.Done(
            ResponseOutcome.FAILED,
            "the rule still exists" + state.path(OTHERWISE).asText(),
            true));
  }

  /**
   * Done when the rule is gone, its group has no equal rule, and no rule allows the connection. A
   * rule that EC2 does not find is reported only after a while: a person may have removed the rule,
   * or changed it, may change it back, and it keeps its id.
   */
  @Override
  public Progress verify(AwsScope scope, JsonNode state, UndoRecord undo, Duration since) {
    IngressRule rule = IngressRule.read(state.path(RULE));
    Optional<SecurityGroup> group = scope.network().group(rule.group());
    boolean isClosed = group.flatMap(one -> like(one, rule)).isEmpty();
    Optional<IngressRule> open = group.flatMap(one -> lettingIn(one, state));
    boolean wasGone = state.path(GONE).asBoolean();
    boolean isEarly = since.compareTo(AwsScope.SETTLED) < 0;
    if (!isClosed || (isEarly && (wasGone || open.isPresent()))) {
      ObjectNode again = state.deepCopy();
      return wasGone ? new Progress.Pending(again, CHANGED_BACK) : stillThere(again);
    }
    if (state.path(MADE).asBoolean()) {
      undo.amend(before -> ((ObjectNode) before.deepCopy()).put(REVOKED, true));
    }
    if (open.isPresent()) {
      return new Progress.Done(
          ResponseOutcome.FAILED,
          (wasGone ? "not taken: the rule was already gone" : "the rule was revoked")
              + allowsToo(open.get()),
          !wasGone);
    }
    return wasGone
        ? new Progress.Done(ResponseOutcome.TAKEN, "nothing to do: the rule was already gone")
        : new Progress.Done(
            ResponseOutcome.TAKEN,
            "rule revoked; no equal rule is left in "
                + rule.group()
                + "; connections that were already open may persist; the rule allowed "
                + rule.whatItLetsIn()
                + rule.description().map(text -> " (" + text + ")").orElse(""),
            true);
  }

  private static String allowsToo(IngressRule open) {
    return ", but rule "
        + open.id()
        + " allows the connection too, which was added or changed meanwhile: "
        + open.whatItLetsIn();
  }

  private static Optional<IngressRule> lettingIn(SecurityGroup group, JsonNode state) {
    if (!state.path(PEER).isTextual() || !state.path(PORT).isInt()) {
      return Optional.empty();
    }
    Optional<String> protocol = Optional.ofNullable(state.path(PROTOCOL).textValue());
    return group.ingress().stream()
        .filter(one -> one.letsIn(state.path(PEER).asText(), state.path(PORT).asInt(), protocol))
        .findFirst();
  }

  @Override
  public Duration longestPause() {
    return Duration.ofSeconds(5);
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

  /**
   * A revoked rule never reappears under its id: only another rule can allow the connection again.
   * A rule that a person changed keeps its id, and may be changed back.
   */
  @Override
  public boolean holds(AwsScope scope, JsonNode subject) {
    IngressRule rule = IngressRule.read(subject);
    boolean wasRevoked = subject.path(REVOKED).asBoolean();
    return scope
        .network()
        .group(rule.group())
        .flatMap(group -> wasRevoked ? another(group, rule) : like(group, rule))
        .isEmpty();
  }

  @Override
  public Optional<String> sharedEffect(JsonNode subject) {
    IngressRule rule = IngressRule.read(subject);
    return Optional.of(rule.neighbourhood() + " " + rule.whatItLetsIn());
  }

  @Override
  public Duration settling() {
    return AwsScope.SETTLING;
  }

  @Override
  public Duration settled() {
    return AwsScope.SETTLED;
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

  private static Optional<IngressRule> changed(SecurityGroup group, IngressRule rule) {
    return group.ingress().stream()
        .filter(one -> one.id().equals(rule.id()) && !rule.isLike(one))
        .findFirst();
  }

  /** Determines what the killed attempt has changed, from the stored state. */
  @Override
  public Optional<Progress.Done> interrupted(
      AwsScope scope, ObservedIngress observed, String uid, UndoRecord undo) {
    return undo.remembered()
        .map(
            before -> {
              IngressRule rule = IngressRule.read(before);
              if (isClosed(scope, rule)) {
                Optional<IngressRule> open =
                    scope
                        .network()
                        .group(rule.group())
                        .flatMap(group -> lettingIn(group, state(observed, rule)));
                if (open.isPresent()) {
                  return new Progress.Done(
                      ResponseOutcome.FAILED,
                      "the attempt to revoke the rule was interrupted; no equal rule is left"
                          + allowsToo(open.get()),
                      true);
                }
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

  /**
   * Restores the rule, unless an equal rule exists. EC2 knows whether the same rule still exists. A
   * revoked rule never reappears under its id, so a rule with its id and different content was
   * edited by a person, and the attempt was killed before it revoked the rule.
   */
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
    Optional<IngressRule> changed = changed(group.get(), rule);
    if (changed.isPresent() && !subject.path(REVOKED).asBoolean()) {
      return new Progress.Done(
          ResponseOutcome.REFUSED,
          "rule "
              + rule.id()
              + " was changed and not revoked, so it stays as it is; now "
              + changed.get().whatItLetsIn()
              + "; before "
              + rule.whatItLetsIn());
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
        .orElseThrow(
            () -> new NotVisibleYet("the rule was restored, but EC2 does not show it yet"));
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
