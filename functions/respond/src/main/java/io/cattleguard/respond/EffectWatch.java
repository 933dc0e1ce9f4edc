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
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Looks again at containments in force. An intruder, a person or a controller may undo the effect
 * of one, and no alert may follow. People are notified then. The action is not taken again before
 * an alert about the object arrives.
 */
final class EffectWatch {
  /**
   * In each period of so many minutes a containment is looked at once, at a minute that an intruder
   * cannot compute. One whose effect is missing is looked at each minute. The order differs each
   * minute, so that slow reads do not always take the time of the same containments.
   */
  private static final int PERIOD = 5;

  /**
   * 2^64 divided by the golden ratio: its multiples differ in their upper half.
   *
   * @see "Knuth, The Art of Computer Programming, volume 3, section 6.4"
   */
  private static final long MIXER = 0x9E37_79B9_7F4A_7C15L;

  /** After so many reads of an action without an answer, its others wait for the next minute. */
  private static final int UNANSWERED = 3;

  /** After this time the others wait for the next minute. */
  private static final Duration LONGEST_LOOK = Duration.ofSeconds(10);

  /** An effect that was just verified is not looked at. */
  private static final Duration LEAST_AGE = Duration.ofMinutes(1);

  /** Time from the look that misses an effect to the one that confirms it. */
  private static final Duration CONFIRMED = Duration.ofSeconds(30);

  /** How often within a day an effect that is back is watched again. */
  private static final int RESTORED = 3;

  private static final Duration DAY = Duration.ofDays(1);

  private final Playbooks playbooks;
  private final Places places;
  private final Ledger ledger;
  private final InstantSource clock;
  private final AtomicLong looked = new AtomicLong(Long.MIN_VALUE);

  /**
   * Containments that could not be read when they were looked at last. They are looked at after the
   * others, so that they do not take the time of those.
   */
  private final Set<Ledger.Key> unanswered = ConcurrentHashMap.newKeySet();

  EffectWatch(Playbooks playbooks, Places places, Ledger ledger, InstantSource clock) {
    this.playbooks = playbooks;
    this.places = places;
    this.ledger = ledger;
    this.clock = clock;
  }

  /** Looks at those whose turn it is in this minute. */
  void look(Instant now, Consumer<ResponseDecided> hear) {
    long minute = now.getEpochSecond() / Duration.ofMinutes(1).toSeconds();
    if (looked.getAndSet(minute) == minute) {
      return;
    }
    List<Containment> live = ledger.live();
    unanswered.retainAll(live.stream().map(Containment::key).collect(Collectors.toSet()));
    List<Containment> inTurn =
        live.stream()
            .filter(one -> isTurn(one, minute))
            .sorted(
                Comparator.comparing((Containment one) -> unanswered.contains(one.key()))
                    .thenComparingLong(one -> mixed(one, minute)))
            .toList();
    Instant end = clock.instant().plus(LONGEST_LOOK);
    List<RuntimeException> errors = new ArrayList<>();
    Map<String, Integer> failures = new HashMap<>();
    for (Containment containment : inTurn) {
      Optional<Action<?, ?>> action =
          watching(containment)
              .filter(one -> failures.getOrDefault(one.name(), 0) < UNANSWERED)
              .filter(one -> clock.instant().isBefore(end));
      if (action.isEmpty()) {
        continue;
      }
      try {
        look(action.get(), containment, now, hear);
        unanswered.remove(containment.key());
      } catch (Denied e) {
        // The other containments may be readable. A release that is denied is reported.
        unanswered.add(containment.key());
      } catch (Unavailable e) {
        unanswered.add(containment.key());
        failures.merge(action.get().name(), 1, Integer::sum);
      } catch (RuntimeException e) {
        errors.add(e);
      }
    }
    Responder.throwFirst(errors);
  }

  private static boolean isTurn(Containment containment, long minute) {
    long period = Math.floorDiv(minute, (long) PERIOD);
    return containment.effect() == Effect.MISSED
        || Math.floorMod(minute, (long) PERIOD) == mixed(containment, period) % PERIOD;
  }

  /**
   * A positive number that differs from time to time. It depends on the exact time of the
   * containment, which an intruder does not know.
   */
  private static long mixed(Containment containment, long time) {
    return (Objects.hash(containment.uid(), containment.since(), time) * MIXER) >>> 32;
  }

  private Optional<Action<?, ?>> watching(Containment containment) {
    return playbooks.actions().here().stream()
        .filter(action -> places.have(action) && action.undoes(containment))
        .findFirst();
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
      boolean isBack =
          listed.effect() == Effect.MISSED
              || (listed.effect() == Effect.GONE && mayBeWatchedAgain(listed, now));
      if (isNew || isBack) {
        change(listed, stored -> stored.seen(Effect.SEEN));
      }
      return;
    }
    boolean wasSeen =
        settled.get().outcome() == ResponseOutcome.TAKEN || listed.effect() != Effect.UNKNOWN;
    if (!wasSeen || listed.effect() == Effect.GONE) {
      return;
    }
    if (listed.effect() != Effect.MISSED) {
      change(listed, stored -> stored.missed(now));
      return;
    }
    Instant missedAt = listed.missedAt().orElse(now);
    if (!missedAt.plus(CONFIRMED).isAfter(now) && isUnchanged(claim, settled.get(), listed, now)) {
      hear.accept(Reports.lost(action, listed, missedAt));
      change(listed, stored -> stored.seen(Effect.GONE));
    }
  }

  /** Otherwise an effect that comes and goes would be reported all day. */
  private boolean mayBeWatchedAgain(Containment listed, Instant now) {
    return ledger.mark(
        "restored/" + listed.action() + "/" + listed.uid(),
        listed.missedAt().map(Instant::toString).orElse("another"),
        now,
        DAY,
        RESTORED);
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
    return one.undo().isEmpty()
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

  /** An alert or another sweep may have observed the effect since it was listed. */
  private void change(Containment listed, UnaryOperator<Containment> to) {
    ledger.change(
        listed.key(),
        stored ->
            stored.since().equals(listed.since()) && stored.effect() == listed.effect()
                ? to.apply(stored)
                : stored);
  }
}
