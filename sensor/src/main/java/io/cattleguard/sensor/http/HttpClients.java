package io.cattleguard.sensor.http;

import io.cattleguard.sensor.operations.SensorMetrics;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The connected clients, and one budget for the memory that they use: incomplete requests and
 * bodies that wait to be read. When memory is short, the oldest incomplete requests are dropped,
 * and clients that never sent a useful request are disconnected first. Used only by the thread that
 * serves connections.
 */
final class HttpClients {
  /** An idle connection takes 4 KB. A node has one Falco. */
  private static final int CONNECTIONS = 1_024;

  /** With TLS, an idle connection takes some 40 KB. */
  private static final int TLS_CONNECTIONS = 128;

  /** Of the heap; the rest is for reading one body, the spool and the sender. */
  private static final int SHARE = 6;

  private static final long LEAST_BYTES = 4 << 20;
  private static final long MOST_BYTES = 64 << 20;
  private static final long UNFINISHED_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** If this thread was busy for this long, complete requests may not have been read yet. */
  private static final long BUSY_NANOS = TimeUnit.SECONDS.toNanos(3);

  private final SensorMetrics metrics;
  private final HttpRefusals refusals;
  private final int connections;
  private final long budget;
  private final Set<HttpConversation> strangers = new LinkedHashSet<>();
  private final Set<HttpConversation> known = new LinkedHashSet<>();

  /** Those in the middle of a request, the one that began first before the others. */
  private final Set<HttpConversation> unfinished = new LinkedHashSet<>();

  private long unfinishedBytes;
  private long readingBytes;
  private long lastLook = System.nanoTime();

  HttpClients(SensorMetrics metrics, HttpRefusals refusals, boolean tls) {
    this.metrics = metrics;
    this.refusals = refusals;
    this.connections = tls ? TLS_CONNECTIONS : CONNECTIONS;
    this.budget = Math.clamp(Runtime.getRuntime().maxMemory() / SHARE, LEAST_BYTES, MOST_BYTES);
  }

  void connected(HttpConversation client) {
    strangers.add(client);
    if (strangers.size() + known.size() > connections) {
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

  /** A request begins to arrive. */
  void began(HttpConversation client) {
    unfinished.add(client);
  }

  /** Counts bytes of an incomplete request; if need be, gives up the oldest ones. */
  void holds(HttpConversation client, int moreBytes) {
    unfinishedBytes += moreBytes;
    if (moreBytes <= 0 || unfinishedBytes + readingBytes <= budget) {
      return;
    }
    Iterator<HttpConversation> oldest = unfinished.iterator();
    Queue<HttpConversation> slow = new ArrayDeque<>();
    long after = unfinishedBytes + readingBytes;
    while (after > budget && oldest.hasNext()) {
      HttpConversation next = oldest.next();
      if (next != client && next.heldBytes() > 0) {
        after -= next.heldBytes();
        slow.add(next);
      }
    }
    slow.forEach(this::tooSlow);
    if (after > budget) {
      tooSlow(client);
    }
  }

  void finished(HttpConversation client) {
    unfinished.remove(client);
  }

  /** Whether a complete body may wait to be read; if so, it is counted until it was. */
  boolean mayRead(int bytes) {
    if (readingBytes > 0 && readingBytes + bytes > budget / 2) {
      return false;
    }
    readingBytes += bytes;
    return true;
  }

  void wasRead(int bytes) {
    readingBytes -= bytes;
  }

  /** Its request was useful; moves it behind all others. */
  void served(HttpConversation client) {
    strangers.remove(client);
    known.remove(client);
    known.add(client);
  }

  /** A request that takes this long to arrive never will, or is an attempt to block the server. */
  void hangUpOnTheSlow() {
    long now = System.nanoTime();
    boolean wasBusy = now - lastLook > BUSY_NANOS;
    lastLook = now;
    if (wasBusy) {
      return;
    }
    Queue<HttpConversation> slow = new ArrayDeque<>();
    for (HttpConversation client : unfinished) {
      if (now - client.beganNanos() >= UNFINISHED_NANOS && !client.isPaused()) {
        slow.add(client);
      }
    }
    slow.forEach(this::tooSlow);
  }

  private void tooSlow(HttpConversation client) {
    refusals.refused(
        "too_slow", "the request did not arrive in time", client.address(), System.nanoTime());
    // The connection closes a little later. No other client must be evicted for it meanwhile.
    finished(client);
    client.hangUp();
  }
}
