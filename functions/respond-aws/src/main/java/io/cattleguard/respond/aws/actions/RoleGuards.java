package io.cattleguard.respond.aws.actions;

import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Objection;
import io.cattleguard.respond.action.Situation;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The guards of revoking the sessions of a role, in addition to those of every action. */
final class RoleGuards {
  /** The guards, in the order of their objections. */
  static final List<Guard<ObservedRole>> ALL =
      List.of(
          Guard.of("trusted source", NetworkGuards::whoSaysSo),
          Guard.of("role session named", RoleGuards::named),
          Guard.of("session of a role", RoleGuards::ofARole),
          Guard.asking("role exists", RoleGuards::exists),
          Guard.of("account", RoleGuards::account),
          Guard.of("same role", RoleGuards::same),
          Guard.of("role of AWS", RoleGuards::ofAws),
          Guard.of("role of a cluster", RoleGuards::ofACluster),
          Guard.of("protected", RoleGuards::untouchable),
          Guard.of("response tag", RoleGuards::tagged));

  /** GuardDuty's name for the type of a role session. */
  private static final String ASSUMED_ROLE = "AssumedRole";

  /** A temporary access key; it becomes a part of a policy's name. */
  private static final Pattern TEMPORARY = Pattern.compile("ASIA[A-Z0-9]{12,60}");

  /** Paths of roles that belong to AWS services and to IAM Identity Center. */
  private static final List<String> OF_AWS = List.of("/aws-service-role/", "/aws-reserved/");

  /** The prefixes of the managed policies that EKS, its nodes and its pods on Fargate need. */
  private static final String EKS = "AmazonEKS";

  private RoleGuards() {}

  /** Whether the alert names a session of a role. */
  static boolean isSessionOfARole(Target target) {
    String key = target.accessKey();
    return ASSUMED_ROLE.equals(target.principalType())
        && key != null
        && TEMPORARY.matcher(key).matches();
  }

  private static Optional<String> named(Situation<ObservedRole> s) {
    Target target = s.scored().alert().target();
    return target.principal() == null || target.accessKey() == null || target.account() == null
        ? Optional.of(
            "the alert does not name a role, the access key of its session and its account")
        : Optional.empty();
  }

  private static Optional<String> ofARole(Situation<ObservedRole> s) {
    Target target = s.scored().alert().target();
    String type = target.principalType();
    if (target.accessKey() == null || isSessionOfARole(target)) {
      return Optional.empty();
    }
    if (type == null) {
      return Optional.of("the alert does not say whether the caller is a session of a role");
    }
    return Optional.of(
        type.equals(ASSUMED_ROLE)
            ? "the alert does not name a temporary access key"
            : "only sessions of roles are revoked; the caller is of type " + type);
  }

  private static Optional<Objection> exists(Situation<ObservedRole> s) {
    Target target = s.scored().alert().target();
    return isSessionOfARole(target) && target.principal() != null
        ? Fact.exists(
            s,
            s.observed().role(),
            "role " + target.principal() + " no longer exists",
            "cannot read the role")
        : Optional.empty();
  }

  private static Optional<String> account(Situation<ObservedRole> s) {
    return Fact.objection(
        s.observed().role(), role -> NetworkGuards.ownAccount(s, "role", role.account()));
  }

  /** A role that was created after the alert is not the one whose session the alert saw. */
  private static Optional<String> same(Situation<ObservedRole> s) {
    return Fact.objection(
        s.observed().role(),
        role ->
            NetworkGuards.after(s, role.createdAt())
                .map(
                    late ->
                        "the role was created "
                            + late
                            + ": it is not the role that the alert saw"));
  }

  private static Optional<String> ofAws(Situation<ObservedRole> s) {
    return Fact.objection(
        s.observed().role(),
        role ->
            OF_AWS.stream()
                .filter(role.path()::startsWith)
                .findFirst()
                .map(path -> "role " + role.name() + " belongs to AWS (path " + path + ")"));
  }

  /** Nodes without credentials leave their cluster. */
  private static Optional<String> ofACluster(Situation<ObservedRole> s) {
    return Fact.objection(
        s.observed().role(),
        role ->
            role.managedPolicies().stream()
                .filter(policy -> policy.startsWith(EKS))
                .findFirst()
                .map(
                    policy ->
                        "a cluster of EKS needs role " + role.name() + " (policy " + policy + ")"));
  }

  private static Optional<String> untouchable(Situation<ObservedRole> s) {
    return Fact.objection(
        s.observed().role(),
        role -> NetworkGuards.unprotected(s.observed().scope(), "role", role.name(), role.tags()));
  }

  private static Optional<String> tagged(Situation<ObservedRole> s) {
    return Fact.objection(
        s.observed().role(),
        role -> NetworkGuards.tagged(s.observed().scope(), "role", role.name(), role.tags()));
  }
}
