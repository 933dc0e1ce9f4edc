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
import io.cattleguard.respond.aws.network.Network.Change;
import io.cattleguard.respond.aws.storage.Bucket;
import io.cattleguard.respond.aws.storage.PublicAccess;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Blocks all public access to one bucket, with the bucket's own four settings. Its policy and its
 * ACLs stay as they are.
 *
 * @param leaseTime after which the bucket has its previous settings again
 */
public record BlockBucketPublicAccess(Duration leaseTime)
    implements LeasedAction<BucketGuards.Observed> {
  /** Enough time to remove the cause: after the lease the bucket is public again. */
  private static final Duration DEFAULT_LEASE = Duration.ofDays(7);

  private static final String CAVEAT =
      "everything that reads the bucket without credentials is cut off too, a public web site and"
          + " other accounts with a public policy included; what was read before is gone; access"
          + " points have settings of their own; requests with this account's credentials and URLs"
          + " that they signed still work";

  private static final Wording WORDING =
      new Wording(
          "S3",
          "attempt to block public access",
          "the bucket blocks all public access",
          "the bucket does not block public access",
          "the bucket was already deleted",
          CAVEAT);

  /** Creates the action with a lease of seven days. */
  public BlockBucketPublicAccess() {
    this(DEFAULT_LEASE);
  }

  @Override
  public String name() {
    return "block-bucket-public-access";
  }

  @Override
  public BlockBucketPublicAccess lasting(Duration time) {
    return new BlockBucketPublicAccess(time);
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
  public BucketGuards.Observed look(AwsScope scope, ScoredAlert scored) {
    return BucketGuards.Observed.of(scope, scored.alert().target());
  }

  @Override
  public List<Guard<BucketGuards.Observed>> guards() {
    return BucketGuards.ALL;
  }

  @Override
  public Progress take(AwsScope scope, BucketGuards.Observed observed, UndoRecord undo) {
    Bucket bucket = observed.subject().orElseThrow();
    Optional<Bucket> begunBefore = undo.remembered().map(Bucket::read);
    if (bucket.isBlocked()) {
      // The settings are from a killed attempt or from a person: then this lease must not undo
      // them.
      return begunBefore.isPresent()
          ? pending(begunBefore.get().toJson(), "")
          : new Progress.Done(
              ResponseOutcome.TAKEN, "nothing to do: the bucket already blocked all public access");
    }
    // People may have changed the settings since an earlier attempt stored them.
    return change(
        bucket,
        begunBefore.isPresent(),
        undo,
        () -> scope.storage().buckets().set(bucket.with(Optional.of(PublicAccess.BLOCKED))));
  }

  /** Done when S3 shows the four settings. */
  @Override
  public Progress verify(AwsScope scope, JsonNode state, UndoRecord undo, Duration since) {
    Bucket before = Bucket.read(LeasedAction.before(state));
    Optional<Bucket> is = now(scope, before);
    if (is.isEmpty()) {
      return gone(undo);
    }
    return is.get().isBlocked()
        ? new Progress.Done(
            ResponseOutcome.TAKEN,
            WORDING.effect()
                + "; "
                + CAVEAT
                + "; remove what made the bucket public before the lease ends at "
                + undo.until()
                + ", because it has its previous settings again then",
            true)
        : stillPending(state);
  }

  private static Optional<Bucket> now(AwsScope scope, Bucket bucket) {
    return scope.storage().buckets().bucket(bucket.account(), bucket.name());
  }

  @Override
  public boolean holds(AwsScope scope, JsonNode subject) {
    return now(scope, Bucket.read(subject)).filter(is -> !is.isBlocked()).isEmpty();
  }

  /** Restores exactly the previous settings, unless they were changed since. */
  @Override
  public Progress.Done release(AwsScope scope, JsonNode subject) {
    Bucket before = Bucket.read(subject);
    Optional<Bucket> is = now(scope, before);
    if (is.isEmpty()) {
      return new Progress.Done(ResponseOutcome.RELEASED, "the bucket was deleted");
    }
    boolean wasBack = is.get().access().equals(before.access());
    if (!wasBack && !is.get().isBlocked()) {
      return new Progress.Done(
          ResponseOutcome.RELEASED,
          "the settings of the bucket were changed since, so they were left as they are");
    }
    Optional<String> protectedBy = NetworkGuards.protectedBy(is.get().tags());
    if (!wasBack && protectedBy.isPresent()) {
      return new Progress.Done(
          ResponseOutcome.REFUSED,
          "the bucket stays blocked: bucket " + before.name() + " " + protectedBy.get());
    }
    // S3 may still show the settings before they were changed, so they are restored too.
    Change change = scope.storage().buckets().set(before);
    boolean isBack =
        now(scope, before).filter(one -> !one.access().equals(before.access())).isEmpty();
    if (change instanceof Change.Denied no && !(wasBack && isBack)) {
      return new Progress.Done(
          ResponseOutcome.FAILED, "the settings could not be restored: " + no.reason());
    }
    if (!isBack) {
      throw new NotVisibleYet("the settings were restored, but S3 does not show them yet");
    }
    return new Progress.Done(
        ResponseOutcome.RELEASED,
        wasBack
            ? "the bucket already had its previous settings"
            : before.access().isPresent()
                ? "the bucket has its previous settings again"
                : "the bucket has no settings of its own again");
  }

  @Override
  public List<Permission> permissions() {
    return List.of(
        new Statement(
            "SeeListedBuckets",
            List.of("s3:GetBucketLocation", "s3:GetBucketTagging", "s3:GetBucketPublicAccessBlock"),
            Statement.BUCKET,
            Statement.Bound.LISTED,
            false),
        Statement.toChange(
            "BlockPublicAccessOfListedBucketsAndAllowItAgain",
            Statement.BUCKET,
            Statement.Bound.LISTED,
            "s3:PutBucketPublicAccessBlock"));
  }

  @Override
  public String named(Target target) {
    return BucketGuards.nameOf(target).map(name -> "bucket " + name).orElse("no bucket");
  }

  @Override
  public String inWords(Target target, String uid) {
    return Bucket.inWords(uid);
  }
}
