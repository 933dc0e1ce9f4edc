package io.cattleguard.route;

import io.cattleguard.edge.port.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Runs deliveries independently per destination. A failing destination stops no other, and only its
 * failed deliveries are repeated.
 *
 * <p>Notifications fail open: if {@link Conversations} are unavailable, everything is delivered,
 * because a copy is better than a lost notice.
 */
public final class Dispatcher {
  private static final Duration AFTER_A_BUG = Duration.ofMinutes(1);

  private final Map<String, Destination> destinations;
  private final Conversations conversations;

  /** Takes destinations by their names in {@code routes.yaml}. */
  public Dispatcher(Map<String, Destination> destinations, Conversations conversations) {
    this.destinations = Map.copyOf(destinations);
    this.conversations = conversations;
  }

  /**
   * The result of a dispatch.
   *
   * @param attempts one per distinct delivery
   * @param troubles other failures, for the log
   */
  public record Dispatched(List<Attempt> attempts, List<String> troubles) {

    /** Copies the lists. */
    public Dispatched {
      attempts = List.copyOf(attempts);
      troubles = List.copyOf(troubles);
    }

    /** The attempts whose delivery is still open. */
    public List<Attempt> open() {
      return attempts.stream().filter(Attempt::isOpen).toList();
    }
  }

  /** Makes the deliveries that were not made before; duplicates are made once. */
  public Dispatched dispatch(List<Delivery> deliveries, Instant now) {
    Map<String, Delivery> distinct = new LinkedHashMap<>();
    deliveries.forEach(delivery -> distinct.putIfAbsent(delivery.id(), delivery));
    List<Attempt> attempts = new ArrayList<>();
    List<String> troubles = new ArrayList<>();
    Set<String> before = deliveredBefore(distinct.keySet(), troubles);
    Map<String, List<Delivery>> byDestination = new LinkedHashMap<>();
    for (Delivery delivery : distinct.values()) {
      if (before.contains(delivery.id())) {
        attempts.add(new Attempt(delivery, new Outcome.Skipped("already delivered")));
      } else {
        byDestination
            .computeIfAbsent(delivery.destination(), ignored -> new ArrayList<>())
            .add(delivery);
      }
    }
    byDestination.forEach(
        (name, batch) -> {
          List<Outcome> outcomes = deliver(name, batch, now);
          for (int i = 0; i < batch.size(); i++) {
            attempts.add(new Attempt(batch.get(i), outcomes.get(i)));
            if (outcomes.get(i) instanceof Outcome.Delivered) {
              remember(batch.get(i), now, troubles);
            }
          }
        });
    return new Dispatched(attempts, troubles);
  }

  private Set<String> deliveredBefore(Set<String> ids, List<String> troubles) {
    if (ids.isEmpty()) {
      return Set.of();
    }
    try {
      return conversations.delivered(ids);
    } catch (RuntimeException e) {
      troubles.add("delivery records unavailable, so copies may be delivered: " + name(e));
      return Set.of();
    }
  }

  private List<Outcome> deliver(String name, List<Delivery> batch, Instant now) {
    Destination destination = destinations.get(name);
    if (destination == null) {
      return sameForAll(batch, notInPolicy(name));
    }
    try {
      List<Outcome> outcomes = destination.deliver(List.copyOf(batch), now);
      if (outcomes.size() != batch.size()) {
        throw new IllegalStateException("a destination returned too few outcomes");
      }
      return outcomes;
    } catch (Unavailable e) {
      // Its message is for people: a secret cannot be read, and the destination waits for it.
      return sameForAll(batch, new Outcome.Blocked(String.valueOf(e.getMessage())));
    } catch (RuntimeException e) {
      // Omit the message: it may quote the body or the address.
      return sameForAll(batch, new Outcome.TryAgain(AFTER_A_BUG, name(e)));
    }
  }

  /**
   * The outcome for a destination that the policy does not have, which a reload may have renamed or
   * removed.
   */
  public static Outcome.NotConfigured notInPolicy(String name) {
    return new Outcome.NotConfigured(
        "not configured: routes.yaml has no destination "
            + name
            + "; add it again to send what is kept for it");
  }

  private void remember(Delivery delivery, Instant now, List<String> troubles) {
    try {
      conversations.remember(delivery.id(), now);
    } catch (RuntimeException e) {
      troubles.add(
          "a delivery to "
              + delivery.destination()
              + " was not recorded and may be repeated: "
              + name(e));
    }
  }

  private static List<Outcome> sameForAll(List<Delivery> batch, Outcome outcome) {
    return batch.stream().map(ignored -> outcome).toList();
  }

  private static String name(RuntimeException e) {
    return e.getClass().getSimpleName();
  }
}
