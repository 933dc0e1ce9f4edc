package io.cattleguard.respond;

import io.cattleguard.events.ResponseDecided;
import io.cattleguard.respond.delay.DelayQueue;
import io.cattleguard.respond.delay.DelayedMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A queue of messages in memory, delivered when their delay has passed. For tests. */
public final class Messages implements DelayQueue {
  private final Supplier<Instant> clock;
  private final List<Sent> sent = new ArrayList<>();

  /** A message in the queue. */
  private record Sent(Instant due, DelayedMessage again) {}

  /** An empty queue with that clock. */
  public Messages(Supplier<Instant> clock) {
    this.clock = clock;
  }

  @Override
  public void send(DelayedMessage again, Duration delay) {
    // Writes and reads the message as JSON, as a queue does, so that fields lost in JSON are lost
    // here.
    sent.add(new Sent(clock.get().plus(delay), DelayedMessage.read(again.toJson())));
  }

  /** The number of messages in the queue. */
  public int waiting() {
    return sent.size();
  }

  /** When the next message is due. */
  public Instant nextDue() {
    return sent.stream().map(Sent::due).min(Comparator.naturalOrder()).orElse(Instant.MAX);
  }

  /** Delivers what is due by now. */
  public void deliver(Responder responder, Consumer<ResponseDecided> hear) {
    Instant now = clock.get();
    List<Sent> due = sent.stream().filter(one -> !one.due().isAfter(now)).toList();
    sent.removeAll(due);
    due.forEach(one -> responder.again(one.again(), now, hear));
  }

  /** Takes the first message that is due, if there is one. */
  public Optional<DelayedMessage> takeDue() {
    Instant now = clock.get();
    Optional<Sent> due =
        sent.stream().filter(one -> !one.due().isAfter(now)).min(Comparator.comparing(Sent::due));
    due.ifPresent(sent::remove);
    return due.map(Sent::again);
  }
}
