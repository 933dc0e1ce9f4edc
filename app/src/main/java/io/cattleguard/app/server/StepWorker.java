package io.cattleguard.app.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.state.DurableQueue;
import io.cattleguard.app.state.Lane;
import io.cattleguard.app.state.StateFile;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * Runs a step on the entries of its queue: in transactions, concurrently for steps that call
 * external systems, or one by one for steps that are not urgent.
 */
final class StepWorker {
  /** Entries per transaction: few enough that other writers wait only briefly. */
  private static final int BATCH = 32;

  /** The maximum number of concurrent calls of steps that use external systems. */
  private static final int CONCURRENCY = 128;

  private final StateFile file;
  private final DurableQueue queue;
  private final EntryRetries retries;
  private final Consumer<String> failed;
  private final Semaphore permits = new Semaphore(CONCURRENCY);

  /**
   * Takes the queues.
   *
   * @param failed is called when a step fails unexpectedly
   */
  StepWorker(StateFile file, DurableQueue queue, EntryRetries retries, Consumer<String> failed) {
    this.file = file;
    this.queue = queue;
    this.retries = retries;
    this.failed = failed;
  }

  /** Takes batches; one that fails is run again, each entry alone. */
  void runInTransactions(Lane lane, Consumer<JsonNode> target) throws InterruptedException {
    for (List<Long> ids = lane.take(BATCH); !ids.isEmpty(); ids = lane.take(BATCH)) {
      List<Long> taken = ids;
      EntryRetries.orPutBack(lane, taken, () -> runInTransaction(lane, taken, target));
    }
  }

  private void runInTransaction(Lane lane, List<Long> taken, Consumer<JsonNode> target) {
    try {
      file.transaction(
          () -> {
            taken.forEach(id -> step(id, target));
            return true;
          });
      taken.forEach(lane::settle);
    } catch (RuntimeException e) {
      // One bad entry must not block the others: process each alone.
      for (long id : taken) {
        retries.settling(
            lane,
            id,
            () ->
                file.transaction(
                    () -> {
                      step(id, target);
                      return true;
                    }));
      }
    }
  }

  private void step(long id, Consumer<JsonNode> target) {
    queue
        .read(id)
        .ifPresent(
            entry -> {
              target.accept(entry.json());
              queue.remove(id);
            });
  }

  /** Takes each entry outside of transactions, many at a time. */
  void runConcurrently(Lane lane, Consumer<JsonNode> target) throws InterruptedException {
    for (List<Long> ids = lane.take(1); !ids.isEmpty(); ids = lane.take(1)) {
      long id = ids.get(0);
      permits.acquire();
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  EntryRetries.orPutBack(
                      lane,
                      List.of(id),
                      () -> retries.settling(lane, id, () -> runOutsideTransaction(id, target)));
                } catch (RuntimeException | Error e) {
                  failed.accept("a step failed and is retried: " + e.getClass().getName());
                } finally {
                  permits.release();
                }
              });
    }
  }

  /** Takes each entry outside of transactions, one at a time. */
  void runOneByOne(Lane lane, Consumer<JsonNode> target) throws InterruptedException {
    for (List<Long> ids = lane.take(1); !ids.isEmpty(); ids = lane.take(1)) {
      long id = ids.get(0);
      EntryRetries.orPutBack(
          lane,
          List.of(id),
          () -> retries.settling(lane, id, () -> runOutsideTransaction(id, target)));
    }
  }

  private void runOutsideTransaction(long id, Consumer<JsonNode> target) {
    queue
        .read(id)
        .ifPresent(
            entry -> {
              target.accept(entry.json());
              file.transaction(
                  () -> {
                    queue.remove(id);
                    return true;
                  });
            });
  }
}
