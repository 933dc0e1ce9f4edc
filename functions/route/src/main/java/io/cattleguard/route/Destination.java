package io.cattleguard.route;

import java.time.Instant;
import java.util.List;

/** A receiver of notices: a channel, a SIEM, a pager. */
public interface Destination {

  /**
   * Delivers as many as possible. A failure is an {@link Outcome}, not an exception, and does not
   * stop the other deliveries.
   *
   * @return one outcome per delivery, in order
   */
  List<Outcome> deliver(List<Delivery> deliveries, Instant now);
}
