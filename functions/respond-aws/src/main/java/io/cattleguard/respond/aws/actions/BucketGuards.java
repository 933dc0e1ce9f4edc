package io.cattleguard.respond.aws.actions;

import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Objection;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.aws.storage.Bucket;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The guards of blocking public access to a bucket, in addition to those of every action. */
final class BucketGuards {
  /** The guards, in the order of their objections. */
  static final List<Guard<Observed>> ALL =
      List.of(
          Guard.of("trusted source", NetworkGuards::whoSaysSo),
          Guard.of("bucket named", BucketGuards::named),
          Guard.of("response bucket", BucketGuards::listed),
          Guard.asking("bucket exists", BucketGuards::exists),
          Guard.of("account and region", BucketGuards::account),
          Guard.of("protected", BucketGuards::untouchable));

  /** The ARN of a bucket, not of an object in it. */
  private static final Pattern ARN =
      Pattern.compile("arn:aws[a-z-]*:s3:::(?<name>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])");

  private BucketGuards() {}

  /**
   * The state that the action read.
   *
   * @param bucket that the alert names, if it is one that responses may change
   */
  record Observed(AwsScope scope, Fact<Optional<Bucket>> bucket) implements ObservedState {
    static Observed of(AwsScope scope, Target target) {
      String account = target.account();
      Optional<String> name = nameOf(target).filter(scope.storage().listed()::contains);
      return new Observed(
          scope,
          name.isEmpty() || account == null
              ? new Fact.Known<>(Optional.empty())
              : Fact.ask(() -> scope.storage().buckets().bucket(account, name.get())));
    }

    @Override
    public Optional<Bucket> subject() {
      return Fact.found(bucket);
    }
  }

  /** The bucket of the alert. */
  static Optional<String> nameOf(Target target) {
    String resource = target.resource();
    if (resource == null) {
      return Optional.empty();
    }
    Matcher arn = ARN.matcher(resource);
    return arn.matches() ? Optional.of(arn.group("name")) : Optional.empty();
  }

  private static Optional<String> named(Situation<Observed> s) {
    Target target = s.scored().alert().target();
    return nameOf(target).isEmpty() || target.account() == null || target.region() == null
        ? Optional.of("the alert does not name one bucket, its account and its region")
        : Optional.empty();
  }

  private static Optional<String> listed(Situation<Observed> s) {
    return nameOf(s.scored().alert().target())
        .filter(name -> !s.observed().scope().storage().listed().contains(name) && !s.rehearsal())
        .map(name -> "bucket " + name + " is not one of the response buckets");
  }

  private static Optional<Objection> exists(Situation<Observed> s) {
    return nameOf(s.scored().alert().target())
        .filter(s.observed().scope().storage().listed()::contains)
        .flatMap(
            name ->
                Fact.exists(
                    s,
                    s.observed().bucket(),
                    "the account has no bucket " + name,
                    "cannot read the bucket"));
  }

  private static Optional<String> account(Situation<Observed> s) {
    return Fact.objection(
        s.observed().bucket(),
        bucket -> NetworkGuards.sameAccount(s, "bucket", bucket.account(), bucket.region()));
  }

  private static Optional<String> untouchable(Situation<Observed> s) {
    return Fact.objection(
        s.observed().bucket(),
        bucket ->
            NetworkGuards.protectedBy(bucket.tags())
                .map(why -> "bucket " + bucket.name() + " " + why));
  }
}
