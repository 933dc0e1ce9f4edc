package io.cattleguard.respond.aws.actions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.NotVisibleYet;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.aws.identity.AccessKey;
import io.cattleguard.respond.aws.identity.User;
import io.cattleguard.respond.aws.network.Network.Change;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Makes the one access key of an IAM user inactive with which the alert's calls were signed. AWS
 * denies each later call that is signed with it.
 *
 * <p>A key that leaked stays leaked, and while it is inactive no alert can show whether the attack
 * continues. So by default only a person activates it again; at the end of the lease, people are
 * reminded.
 *
 * @param leaseTime after which people are reminded, or the key is active again
 * @param reactivate whether the key is active again when the lease ends
 */
public record DeactivateAccessKey(Duration leaseTime, boolean reactivate)
    implements LeasedAction<ObservedKey> {
  /** Marks the state of an attempt that found the key inactive. */
  private static final String ALREADY = "already";

  private static final Progress.Done ALREADY_ACTIVE =
      new Progress.Done(ResponseOutcome.RELEASED, "the access key was already active");

  /** Enough time to replace a leaked key. */
  private static final Duration DEFAULT_LEASE = Duration.ofDays(7);

  /** Deactivating a key does not end the sessions that were started with it. */
  private static final String CAVEAT =
      "temporary credentials that were obtained with it stay valid until they expire, at most 36 h";

  private static final Wording WORDING =
      new Wording(
          "IAM",
          "attempt to deactivate the access key",
          "the access key is inactive",
          "the access key is still active",
          "the access key was already deleted",
          CAVEAT);

  /** With a lease of seven days; the key stays inactive until a person undoes that. */
  public DeactivateAccessKey() {
    this(DEFAULT_LEASE, false);
  }

  /** Creates the action with a lease, at the end of which the key is active again. */
  public DeactivateAccessKey(Duration leaseTime) {
    this(leaseTime, true);
  }

  @Override
  public String name() {
    return "deactivate-access-key";
  }

  @Override
  public DeactivateAccessKey lasting(Duration time) {
    return new DeactivateAccessKey(time, reactivate);
  }

  @Override
  public DeactivateAccessKey with(PolicyNode settings) {
    PolicyNode.Mapping keys = settings.mapping(LEASE, "reactivate");
    return new DeactivateAccessKey(
        keys.optional(LEASE).map(PolicyNode::duration).orElse(leaseTime),
        keys.optional("reactivate").map(PolicyNode::flag).orElse(reactivate));
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
  public ObservedKey look(AwsScope scope, ScoredAlert scored) {
    return ObservedKey.of(scope, scored.alert().target());
  }

  @Override
  public List<Guard<ObservedKey>> guards() {
    return KeyGuards.ALL;
  }

  @Override
  public Progress take(AwsScope scope, ObservedKey observed, UndoRecord undo) {
    AccessKey seen = observed.subject().orElseThrow();
    Optional<AccessKey> begunBefore = undo.remembered().map(AccessKey::read);
    // A key that was seen as inactive may be active again.
    Optional<AccessKey> now = seen.active() ? Optional.of(seen) : now(scope, seen);
    if (now.isEmpty()) {
      return gone(undo);
    }
    AccessKey key = now.get();
    if (!key.active()) {
      // A killed attempt or a person made the key inactive: then this lease must not activate it.
      return begunBefore.isPresent() ? pending(key.toJson(), "") : already(key);
    }
    return change(
        begunBefore.orElse(key),
        begunBefore.isPresent(),
        undo,
        () -> scope.identities().setActive(key, false));
  }

  /**
   * IAM may show an older status of the key, so this is reported only after it was seen for a
   * while.
   */
  private static Progress already(AccessKey key) {
    ObjectNode state = JsonNodeFactory.instance.objectNode().put(ALREADY, true);
    state.set("before", key.toJson());
    return new Progress.Pending(
        state,
        new Progress.Done(
            ResponseOutcome.FAILED, "not taken: the access key was inactive, and is active again"));
  }

  /** Done when IAM shows the key as inactive. */
  @Override
  public Progress verify(AwsScope scope, JsonNode state, UndoRecord undo, Duration since) {
    AccessKey key = AccessKey.read(LeasedAction.before(state));
    Optional<User> user = scope.identities().user(key.user());
    Optional<AccessKey> now = user.flatMap(one -> one.key(key.id()));
    if (now.isEmpty()) {
      return gone(undo);
    }
    if (state.path(ALREADY).asBoolean()) {
      return !now.get().active() && since.compareTo(AwsScope.SETTLED) >= 0
          ? new Progress.Done(
              ResponseOutcome.TAKEN, "nothing to do: the access key was already inactive")
          : already(key);
    }
    return now.get().active()
        ? stillPending(state)
        : new Progress.Done(ResponseOutcome.TAKEN, inactive(key, user.orElseThrow(), undo), true);
  }

  private String inactive(AccessKey key, User user, UndoRecord undo) {
    List<String> others = user.otherActiveKeys(key.id());
    return "access key "
        + key.id()
        + " is inactive; "
        + CAVEAT
        + "; the password of user "
        + user.name()
        + " was left as it is"
        + (others.isEmpty()
            ? ""
            : ", and so were its other active access keys: " + String.join(", ", others))
        + (reactivate
            ? "; replace the key before the lease ends at "
                + undo.until()
                + ", because it is active again then"
            : "; it stays inactive until a person undoes this, also after the lease: replace the"
                + " key and delete it");
  }

  private static Optional<AccessKey> now(AwsScope scope, AccessKey key) {
    return scope.identities().user(key.user()).flatMap(user -> user.key(key.id()));
  }

  /** A higher limit than usual: an intruder with another key of the user can activate it again. */
  @Override
  public int retakes() {
    return 3;
  }

  @Override
  public boolean holds(AwsScope scope, JsonNode subject) {
    return now(scope, AccessKey.read(subject)).filter(AccessKey::active).isEmpty();
  }

  /** While the key is inactive, no alert shows whether its holder still tries to use it. */
  @Override
  public Optional<String> outlasts(AwsScope scope, JsonNode subject) {
    return reactivate
        ? Optional.empty()
        : now(scope, AccessKey.read(subject))
            .filter(key -> !key.active())
            .map(
                key ->
                    "access key "
                        + key.id()
                        + " stays inactive, because a key that leaked is not activated by a timer;"
                        + " replace it and delete it, or undo this");
  }

  @Override
  public boolean isGone(AwsScope scope, JsonNode before) {
    return now(scope, AccessKey.read(before)).isEmpty();
  }

  /**
   * Makes the key active again. IAM does not record who made a key inactive, so to keep it
   * inactive, a person deletes it or protects the user.
   */
  @Override
  public Progress.Done release(AwsScope scope, JsonNode subject) {
    AccessKey key = AccessKey.read(subject);
    Optional<User> user = scope.identities().user(key.user());
    Optional<AccessKey> now = user.flatMap(one -> one.key(key.id()));
    if (now.isEmpty()) {
      return new Progress.Done(ResponseOutcome.RELEASED, "the access key was deleted");
    }
    boolean wasActive = now.get().active();
    Optional<String> protectedBy = scope.protectedBy(key.user(), user.orElseThrow().tags());
    if (protectedBy.isPresent()) {
      return wasActive
          ? ALREADY_ACTIVE
          : new Progress.Done(
              ResponseOutcome.REFUSED,
              "the access key stays inactive: user " + key.user() + " " + protectedBy.get());
    }
    // IAM may still show the status before the key was deactivated, so a key that looks active is
    // activated too.
    Change change = scope.identities().setActive(key, true);
    boolean isActive = now(scope, key).filter(one -> !one.active()).isEmpty();
    if (change instanceof Change.Denied no && !(wasActive && isActive)) {
      return new Progress.Done(
          ResponseOutcome.FAILED, "the access key could not be activated: " + no.reason());
    }
    if (!isActive) {
      throw new NotVisibleYet("the access key was activated, but IAM does not show it yet");
    }
    return wasActive
        ? ALREADY_ACTIVE
        : new Progress.Done(
            ResponseOutcome.RELEASED, "access key " + key.id() + " is active again");
  }

  @Override
  public List<Permission> permissions() {
    return List.of(
        Statement.toLookAt(
            "SeeUsersAndTheirAccessKeys", "user", "iam:GetUser", "iam:ListAccessKeys"),
        Statement.toChange(
            "DeactivateAccessKeysOfTaggedUsersAndActivateThemAgain",
            "user",
            Statement.Bound.TAG,
            "iam:UpdateAccessKey"));
  }

  @Override
  public String named(Target target) {
    return target.accessKey() == null ? "no access key" : "access key " + target.accessKey();
  }

  @Override
  public String inWords(Target target, String uid) {
    return AccessKey.inWords(uid);
  }
}
