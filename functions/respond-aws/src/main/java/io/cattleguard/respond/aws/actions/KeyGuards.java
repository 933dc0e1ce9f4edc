package io.cattleguard.respond.aws.actions;

import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Objection;
import io.cattleguard.respond.action.Situation;
import java.util.List;
import java.util.Optional;

/** The guards of deactivating an access key, in addition to those of every action. */
final class KeyGuards {
  /** The guards, in the order of their objections. */
  static final List<Guard<ObservedKey>> ALL =
      List.of(
          Guard.of("trusted source", NetworkGuards::whoSaysSo),
          Guard.of("access key named", KeyGuards::named),
          Guard.of("key of an IAM user", KeyGuards::ofAUser),
          Guard.asking("access key exists", KeyGuards::exists),
          Guard.of("account", KeyGuards::account),
          Guard.asking("own access key", KeyGuards::own),
          Guard.of("protected", KeyGuards::untouchable),
          Guard.of("response tag", KeyGuards::tagged));

  /** The names of IAM and GuardDuty for the type of an IAM user. */
  private static final String IAM_USER = "IAMUser";

  /** The prefix of the ids of long-term access keys. */
  private static final String LONG_TERM = "AKIA";

  private KeyGuards() {}

  /**
   * Whether the alert names a long-term key of an IAM user. The root user's keys begin in the same
   * way, so the type of the caller decides.
   */
  static boolean isLongTermKeyOfAUser(Target target) {
    String key = target.accessKey();
    return IAM_USER.equals(target.principalType()) && key != null && key.startsWith(LONG_TERM);
  }

  private static Optional<String> named(Situation<ObservedKey> s) {
    Target target = s.scored().alert().target();
    return target.principal() == null || target.accessKey() == null || target.account() == null
        ? Optional.of("the alert does not name an access key, its user and its account")
        : Optional.empty();
  }

  private static Optional<String> ofAUser(Situation<ObservedKey> s) {
    Target target = s.scored().alert().target();
    String type = target.principalType();
    if (target.accessKey() == null || isLongTermKeyOfAUser(target)) {
      return Optional.empty();
    }
    if (type == null) {
      return Optional.of("the alert does not say whether the access key is an IAM user's");
    }
    return Optional.of(
        type.equals(IAM_USER)
            ? "the alert names temporary credentials of the user, which cannot be deactivated"
            : "only keys of IAM users are deactivated; the caller is of type " + type);
  }

  private static Optional<Objection> exists(Situation<ObservedKey> s) {
    Target target = s.scored().alert().target();
    return isLongTermKeyOfAUser(target) && target.principal() != null
        ? Fact.exists(
            s,
            s.observed().key(),
            "user " + target.principal() + " has no access key " + target.accessKey(),
            "cannot read the access keys of the user")
        : Optional.empty();
  }

  private static Optional<String> account(Situation<ObservedKey> s) {
    return Fact.objection(
        s.observed().user(), user -> NetworkGuards.ownAccount(s, "user", user.account()));
  }

  /** Cattleguard without its key could not undo anything. */
  private static Optional<Objection> own(Situation<ObservedKey> s) {
    return switch (s.observed().own()) {
      case Fact.Known<Boolean> known ->
          known.value()
              ? Optional.of(Objection.refuses("Cattleguard itself uses the access key"))
              : Optional.empty();
      case Fact.Unknown<Boolean> unknown ->
          s.rehearsal()
              ? Optional.empty()
              : Optional.of(
                  Objection.unread(
                      "cannot tell whether Cattleguard itself uses the access key: "
                          + unknown.reason()));
    };
  }

  private static Optional<String> untouchable(Situation<ObservedKey> s) {
    return Fact.objection(
        s.observed().user(),
        user -> NetworkGuards.unprotected(s.observed().scope(), "user", user.name(), user.tags()));
  }

  private static Optional<String> tagged(Situation<ObservedKey> s) {
    return Fact.objection(
        s.observed().user(),
        user -> NetworkGuards.tagged(s.observed().scope(), "user", user.name(), user.tags()));
  }
}
