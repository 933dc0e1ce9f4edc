package io.cattleguard.respond;

import io.cattleguard.events.ResponseDecided;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Releases the ended leases of several responders, at most once per interval. An error of one
 * responder does not keep the others from releasing; the next sweep tries again.
 */
public final class LeaseSweep {
  private final List<Responder> responders;
  private final Duration every;
  private Instant last = Instant.MIN;

  /** Over the responders of one host. */
  public LeaseSweep(List<Responder> responders, Duration every) {
    this.responders = List.copyOf(responders);
    this.every = every;
  }

  /**
   * Sweeps if the interval since the last sweep has passed.
   *
   * @param tell is called for each release, before the next one starts
   * @return the first error, with the others suppressed
   */
  public Optional<RuntimeException> sweep(Instant now, Consumer<ResponseDecided> tell) {
    if (last.isAfter(now.minus(every))) {
      return Optional.empty();
    }
    last = now;
    RuntimeException first = null;
    for (Responder responder : responders) {
      try {
        responder.releaseEnded(now, tell);
      } catch (RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    return Optional.ofNullable(first);
  }
}
