package io.cattleguard.respond.aws.actions;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.NotVisibleYet;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.aws.identity.Role;
import io.cattleguard.respond.aws.identity.RoleSessions;
import io.cattleguard.respond.aws.network.Network.Change;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Gives a role an inline policy that denies everything to sessions that began before the decision.
 * Later sessions are not affected.
 *
 * @param leaseTime after which the policy is removed
 */
public record RevokeRoleSessions(Duration leaseTime) implements LeasedAction<ObservedRole> {
  /** No session of a role lasts longer, so the end of the lease makes none valid again. */
  private static final Duration DEFAULT_LEASE = Duration.ofHours(12);

  private static final String CAVEAT =
      "workloads that use the role are denied too until they get new credentials; a principal that"
          + " can still assume the role gets a new session; sessions of other roles that were begun"
          + " from it stay valid for up to 1 h";

  private static final Wording WORDING =
      new Wording(
          "IAM",
          "attempt to revoke the sessions",
          "the sessions are revoked",
          "IAM does not show the inline policy",
          "the role was already deleted",
          CAVEAT);

  /** Creates the action with a lease of twelve hours. */
  public RevokeRoleSessions() {
    this(DEFAULT_LEASE);
  }

  @Override
  public String name() {
    return "revoke-role-sessions";
  }

  @Override
  public RevokeRoleSessions lasting(Duration time) {
    return new RevokeRoleSessions(time);
  }

  @Override
  public Wording wording() {
    return WORDING;
  }

  @Override
  public Effect effect() {
    return Effect.CONTAINS;
  }

  @Override
  public ObservedRole look(AwsScope scope, ScoredAlert scored) {
    return ObservedRole.of(scope, scored.alert().target());
  }

  @Override
  public List<Guard<ObservedRole>> guards() {
    return RoleGuards.ALL;
  }

  /** Never replaces a policy with that name that another attempt or a person made. */
  @Override
  public Progress take(AwsScope scope, ObservedRole observed, UndoRecord undo) {
    Optional<RoleSessions> begunBefore = undo.remembered().map(RoleSessions::read);
    RoleSessions sessions =
        begunBefore.orElseGet(() -> observed.subject().orElseThrow().revokedAt(undo.since()));
    Optional<JsonNode> policy = policy(scope, sessions);
    if (policy.isPresent()) {
      return begunBefore.isPresent() && isOurs(policy, sessions)
          ? pending(sessions.toJson(), "")
          : new Progress.Done(
              ResponseOutcome.FAILED,
              "not taken: the role already has an inline policy " + sessions.policyName(),
              begunBefore.isPresent());
    }
    return change(sessions, begunBefore.isPresent(), undo, () -> scope.identities().deny(sessions));
  }

  private static Optional<JsonNode> policy(AwsScope scope, RoleSessions sessions) {
    return scope.identities().inlinePolicy(sessions.role(), sessions.policyName());
  }

  private static boolean isOurs(Optional<JsonNode> policy, RoleSessions sessions) {
    return policy.filter(sessions.policy()::equals).isPresent();
  }

  /** Done when IAM shows the policy of the same role. */
  @Override
  public Progress verify(AwsScope scope, JsonNode state, UndoRecord undo, Duration since) {
    RoleSessions sessions = RoleSessions.read(LeasedAction.before(state));
    Optional<Role> role = role(scope, sessions);
    if (role.isEmpty()) {
      return gone(undo);
    }
    return isOurs(policy(scope, sessions), sessions)
        ? new Progress.Done(ResponseOutcome.TAKEN, revoked(sessions, role.get(), undo), true)
        : stillPending(state);
  }

  private static String revoked(RoleSessions sessions, Role role, UndoRecord undo) {
    boolean returns =
        undo.until().isBefore(sessions.before().orElseThrow().plus(role.longestSession()));
    return "inline policy "
        + sessions.policyName()
        + " denies everything to sessions of role "
        + role.name()
        + " that began before "
        + sessions.before().orElseThrow()
        + "; "
        + CAVEAT
        + (returns
            ? "; the lease ends before the longest of these sessions expires, and they work again"
                + " then"
            : "");
  }

  /** The role with the same id; empty if a role with the same name was created since. */
  private static Optional<Role> role(AwsScope scope, RoleSessions sessions) {
    return scope
        .identities()
        .role(sessions.role())
        .filter(role -> role.id().equals(sessions.roleId()));
  }

  /** Without a time, the subject has no policy. */
  @Override
  public boolean holds(AwsScope scope, JsonNode subject) {
    RoleSessions sessions = RoleSessions.read(subject);
    return sessions.before().isPresent()
        && (role(scope, sessions).isEmpty() || isOurs(policy(scope, sessions), sessions));
  }

  @Override
  public boolean isGone(AwsScope scope, JsonNode before) {
    return role(scope, RoleSessions.read(before)).isEmpty();
  }

  /** Removes exactly the policy that was added, unless a person has changed it. */
  @Override
  public Progress.Done release(AwsScope scope, JsonNode subject) {
    RoleSessions sessions = RoleSessions.read(subject);
    if (role(scope, sessions).isEmpty()) {
      return new Progress.Done(ResponseOutcome.RELEASED, "the role was deleted");
    }
    Optional<JsonNode> policy = policy(scope, sessions);
    if (policy.isPresent() && !isOurs(policy, sessions)) {
      return new Progress.Done(
          ResponseOutcome.REFUSED,
          "inline policy "
              + sessions.policyName()
              + " of role "
              + sessions.role()
              + " was changed, so it was not removed");
    }
    // IAM may still show the role as it was before, so a policy that it does not show is removed
    // too.
    Change change = scope.identities().allow(sessions);
    boolean isRemoved = policy(scope, sessions).isEmpty();
    if (change instanceof Change.Denied no && !(policy.isEmpty() && isRemoved)) {
      return new Progress.Done(
          ResponseOutcome.FAILED,
          "inline policy " + sessions.policyName() + " could not be removed: " + no.reason());
    }
    if (!isRemoved) {
      throw new NotVisibleYet("the inline policy was removed, but IAM still shows it");
    }
    return new Progress.Done(
        ResponseOutcome.RELEASED,
        "inline policy "
            + sessions.policyName()
            + (change instanceof Change.Made ? " was removed" : " was already removed"));
  }

  @Override
  public List<Permission> permissions() {
    return List.of(
        Statement.toLookAt(
            "SeeRolesAndTheirPolicies",
            "role",
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies"),
        Statement.toChange(
            "DenySessionsOfTaggedRolesAndAllowThemAgain",
            "role",
            Statement.Bound.TAG,
            "iam:PutRolePolicy",
            "iam:DeleteRolePolicy"));
  }

  @Override
  public String named(Target target) {
    return target.principal() == null
        ? "no role"
        : "sessions of role "
            + target.principal()
            + " up to that with access key "
            + target.accessKey();
  }

  @Override
  public String inWords(Target target, String uid) {
    return RoleSessions.inWords(uid);
  }
}
