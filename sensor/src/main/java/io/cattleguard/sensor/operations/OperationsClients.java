package io.cattleguard.sensor.operations;

import io.netty.channel.Channel;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * The connections of the operations port that have not sent a complete request. The oldest are
 * closed for new ones, because a probe sends its request at once. Unless said otherwise, used by
 * one thread only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the closing of a connection is not awaited
final class OperationsClients {
  private static final int SILENT = 32;

  /** Requests for metrics that wait for a disk must not pile up. */
  private static final int SCRAPES = 4;

  private final Semaphore scrapes = new Semaphore(SCRAPES);
  private final Set<Channel> silent = new LinkedHashSet<>();

  void connected(Channel client) {
    silent.add(client);
    Iterator<Channel> oldest = silent.iterator();
    if (silent.size() > SILENT) {
      Channel first = oldest.next();
      oldest.remove();
      first.close();
    }
  }

  void asked(Channel client) {
    silent.remove(client);
  }

  /** Whether metrics may be collected; if so, {@link #scraped} must follow. Any thread may ask. */
  boolean mayScrape() {
    return scrapes.tryAcquire();
  }

  void scraped() {
    scrapes.release();
  }
}
