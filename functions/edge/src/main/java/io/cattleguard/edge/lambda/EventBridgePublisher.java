package io.cattleguard.edge.lambda;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsFailure;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.aws.Jitter;
import io.cattleguard.edge.port.EventPublisher;
import io.cattleguard.events.BusEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry;

/**
 * Puts events on an EventBridge bus and retries only the rejected entries: a PutEvents response
 * with status 200 can contain rejected entries.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html">PutEvents</a>
 */
public final class EventBridgePublisher implements EventPublisher {
  private static final String SERVICE = "EventBridge";
  private static final int ENTRIES_PER_CALL = 10;

  /** Maximum bytes of one call. EventBridge accepts 1 MiB, but queues and emulators accept less. */
  private static final int BYTES_PER_CALL = 240 * 1_024;

  private static final int ATTEMPTS = 4;
  private static final int HURRIED_ATTEMPTS = 2;
  private static final long FIRST_PAUSE_MILLIS = 100;

  private final EventBridgeClient eventBridge;
  private final String bus;
  private final LongConsumer pauseMillis;
  private final int bytesPerCall;
  private final int attempts;

  /** Takes the bus name. */
  public EventBridgePublisher(AwsClients aws, String bus) {
    this(client(aws), bus, EventBridgePublisher::sleep, BYTES_PER_CALL);
  }

  /** A publisher for a caller that waits: two attempts, each within that time. */
  public static EventBridgePublisher hurried(AwsClients aws, String bus, Duration attempt) {
    return new EventBridgePublisher(
        aws.build(SERVICE, EventBridgeClient.builder(), new AwsLimits(1, attempt, attempt)),
        bus,
        EventBridgePublisher::sleep,
        BYTES_PER_CALL,
        HURRIED_ATTEMPTS);
  }

  /**
   * Takes the bus name.
   *
   * @param pauseMillis waits between attempts, with jitter
   * @param bytesPerCall maximum bytes of one call; a larger entry is sent alone
   */
  EventBridgePublisher(
      EventBridgeClient eventBridge, String bus, LongConsumer pauseMillis, int bytesPerCall) {
    this(eventBridge, bus, pauseMillis, bytesPerCall, ATTEMPTS);
  }

  private EventBridgePublisher(
      EventBridgeClient eventBridge,
      String bus,
      LongConsumer pauseMillis,
      int bytesPerCall,
      int attempts) {
    this.eventBridge = eventBridge;
    this.bus = bus;
    this.pauseMillis = pauseMillis;
    this.bytesPerCall = bytesPerCall;
    this.attempts = attempts;
  }

  /** A client without retries, because the publisher knows which entries to retry. */
  static EventBridgeClient client(AwsClients aws) {
    return aws.build(SERVICE, EventBridgeClient.builder(), AwsLimits.ONE_ATTEMPT);
  }

  @Override
  public Set<Integer> publish(List<BusEvent> events) {
    Set<Integer> pending = new TreeSet<>();
    List<PutEventsRequestEntry> entries = new ArrayList<>(events.size());
    for (int i = 0; i < events.size(); i++) {
      entries.add(entry(events.get(i)));
      pending.add(i);
    }
    long pause = FIRST_PAUSE_MILLIS;
    for (int attempt = 0; attempt < attempts && !pending.isEmpty(); attempt++) {
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

  private PutEventsRequestEntry entry(BusEvent event) {
    return PutEventsRequestEntry.builder()
        .eventBusName(bus)
        .source(event.source())
        .detailType(event.type().wireName())
        .time(event.time())
        .detail(event.detail().toString())
        .build();
  }

  /** Returns the positions of the accepted entries. */
  private Set<Integer> put(List<Integer> positions, List<PutEventsRequestEntry> entries) {
    Set<Integer> taken = new TreeSet<>();
    try {
      PutEventsRequest request =
          PutEventsRequest.builder().entries(positions.stream().map(entries::get).toList()).build();
      List<PutEventsResultEntry> results = eventBridge.putEvents(request).entries();
      for (int i = 0; i < positions.size() && i < results.size(); i++) {
        String refusal = results.get(i).errorCode();
        if (refusal == null || refusal.isEmpty()) {
          taken.add(positions.get(i));
        } else {
          StructuredLog.info("PutEvents rejected an entry", "code", refusal);
        }
      }
    } catch (SdkException e) {
      StructuredLog.error(
          "PutEvents failed",
          new AwsFailure(SERVICE, e),
          "events",
          String.valueOf(positions.size()));
    }
    return taken;
  }

  private List<List<Integer>> calls(Set<Integer> pending, List<PutEventsRequestEntry> entries) {
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
   * The size of an entry as EventBridge counts it: 14 bytes for the time, and the UTF-8 length of
   * source, detail type and detail.
   */
  private static int size(PutEventsRequestEntry entry) {
    return 14 + utf8(entry.source()) + utf8(entry.detailType()) + utf8(entry.detail());
  }

  private static int utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /** Sleeps with jitter of half the time, so that retries of several instances do not coincide. */
  private static void sleep(long millis) {
    try {
      Thread.sleep(Jitter.around(Duration.ofMillis(millis)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
