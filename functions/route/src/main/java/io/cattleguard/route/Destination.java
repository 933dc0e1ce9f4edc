package io.cattleguard.route;

import java.time.Instant;
import java.util.List;

/** Somebody to tell: a channel, a SIEM, a pager. */
public interface Destination {

  /**
   * Delivers as many as it can. Whatever goes wrong is an {@link Outcome}, not an exception, and
   * what goes wrong with one delivery does not stop the others.
   *
   * @return an outcome for each delivery, in their order
   */
  List<Outcome> deliver(List<Delivery> deliveries, Instant now);
}
