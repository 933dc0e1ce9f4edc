package io.cattleguard.sensor.http;

import io.cattleguard.sensor.operations.SensorMetrics;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The connected clients and the memory that each of them uses. When memory is short, clients that
 * never sent a useful request are disconnected first. Used only by the thread that serves
 * connections.
 */
final class HttpClients {
  /** Each costs some kilobytes; a node has one Falco. */
  private static final int CONNECTIONS = 1_024;

  private static final long UNFINISHED_BYTES = 8 << 20;
  private static final long UNFINISHED_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final SensorMetrics metrics;
  private final Set<HttpConversation> strangers = new LinkedHashSet<>();
  private final Set<HttpConversation> known = new LinkedHashSet<>();

  /** Those in the middle of a request, the one that began first before the others. */
  private final Set<HttpConversation> unfinished = new LinkedHashSet<>();

  private long unfinishedBytes;

  HttpClients(SensorMetrics metrics) {
    this.metrics = metrics;
  }

  void connected(HttpConversation client) {
    strangers.add(client);
    if (strangers.size() + known.size() > CONNECTIONS) {
      HttpConversation first =
          (strangers.size() > 1 ? strangers : known.isEmpty() ? strangers : known)
              .iterator()
              .next();
      metrics.connectionsClosed.increment();
      first.hangUp();
    }
  }

  void gone(HttpConversation client) {
    strangers.remove(client);
    known.remove(client);
    finished(client);
  }

  void began(HttpConversation client) {
    unfinished.add(client);
  }

  /** Counts a piece of a body; makes room, if need be, at the cost of who began first. */
  void holds(HttpConversation client, int moreBytes) {
    unfinishedBytes += moreBytes;
    Iterator<HttpConversation> oldest = unfinished.iterator();
    Queue<HttpConversation> slow = new ArrayDeque<>();
    long after = unfinishedBytes;
    while (after > UNFINISHED_BYTES && oldest.hasNext()) {
      HttpConversation next = oldest.next();
      if (next != client) {
        after -= next.heldBytes();
        slow.add(next);
      }
    }
    slow.forEach(this::tooSlow);
  }

  void finished(HttpConversation client) {
    if (unfinished.remove(client)) {
      unfinishedBytes -= client.heldBytes();
    }
  }

  /** What it brought was of use; moves it behind all others. */
  void served(HttpConversation client) {
    strangers.remove(client);
    known.remove(client);
    known.add(client);
  }

  /** A request that takes this long to arrive never will, or is meant to hold something up. */
  void hangUpOnTheSlow() {
    long now = System.nanoTime();
    Queue<HttpConversation> slow = new ArrayDeque<>();
    for (HttpConversation client : unfinished) {
      if (now - client.beganNanos() < UNFINISHED_NANOS) {
        break;
      }
      slow.add(client);
    }
    slow.forEach(this::tooSlow);
  }

  private void tooSlow(HttpConversation client) {
    metrics.rejected("too_slow");
    // The connection closes a little later. No other client must be evicted for it meanwhile.
    finished(client);
    client.hangUp();
  }
}
