package io.cattleguard.edge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.BusEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongConsumer;

/**
 * Puts events on an EventBridge bus, and puts again just those that the bus refused: a PutEvents
 * that answers 200 may have refused some of its entries.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html">PutEvents</a>
 */
public final class EventBridgePublisher implements EventPublisher {
  private static final int ENTRIES_PER_CALL = 10;

  /** Bytes of one call; EventBridge takes 1 MiB, but queues and emulators on the way take less. */
  private static final int BYTES_PER_CALL = 240 * 1_024;

  private static final int ATTEMPTS = 4;
  private static final long FIRST_PAUSE_MILLIS = 100;

  /** Sleeps for about as long as it is told, give or take half, so that retries do not march. */
  public static final LongConsumer SLEEP = EventBridgePublisher::sleep;

  private final AwsService eventBridge;
  private final String bus;
  private final LongConsumer pauseMillis;
  private final int bytesPerCall;

  /**
   * Over a client, for one bus.
   *
   * @param pauseMillis waits between attempts; jitter is its business
   */
  public EventBridgePublisher(AwsService eventBridge, String bus, LongConsumer pauseMillis) {
    this(eventBridge, bus, pauseMillis, BYTES_PER_CALL);
  }

  /** With another limit for the bytes of one call; an entry beyond it goes alone. */
  public EventBridgePublisher(
      AwsService eventBridge, String bus, LongConsumer pauseMillis, int bytesPerCall) {
    this.eventBridge = eventBridge;
    this.bus = bus;
    this.pauseMillis = pauseMillis;
    this.bytesPerCall = bytesPerCall;
  }

  @Override
  public Set<Integer> publish(List<BusEvent> events) {
    Set<Integer> pending = new TreeSet<>();
    List<ObjectNode> entries = new ArrayList<>(events.size());
    for (int i = 0; i < events.size(); i++) {
      entries.add(entry(events.get(i)));
      pending.add(i);
    }
    long pause = FIRST_PAUSE_MILLIS;
    for (int attempt = 0; attempt < ATTEMPTS && !pending.isEmpty(); attempt++) {
      if (attempt > 0) {
        pauseMillis.accept(pause);
        pause *= 4;
      }
      for (List<Integer> call : calls(pending, entries)) {
        pending.removeAll(put(call, entries));
      }
    }
    return pending;
  }

  private ObjectNode entry(BusEvent event) {
    ObjectNode entry = JsonNodeFactory.instance.objectNode();
    entry.put("EventBusName", bus);
    entry.put("Source", event.source());
    entry.put("DetailType", event.type().wireName());
    entry.put("Time", event.time().getEpochSecond());
    return entry.put("Detail", event.detail().toString());
  }

  /** The positions that the bus took. */
  private Set<Integer> put(List<Integer> positions, List<ObjectNode> entries) {
    Set<Integer> taken = new TreeSet<>();
    try {
      ObjectNode request = JsonNodeFactory.instance.objectNode();
      ArrayNode put = request.putArray("Entries");
      positions.forEach(position -> put.add(entries.get(position)));
      JsonNode results = eventBridge.call("PutEvents", request).path("Entries");
      for (int i = 0; i < positions.size() && i < results.size(); i++) {
        String refusal = results.path(i).path("ErrorCode").asText();
        if (refusal.isEmpty()) {
          taken.add(positions.get(i));
        } else {
          StructuredLog.info("bus refused an event", "code", refusal);
        }
      }
    } catch (AwsFailure e) {
      StructuredLog.error("bus did not answer", e, "events", String.valueOf(positions.size()));
    }
    return taken;
  }

  private List<List<Integer>> calls(Set<Integer> pending, List<ObjectNode> entries) {
    List<List<Integer>> calls = new ArrayList<>();
    List<Integer> call = new ArrayList<>();
    int bytes = 0;
    for (int position : pending) {
      int size = size(entries.get(position));
      if (call.size() == ENTRIES_PER_CALL || (!call.isEmpty() && bytes + size > bytesPerCall)) {
        calls.add(call);
        call = new ArrayList<>();
        bytes = 0;
      }
      call.add(position);
      bytes += size;
    }
    if (!call.isEmpty()) {
      calls.add(call);
    }
    return calls;
  }

  /**
   * Bytes of an entry as EventBridge counts them: 14 for the time, and the UTF-8 length of source,
   * detail type and detail.
   */
  private static int size(ObjectNode entry) {
    return 14 + utf8(entry, "Source") + utf8(entry, "DetailType") + utf8(entry, "Detail");
  }

  private static int utf8(ObjectNode entry, String field) {
    return entry.path(field).asText().getBytes(StandardCharsets.UTF_8).length;
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis / 2 + ThreadLocalRandom.current().nextLong(millis + 1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
