package io.cattleguard.app.server;

import io.cattleguard.app.road.Bus;
import io.cattleguard.app.state.DurableQueue;
import io.cattleguard.app.state.Lane;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.route.Attempt;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Sends the queued deliveries of one destination, in order. While the destination is down, its
 * whole queue rests.
 */
final class DestinationWorker {
  /** Deliveries per batch, which is one Splunk request or one lookup of a Slack channel. */
  private static final int DELIVERY_BATCH = 25;

  private final EntryRetries retries;
  private final Bus.Messenger messenger;
  private final DestinationStates states;

  DestinationWorker(EntryRetries retries, Bus.Messenger messenger, DestinationStates states) {
    this.retries = retries;
    this.messenger = messenger;
    this.states = states;
  }

  /** Takes batches until the queue is closed. */
  void deliverInOrder(Lane lane) throws InterruptedException {
    int failedBatches = 0;
    for (List<Long> ids = lane.take(DELIVERY_BATCH);
        !ids.isEmpty();
        ids = lane.take(DELIVERY_BATCH)) {
      List<Long> taken = ids;
      Duration[] result = {Duration.ZERO};
      EntryRetries.orPutBack(lane, taken, () -> result[0] = deliver(lane, taken));
      Duration rest = result[0];
      failedBatches = rest.isZero() ? 0 : failedBatches + 1;
      if (failedBatches > 1 || (failedBatches == 1 && ids.size() == DELIVERY_BATCH)) {
        // The destination is down: pause the whole queue instead of retrying every entry.
        lane.rest(rest);
      }
    }
  }

  /**
   * Sends a batch; returns how long to pause the queue, which is zero unless every delivery failed.
   */
  private Duration deliver(Lane lane, List<Long> ids) {
    Map<Delivery, Long> idOf = new LinkedHashMap<>();
    Map<String, Outcome> outcomes = new HashMap<>();
    try {
      for (long id : ids) {
        retries.read(lane, id).ifPresent(entry -> read(lane, entry, idOf));
      }
      tell(List.copyOf(idOf.keySet()), outcomes);
    } catch (Unavailable e) {
      retries.putBackAll(lane, ids);
      return Duration.ZERO;
    }
    return settle(lane, idOf, outcomes);
  }

  /**
   * Delivers a batch; after an unexpected error it delivers each one alone, so that one cannot
   * block the others.
   */
  private void tell(List<Delivery> deliveries, Map<String, Outcome> outcomes) {
    try {
      for (Attempt attempt : messenger.tell(deliveries)) {
        outcomes.put(attempt.delivery().id(), attempt.outcome());
      }
    } catch (Unavailable e) {
      throw e;
    } catch (RuntimeException e) {
      if (deliveries.size() > 1) {
        deliveries.forEach(delivery -> tell(List.of(delivery), outcomes));
      } else {
        deliveries.forEach(
            delivery ->
                outcomes.put(delivery.id(), new Outcome.Rejected(e.getClass().getSimpleName())));
      }
    }
  }

  private void read(Lane lane, DurableQueue.Entry entry, Map<Delivery, Long> idOf) {
    try {
      Long before = idOf.putIfAbsent(DeliveryJson.read(entry.json()), entry.id());
      if (before != null) {
        retries.forget(lane, List.of(entry.id()));
      }
    } catch (Unavailable e) {
      throw e;
    } catch (RuntimeException e) {
      retries.fail(lane, entry.id(), e.getClass().getSimpleName());
    }
  }

  private Duration settle(Lane lane, Map<Delivery, Long> idOf, Map<String, Outcome> outcomes) {
    List<Long> done = new ArrayList<>();
    Duration rest = Duration.ZERO;
    boolean progress = false;
    for (Map.Entry<Delivery, Long> one : idOf.entrySet()) {
      Outcome outcome = outcomes.get(one.getKey().id());
      if (outcome != null) {
        states.heard(one.getKey().destination(), outcome);
      }
      switch (outcome) {
        case Outcome.TryAgain again -> {
          lane.putBack(one.getValue(), again.after());
          rest = rest.compareTo(again.after()) < 0 ? again.after() : rest;
        }
        case Outcome.Rejected rejected -> {
          retries.fail(lane, one.getValue(), rejected.reason());
          progress = true;
        }
        case Outcome.Delivered delivered -> done.add(one.getValue());
        case Outcome.Blocked blocked -> {
          lane.putBack(one.getValue(), Outcome.Blocked.RETRY);
          rest = Outcome.Blocked.RETRY;
        }
        case Outcome.NotConfigured missing -> {
          // It was configured when this was queued, or had another name.
          lane.putBack(one.getValue(), Outcome.Blocked.RETRY);
          rest = Outcome.Blocked.RETRY;
        }
        case Outcome.Skipped skipped -> done.add(one.getValue());
        case null -> retries.fail(lane, one.getValue(), "the destination returned no outcome");
      }
    }
    retries.forget(lane, done);
    if (lane.depth() == 0) {
      idOf.keySet().stream().map(Delivery::destination).distinct().forEach(states::idle);
    }
    return progress || !done.isEmpty() ? Duration.ZERO : rest;
  }
}
