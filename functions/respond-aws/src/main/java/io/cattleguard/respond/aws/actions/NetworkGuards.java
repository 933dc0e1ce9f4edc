package io.cattleguard.respond.aws.actions;

import io.cattleguard.events.Alert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.InWords;
import io.cattleguard.respond.action.Situation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Shared guards of the actions in AWS. */
public final class NetworkGuards {
  /** A resource with this tag is never changed, whatever its other tags. */
  static final String PROTECTED = "cattleguard:protected";

  /**
   * Tags of instances that run a control plane. Without a control plane the cluster cannot recover.
   */
  private static final List<String> CONTROL_PLANE =
      List.of(
          "k8s.io/role/control-plane",
          "k8s.io/role/master",
          "node-role.kubernetes.io/control-plane",
          "kubernetes.io/role/control-plane",
          "kubernetes.io/role/master");

  /** The only source whose findings may cause an action in an account. */
  private static final String DETECTIVE = "guardduty";

  private NetworkGuards() {}

  /**
   * A sensor accepts any event from its node, so a finding that comes through a sensor may be
   * forged.
   */
  public static Optional<String> whoSaysSo(Situation<?> s) {
    Alert alert = s.scored().alert();
    if (alert.target().cluster() != null) {
      return Optional.of(
          "the alert came from the sensor of "
              + alert.target().cluster()
              + ": a sensor cannot cause an action in an AWS account");
    }
    return alert.source().equals(DETECTIVE)
        ? Optional.empty()
        : Optional.of(
            "AWS resources are changed only for GuardDuty findings; this alert is from "
                + alert.source());
  }

  /** Objects if the resource is in another account or region than the alert says. */
  public static Optional<String> sameAccount(
      Situation<?> s, String what, String account, String region) {
    Target target = s.scored().alert().target();
    Optional<String> elsewhere = ownAccount(s, what, account);
    if (elsewhere.isPresent()) {
      return elsewhere;
    }
    return region.equals(target.region())
        ? Optional.empty()
        : Optional.of(
            "the alert is about "
                + said(target.region())
                + "; this responder acts only in "
                + region);
  }

  /**
   * Objects if the resource, which belongs to no region, is in another account than the alert says.
   */
  static Optional<String> ownAccount(Situation<?> s, String what, String account) {
    String alerts = s.scored().alert().target().account();
    return account.equals(alerts)
        ? Optional.empty()
        : Optional.of(
            "the alert is about account " + said(alerts) + "; the " + what + " is in " + account);
  }

  private static String said(@Nullable String text) {
    return text == null ? "none" : text;
  }

  /** The reason why the resource is protected, or empty. */
  static Optional<String> protectedBy(Map<String, String> tags) {
    if (tags.containsKey(PROTECTED)) {
      return Optional.of("is tagged " + PROTECTED);
    }
    return CONTROL_PLANE.stream()
        .filter(tags::containsKey)
        .findFirst()
        .map(tag -> "runs a control plane (tag " + tag + ")");
  }

  /** Objects to a protected user or role, which has tags and a name. */
  static Optional<String> unprotected(
      AwsScope scope, String what, String name, Map<String, String> tags) {
    return scope.protectedBy(name, tags).map(why -> what + " " + name + " " + why);
  }

  /** Objects to a user or role without the tag that allows responses. */
  static Optional<String> tagged(
      AwsScope scope, String what, String name, Map<String, String> tags) {
    return scope.mayBeTouched(tags)
        ? Optional.empty()
        : Optional.of("missing tag " + scope.responseTag() + ": " + what + " " + name);
  }

  /** How long after the alert something happened, in words, or empty if it did not. */
  static Optional<String> after(Situation<?> s, Instant happened) {
    Instant observedAt = s.scored().alert().observedAt();
    return observedAt != null && happened.isAfter(observedAt)
        ? Optional.of(InWords.of(Duration.between(observedAt, happened)) + " after the alert")
        : Optional.empty();
  }
}
