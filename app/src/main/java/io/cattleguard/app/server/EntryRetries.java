package io.cattleguard.app.server;

import io.cattleguard.app.state.DurableQueue;
import io.cattleguard.app.state.Lane;
import io.cattleguard.app.state.StateFile;
import io.cattleguard.edge.port.Unavailable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * Settles a queue's entry after an attempt, retries it with backoff, or parks it until the next
 * start.
 */
final class EntryRetries {
  /** Attempts before an entry is parked; an unavailable table or cluster does not count as one. */
  private static final int MAX_FAILURES = 5;

  private static final String TOO_OLD = "it is older than 14 days";

  private final StateFile file;
  private final DurableQueue queue;
  private final Consumer<String> trouble;

  /**
   * Takes the queues.
   *
   * @param trouble receives what is parked and why, without the text of an alert
   */
  EntryRetries(StateFile file, DurableQueue queue, Consumer<String> trouble) {
    this.file = file;
    this.queue = queue;
    this.trouble = trouble;
  }

  /** Puts the ids back before an error, which the worker reports, ends a batch. */
  static void orPutBack(Lane lane, List<Long> ids, Runnable batch) {
    boolean done = false;
    try {
      batch.run();
      done = true;
    } finally {
      if (!done) {
        lane.putBackTaken(ids, backoff(1));
      }
    }
  }

  /** Runs the work for an entry; then settles it, schedules a retry, or parks it. */
  void settling(Lane lane, long id, Runnable work) {
    try {
      work.run();
      lane.settle(id);
    } catch (Unavailable e) {
      putBack(lane, id);
    } catch (RuntimeException e) {
      fail(lane, id, e.getClass().getSimpleName());
    }
  }

  private void putBack(Lane lane, long id) {
    try {
      DurableQueue.Entry entry = queue.read(id).orElse(null);
      if (entry != null && queue.isTooOld(entry)) {
        park(lane, entry, TOO_OLD);
        return;
      }
    } catch (Unavailable e) {
      // The age is unknown: retry.
    }
    lane.putBack(id, backoff(lane.countAttempt(id)));
  }

  /** Schedules a retry of every entry, after one more attempt each. */
  void putBackAll(Lane lane, List<Long> ids) {
    ids.forEach(id -> lane.putBack(id, backoff(lane.countAttempt(id))));
  }

  /** The entry, unless it is gone; one that is too old is parked. */
  Optional<DurableQueue.Entry> read(Lane lane, long id) {
    DurableQueue.Entry entry = queue.read(id).orElse(null);
    if (entry == null) {
      lane.settle(id);
      return Optional.empty();
    }
    if (queue.isTooOld(entry)) {
      park(lane, entry, TOO_OLD);
      return Optional.empty();
    }
    return Optional.of(entry);
  }

  /** Exponential backoff with jitter, from 0.1 s to 30 s. */
  private static Duration backoff(int tries) {
    long millis = Math.min(30_000, 100L << Math.min(tries, 12));
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(millis / 2, millis + 1));
  }

  /** Counts a failure of an entry; the fifth parks it. */
  void fail(Lane lane, long id, String reason) {
    try {
      queue.failed(id);
      DurableQueue.Entry entry = queue.read(id).orElse(null);
      if (entry == null) {
        lane.settle(id);
      } else if (entry.failures() >= MAX_FAILURES) {
        park(lane, entry, reason);
      } else {
        lane.putBack(id, backoff(1 + entry.failures()));
      }
    } catch (Unavailable e) {
      lane.putBack(id, backoff(lane.countAttempt(id)));
    }
  }

  private void park(Lane lane, DurableQueue.Entry entry, String reason) {
    queue.park(entry, reason);
    lane.settle(entry.id());
    trouble.accept("parked an entry of queue " + entry.lane() + " until the next start: " + reason);
  }

  /** Removes entries that are done. */
  void forget(Lane lane, List<Long> ids) {
    try {
      file.transaction(
          () -> {
            ids.forEach(queue::remove);
            return true;
          });
      ids.forEach(lane::settle);
    } catch (Unavailable e) {
      // They are sent again; the destination recognises the ids.
      putBackAll(lane, ids);
    }
  }
}
