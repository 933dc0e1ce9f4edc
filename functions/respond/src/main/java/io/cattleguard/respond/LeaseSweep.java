package io.cattleguard.respond;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Releases the ended leases of several responders, at most once per interval. An error of one
 * responder does not prevent the others from releasing; the next sweep retries.
 */
public final class LeaseSweep {
  private final Supplier<List<Responder>> responders;
  private final Duration every;
  private Instant last = Instant.MIN;

  /** Sweeps the responders of one host. */
  public LeaseSweep(List<Responder> responders, Duration every) {
    this(() -> responders, every);
  }

  /** Sweeps the responders that a host has at the time of each sweep. */
  public LeaseSweep(Supplier<List<Responder>> responders, Duration every) {
    this.responders = responders;
    this.every = every;
  }

  /**
   * Sweeps if the interval since the last sweep has passed.
   *
   * @param tell is called for each release, before the next one starts, and for each containment
   *     that something else has undone
   * @return the first error, with the others suppressed
   */
  public Optional<RuntimeException> sweep(Instant now, Consumer<ResponseDecided> tell) {
    if (last.isAfter(now.minus(every))) {
      return Optional.empty();
    }
    last = now;
    List<RuntimeException> errors = new ArrayList<>();
    try {
      List<Responder> all = responders.get();
      all.forEach(one -> trying(() -> one.releaseEnded(now, tell), errors));
      // Afterwards, and beginning with another one each minute, because a place that does not
      // answer takes time.
      List<Responder> rotated = new ArrayList<>(all);
      Collections.rotate(rotated, (int) (now.getEpochSecond() / 60 % Math.max(1, all.size())));
      rotated.forEach(one -> trying(() -> one.watch(now, tell), errors));
    } catch (Unavailable e) {
      errors.add(e);
    }
    return first(errors);
  }

  private static void trying(Runnable part, List<RuntimeException> errors) {
    try {
      part.run();
    } catch (RuntimeException e) {
      errors.add(e);
    }
  }

  private static Optional<RuntimeException> first(List<RuntimeException> errors) {
    Optional<RuntimeException> first = errors.stream().findFirst();
    first.ifPresent(one -> errors.stream().skip(1).forEach(one::addSuppressed));
    return first;
  }
}
