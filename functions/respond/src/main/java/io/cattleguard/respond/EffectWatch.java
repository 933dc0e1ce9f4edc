package io.cattleguard.respond;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Containment.Effect;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.Ledger.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Looks again at containments in force. An intruder, a person or a controller may undo the effect
 * of one, and no alert may follow. People are notified then. The action is not taken again before
 * an alert about the object arrives.
 */
final class EffectWatch {
  /**
   * A containment is looked at once in so many minutes. One whose effect is missing, each minute.
   */
  private static final int MINUTES = 5;

  /** An effect that was just verified is not looked at. */
  private static final Duration LEAST_AGE = Duration.ofMinutes(1);

  private final Playbooks playbooks;
  private final Places places;
  private final Ledger ledger;
  private final AtomicLong looked = new AtomicLong(Long.MIN_VALUE);

  EffectWatch(Playbooks playbooks, Places places, Ledger ledger) {
    this.playbooks = playbooks;
    this.places = places;
    this.ledger = ledger;
  }

  /**
   * Looks at those whose turn it is in this minute. A place that does not answer is left alone
   * until the next minute, so that it does not take the time of others.
   */
  void look(Instant now, Consumer<ResponseDecided> hear) {
    long minute = now.getEpochSecond() / Duration.ofMinutes(1).toSeconds();
    if (looked.getAndSet(minute) == minute) {
      return;
    }
    List<RuntimeException> errors = new ArrayList<>();
    for (Containment containment : ledger.live()) {
      if (containment.effect() != Effect.MISSED
          && Math.floorMod(minute + containment.uid().hashCode(), MINUTES) != 0) {
        continue;
      }
      for (Action<?, ?> action : playbooks.actions().here()) {
        if (places.have(action) && action.undoes(containment)) {
          try {
            look(action, containment, now, hear);
          } catch (Unavailable | Denied e) {
            // A release that cannot read either is reported.
            Responder.throwFirst(errors);
            return;
          } catch (RuntimeException e) {
            errors.add(e);
          }
        }
      }
    }
    Responder.throwFirst(errors);
  }

  private <P> void look(
      Action<P, ?> action, Containment listed, Instant now, Consumer<ResponseDecided> hear) {
    Ledger.Key claim = new Ledger.Key(action.name(), listed.uid());
    Optional<Settlement> settled = settled(action, claim, now);
    if (settled.isEmpty() || !isInForce(listed, now)) {
      return;
    }
    if (!action.isUndone(places.of(action), listed.subject())) {
      if (listed.effect() == Effect.MISSED
          || settled.get().outcome() == ResponseOutcome.REQUESTED) {
        change(listed, Effect.SEEN);
      }
      return;
    }
    boolean wasSeen =
        settled.get().outcome() == ResponseOutcome.TAKEN || listed.effect() != Effect.UNKNOWN;
    if (!wasSeen) {
      return;
    }
    if (listed.effect() != Effect.MISSED) {
      change(listed, Effect.MISSED);
    } else if (isUnchanged(claim, settled.get(), listed, now)) {
      hear.accept(Reports.lost(action, listed, now));
      change(listed, Effect.GONE);
    }
  }

  /**
   * The outcome of the action, if its effect was seen and no attempt or check may change it now.
   */
  private Optional<Settlement> settled(Action<?, ?> action, Ledger.Key claim, Instant now) {
    Duration age =
        List.of(LEAST_AGE, action.settling(), action.settled()).stream()
            .max(Duration::compareTo)
            .orElseThrow();
    return ledger.suspended(claim).isPresent() || ledger.isActing(claim, now)
        ? Optional.empty()
        : ledger
            .settled(claim)
            .filter(
                one ->
                    one.outcome() == ResponseOutcome.TAKEN
                        || one.outcome() == ResponseOutcome.REQUESTED)
            .filter(one -> one.at().plus(age).isBefore(now));
  }

  /** Whether no release has begun. */
  private static boolean isInForce(Containment one, Instant now) {
    return one.effect() != Effect.GONE
        && one.undo().isEmpty()
        && one.released().isEmpty()
        && !one.isEnding(now)
        && !one.isInTurn(now);
  }

  /** Whether neither an alert nor a release has changed it since its effect was looked at. */
  private boolean isUnchanged(
      Ledger.Key claim, Settlement settled, Containment listed, Instant now) {
    return ledger
            .remembered(listed.key())
            .filter(one -> one.since().equals(listed.since()) && one.effect() == Effect.MISSED)
            .filter(one -> isInForce(one, now))
            .isPresent()
        && ledger.suspended(claim).isEmpty()
        && !ledger.isActing(claim, now)
        && ledger.settled(claim).filter(settled::equals).isPresent();
  }

  private void change(Containment listed, Effect effect) {
    ledger.change(
        listed.key(),
        stored -> stored.since().equals(listed.since()) ? stored.seen(effect) : stored);
  }
}
