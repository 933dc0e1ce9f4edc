package io.cattleguard.respond.aws.actions;

import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.Ledger.Containment;
import io.cattleguard.respond.Ledger.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/** Closes one rule of a security group and opens it again; the rule is written down first. */
final class Revocation {
  private static final long FIRST_PAUSE_MILLIS = 200;
  private static final long LONGEST_PAUSE_MILLIS = 5_000;

  private final Network network;
  private final Ledger ledger;
  private final InstantSource clock;
  private final Responder.Pause pause;
  private final Duration deadline;

  Revocation(
      Network network,
      Ledger ledger,
      InstantSource clock,
      Responder.Pause pause,
      Duration deadline) {
    this.network = network;
    this.ledger = ledger;
    this.clock = clock;
    this.pause = pause;
    this.deadline = deadline;
  }

  /** Closes the rule and looks whether it is closed. */
  Settlement take(Situation situation, IngressRule rule) {
    boolean begunBefore = ledger.remembered(Ledger.Key.containing(rule)).isPresent();
    Containment containment =
        new Containment(
            rule,
            situation.playbook().name(),
            situation.now(),
            situation.now().plus(situation.lease()),
            AlertJson.write(situation.scored()).toString());
    ledger.remember(containment);
    Network.Change change;
    try {
      change = network.revoke(rule);
    } catch (Unavailable e) {
      return look(situation, containment, "; the call was answered with: " + e.getMessage());
    }
    return switch (change) {
      case Network.Change.Made made -> look(situation, containment, "");
      case Network.Change.Denied no -> {
        ledger.forget(containment);
        yield Settlement.of(
            situation, ResponseOutcome.FAILED, "not taken: " + no.reason(), Optional.empty());
      }
      case Network.Change.Gone gone -> {
        if (begunBefore) {
          yield look(situation, containment, "");
        }
        // Somebody else closed it, and so nobody here may open it again.
        ledger.forget(containment);
        yield Settlement.of(
            situation,
            ResponseOutcome.TAKEN,
            "nothing left to do: that rule was gone already",
            Optional.empty());
      }
    };
  }

  private Settlement look(Situation situation, Containment containment, String otherwise) {
    IngressRule rule = (IngressRule) containment.subject();
    Instant started = clock.instant();
    for (long wait = FIRST_PAUSE_MILLIS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MILLIS)) {
      if (isClosed(rule)) {
        return Settlement.of(
            situation,
            ResponseOutcome.TAKEN,
            "closed, and no other rule of "
                + rule.group()
                + " is the same; connections made before may persist; it let in "
                + rule.whatItLetsIn()
                + rule.description().map(text -> " (" + text + ")").orElse(""),
            Optional.of(containment.until()));
      }
      if (Duration.between(started, clock.instant()).compareTo(deadline) >= 0) {
        return Settlement.of(
            situation,
            ResponseOutcome.FAILED,
            "the rule is still there" + otherwise,
            Optional.of(containment.until()));
      }
      pause.millis(wait);
    }
  }

  private boolean isClosed(IngressRule rule) {
    return network.group(rule.group()).map(group -> like(group, rule).isEmpty()).orElse(true);
  }

  private static Optional<IngressRule> like(SecurityGroup group, IngressRule rule) {
    return group.ingress().stream().filter(rule::isLike).findFirst();
  }

  /** What a revocation came to whose maker was interrupted, where nobody may go on with it. */
  Settlement interrupted(Situation situation, Containment containment) {
    IngressRule rule = (IngressRule) containment.subject();
    if (isClosed(rule)) {
      return Settlement.of(
          situation,
          ResponseOutcome.TAKEN,
          "the rule is closed; whoever closed it was interrupted",
          Optional.of(containment.until()));
    }
    ledger.forget(containment);
    return Settlement.of(
        situation,
        ResponseOutcome.FAILED,
        "not taken: whoever was to close the rule was interrupted, and it is open",
        Optional.empty());
  }

  /** Opens the same rule again, unless somebody has. */
  Undone release(IngressRule rule) {
    Optional<SecurityGroup> group = network.group(rule.group());
    if (group.isEmpty()) {
      return new Undone(ResponseOutcome.RELEASED, "the security group is gone");
    }
    Optional<IngressRule> already = like(group.get(), rule);
    if (already.isPresent()) {
      return new Undone(
          ResponseOutcome.RELEASED,
          "somebody has opened it again already, as " + already.get().id());
    }
    if (network.authorize(rule) instanceof Network.Change.Denied no) {
      return new Undone(
          ResponseOutcome.REFUSED,
          "could not be opened again (" + no.reason() + "); it let in " + rule.whatItLetsIn());
    }
    return network
        .group(rule.group())
        .flatMap(now -> like(now, rule))
        .map(
            now ->
                new Undone(
                    ResponseOutcome.RELEASED,
                    "open again as " + now.id() + ": " + rule.whatItLetsIn()))
        .orElseGet(
            () -> new Undone(ResponseOutcome.FAILED, "opened again, but not seen to be open"));
  }
}
