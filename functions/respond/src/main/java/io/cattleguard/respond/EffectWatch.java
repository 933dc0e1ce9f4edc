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

  /** After so many reads without an answer, the others wait for the next minute. */
  private static final int UNANSWERED = 3;

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
    int unanswered = 0;
    for (Containment containment : ledger.live()) {
      Optional<Action<?, ?>> action = watching(containment, minute);
      if (action.isEmpty()) {
        continue;
      }
      try {
        look(action.get(), containment, now, hear);
      } catch (Denied e) {
        // The other containments may be readable. A release that is denied is reported.
      } catch (Unavailable e) {
        unanswered++;
        if (unanswered == UNANSWERED) {
          break;
        }
      } catch (RuntimeException e) {
        errors.add(e);
      }
    }
    Responder.throwFirst(errors);
  }

  /** The action whose effect it is, if its turn is in this minute. */
  private Optional<Action<?, ?>> watching(Containment containment, long minute) {
    boolean isTurn =
        containment.effect() == Effect.MISSED
            || Math.floorMod(minute + containment.uid().hashCode(), MINUTES) == 0;
    return isTurn
        ? playbooks.actions().here().stream()
            .filter(action -> places.have(action) && action.undoes(containment))
            .findFirst()
        : Optional.empty();
  }

  private <P> void look(
      Action<P, ?> action, Containment listed, Instant now, Consumer<ResponseDecided> hear) {
    Ledger.Key claim = new Ledger.Key(action.name(), listed.uid());
    Optional<Settlement> settled = settled(action, claim, now);
    if (settled.isEmpty() || !isInForce(listed, now)) {
      return;
    }
    if (!action.isUndone(places.of(action), listed.subject())) {
      boolean isNew =
          listed.effect() == Effect.UNKNOWN && settled.get().outcome() == ResponseOutcome.REQUESTED;
      if (listed.effect() == Effect.MISSED || isNew) {
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
