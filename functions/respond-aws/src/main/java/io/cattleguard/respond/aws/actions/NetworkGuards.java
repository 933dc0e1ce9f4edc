package io.cattleguard.respond.aws.actions;

import io.cattleguard.events.Alert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Situation;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the guard-rails of cloud actions have in common. */
final class NetworkGuards {
  /** Whoever is tagged with it is never touched, whatever else its tags say. */
  static final String PROTECTED = "cattleguard:protected";

  /** How tools that run a control plane on instances mark them; without one, nothing recovers. */
  private static final List<String> CONTROL_PLANE =
      List.of(
          "k8s.io/role/control-plane",
          "k8s.io/role/master",
          "node-role.kubernetes.io/control-plane",
          "kubernetes.io/role/control-plane",
          "kubernetes.io/role/master");

  /** Who may name something in an account: the account's own detective, and nobody's sensor. */
  private static final String DETECTIVE = "guardduty";

  private NetworkGuards() {}

  /** A sensor reads whatever its node sends it; its findings of an account may be forged. */
  static Optional<String> whoSaysSo(Situation<?> s) {
    Alert alert = s.scored().alert();
    if (alert.target().cluster() != null) {
      return Optional.of(
          "the alert came through the sensor of "
              + alert.target().cluster()
              + ", which cannot speak for an account");
    }
    return alert.source().equals(DETECTIVE)
        ? Optional.empty()
        : Optional.of("only GuardDuty's own findings are acted on here, this is " + alert.source());
  }

  /** The account and the region that the alert names are those of the thing. */
  static Optional<String> sameAccount(Situation<?> s, String what, String account, String region) {
    Target target = s.scored().alert().target();
    if (!account.equals(target.account())) {
      return Optional.of(
          "the alert is about account "
              + said(target.account())
              + ", the "
              + what
              + " is in "
              + account);
    }
    return region.equals(target.region())
        ? Optional.empty()
        : Optional.of(
            "the alert is about " + said(target.region()) + ", this responder acts in " + region);
  }

  private static String said(@Nullable String text) {
    return text == null ? "none" : text;
  }

  /** Why it is never touched, if it is not. */
  static Optional<String> protectedBy(Map<String, String> tags) {
    if (tags.containsKey(PROTECTED)) {
      return Optional.of("is tagged " + PROTECTED);
    }
    return CONTROL_PLANE.stream()
        .filter(tags::containsKey)
        .findFirst()
        .map(tag -> "runs a control plane (tag " + tag + ")");
  }
}
