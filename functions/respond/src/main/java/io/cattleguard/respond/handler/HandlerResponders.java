package io.cattleguard.respond.handler;

import io.cattleguard.respond.Responder;
import io.cattleguard.respond.metrics.Vitals;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The responders of one Lambda function. */
public interface HandlerResponders {
  /** The responder for alerts of that cluster, or of an account. */
  Responder of(Optional<String> cluster);

  /** All responders. */
  List<Responder> all();

  /** The state of their containments. Each function reports its own part of a shared ledger. */
  Vitals vitals(Instant now);

  /** One responder, and its containments. */
  static HandlerResponders of(Responder only, Function<Instant, Vitals> vitals) {
    return new HandlerResponders() {
      @Override
      public Responder of(Optional<String> cluster) {
        return only;
      }

      @Override
      public List<Responder> all() {
        return List.of(only);
      }

      @Override
      public Vitals vitals(Instant now) {
        return vitals.apply(now);
      }
    };
  }
}
