package io.cattleguard.app.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.road.Bus;
import io.cattleguard.app.road.StepPattern;
import io.cattleguard.app.state.DurableQueue;
import io.cattleguard.app.state.Lane;
import io.cattleguard.app.state.StateFile;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.route.Attempt;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Outcome;
import io.cattleguard.sensor.operations.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * A bus with durable queues in the state file: the counterpart of EventBridge with SQS queues and
 * dead-letter queues. A worker per step reads the events that match the step's pattern file. The
 * transaction that removes an entry from a step's queue also adds what the step publishes to the
 * next queues.
 *
 * <p>Steps that call external systems run concurrently and outside transactions. They are delivered
 * at least once, and recognise copies themselves. Each destination has a queue and a worker of its
 * own.
 */
final class DurableBus implements Bus, AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String DESTINATION = "destination/";

  /** Entries per transaction: few enough that other writers wait only briefly. */
  private static final int BATCH = 32;

  /** Deliveries per batch, which is one Splunk request or one lookup of a Slack channel. */
  private static final int DELIVERY_BATCH = 25;

  /** The maximum number of concurrent calls of steps that use external systems. */
  private static final int CONCURRENCY = 128;

  /** Attempts before an entry is parked; an unavailable table or cluster does not count as one. */
  private static final int MAX_FAILURES = 5;

  private final Path patterns;
  private final StateFile file;
  private final DurableQueue queue;
  private final Set<String> externalSteps;
  private final Set<String> slowSteps = new TreeSet<>();
  private final Consumer<String> trouble;
  private final Map<String, EventPattern> rules = new LinkedHashMap<>();
  private final Map<String, Consumer<JsonNode>> targets = new LinkedHashMap<>();
  private final Map<String, Worker> workers = new ConcurrentHashMap<>();
  private final AtomicLong failures = new AtomicLong();
  private final Semaphore permits = new Semaphore(CONCURRENCY);
  private Messenger messenger = deliveries -> List.of();
  private DestinationStates states = DestinationStates.unknown();
  private volatile boolean started;

  /**
   * A bus without subscribers, with the folder of pattern files.
   *
   * @param externalSteps the steps that call external systems
   * @param trouble receives what is parked and why, without the text of an alert
   */
  DurableBus(
      Path patterns,
      StateFile file,
      DurableQueue queue,
      Set<String> externalSteps,
      Consumer<String> trouble) {
    this.patterns = patterns;
    this.file = file;
    this.queue = queue;
    this.externalSteps = Set.copyOf(externalSteps);
    this.trouble = trouble;
  }

  @Override
  public void deliver(String step, Consumer<JsonNode> target) {
    rules.put(step, StepPattern.read(patterns, step));
    targets.put(step, target);
  }

  /**
   * Subscribes a step that is not urgent: one entry at a time, outside of transactions, so that it
   * never delays another step.
   */
  void deliverSlowly(String step, Consumer<JsonNode> target) {
    slowSteps.add(step);
    deliver(step, target);
  }

  @Override
  public void deliverToDestinations(Messenger messenger) {
    this.messenger = messenger;
  }

  /** Sets the states that tell which destinations accept messages. */
  void watch(DestinationStates watching) {
    states = watching;
  }

  /** The destinations for which messages wait. */
  Set<String> waiting() {
    Set<String> waiting = new TreeSet<>();
    queue
        .depths()
        .forEach(
            (lane, depth) -> {
              if (depth > 0 && lane.startsWith(DESTINATION)) {
                waiting.add(lane.substring(DESTINATION.length()));
              }
            });
    return waiting;
  }

  @Override
  public void publish(BusEvent event) {
    JsonNode envelope = event.toJson();
    String body = event.detail().toString();
    file.transaction(
        () -> {
          rules.forEach(
              (step, pattern) -> {
                if (pattern.matches(envelope)) {
                  queue.add(step, body);
                }
              });
          return true;
        });
  }

  @Override
  public void send(List<Delivery> deliveries) {
    List<Delivery> expected = new ArrayList<>();
    List<Delivery> unexpected = new ArrayList<>();
    for (Delivery delivery : deliveries) {
      (states.isExpected(delivery.destination()) ? expected : unexpected).add(delivery);
    }
    if (!unexpected.isEmpty()) {
      messenger.tell(unexpected); // counts them as skipped
    }
    file.transaction(
        () -> {
          for (Delivery delivery : expected) {
            String lane = DESTINATION + delivery.destination();
            queue.add(lane, write(delivery));
            file.afterCommit(() -> startWorker(lane));
          }
          return true;
        });
  }

  private static String write(Delivery delivery) {
    ObjectNode out = JSON.createObjectNode();
    out.put("destination", delivery.destination());
    delivery.routes().forEach(out.putArray("routes")::add);
    out.set(
        "notice",
        switch (delivery.notice()) {
          case Notice.Scored scored -> AlertJson.write(scored.scored());
          case Notice.Decided decided -> AlertJson.write(decided.decided());
          case Notice.Commanded commanded -> commanded.command().write();
        });
    return out.toString();
  }

  private static Delivery readDelivery(String body) {
    JsonNode in = json(body);
    JsonNode notice = in.path("notice");
    List<String> routes = new ArrayList<>();
    in.path("routes").forEach(route -> routes.add(route.asText()));
    return new Delivery(in.path("destination").asText(), notice(notice), routes);
  }

  private static Notice notice(JsonNode in) {
    if (in.has("command")) {
      return new Notice.Commanded(OperatorCommand.read(in));
    }
    return in.has("response")
        ? new Notice.Decided(AlertJson.readDecided(in))
        : new Notice.Scored(AlertJson.readScored(in));
  }

  private static JsonNode json(String body) {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a queue entry is not JSON", e);
    }
  }

  /** Starts the workers, first with the entries that the previous process left. */
  void start() {
    started = true;
    targets.keySet().forEach(this::startWorker);
    queue.lanes().forEach(this::startWorker);
  }

  private void startWorker(String lane) {
    if (started) {
      workers.computeIfAbsent(
          lane, name -> new Worker(name, () -> work(name), this::failed).start());
    }
  }

  private void failed(String sentence) {
    failures.incrementAndGet();
    trouble.accept(sentence);
  }

  /** How often workers failed and were restarted. */
  long failures() {
    return failures.get();
  }

  /** Names a worker that only a restart of the process may bring back. */
  Optional<String> ailment() {
    return workers.entrySet().stream()
        .filter(worker -> !worker.getValue().isWell())
        .map(worker -> "the worker " + worker.getKey() + " fails; restart the server")
        .findAny();
  }

  private void work(String name) throws InterruptedException {
    Lane lane = queue.lane(name);
    if (name.startsWith(DESTINATION)) {
      deliverInOrder(lane);
    } else if (externalSteps.contains(name)) {
      runConcurrently(lane, target(name));
    } else if (slowSteps.contains(name)) {
      runOneByOne(lane, target(name));
    } else {
      runInTransactions(lane, target(name));
    }
  }

  /** Puts the ids back before an error, which the worker reports, ends a batch. */
  private static void orPutBack(Lane lane, List<Long> ids, Runnable batch) {
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

  private Consumer<JsonNode> target(String step) {
    return detail -> {
      Consumer<JsonNode> target = targets.get(step);
      if (target == null) {
        throw new IllegalStateException("no such step: " + step);
      }
      target.accept(detail);
    };
  }

  private void runInTransactions(Lane lane, Consumer<JsonNode> target) throws InterruptedException {
    for (List<Long> ids = lane.take(BATCH); !ids.isEmpty(); ids = lane.take(BATCH)) {
      List<Long> taken = ids;
      orPutBack(lane, taken, () -> runInTransaction(lane, taken, target));
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
        settling(
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
              target.accept(json(entry.body()));
              queue.remove(id);
            });
  }

  private void runConcurrently(Lane lane, Consumer<JsonNode> target) throws InterruptedException {
    for (List<Long> ids = lane.take(1); !ids.isEmpty(); ids = lane.take(1)) {
      long id = ids.get(0);
      permits.acquire();
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  orPutBack(
                      lane,
                      List.of(id),
                      () -> settling(lane, id, () -> runOutsideTransaction(id, target)));
                } catch (RuntimeException | Error e) {
                  failed("a step failed and is retried: " + e.getClass().getName());
                } finally {
                  permits.release();
                }
              });
    }
  }

  private void runOneByOne(Lane lane, Consumer<JsonNode> target) throws InterruptedException {
    for (List<Long> ids = lane.take(1); !ids.isEmpty(); ids = lane.take(1)) {
      long id = ids.get(0);
      orPutBack(
          lane, List.of(id), () -> settling(lane, id, () -> runOutsideTransaction(id, target)));
    }
  }

  private void runOutsideTransaction(long id, Consumer<JsonNode> target) {
    queue
        .read(id)
        .ifPresent(
            entry -> {
              target.accept(json(entry.body()));
              file.transaction(
                  () -> {
                    queue.remove(id);
                    return true;
                  });
            });
  }

  /** Runs the work for an entry; then settles it, schedules a retry, or parks it. */
  private void settling(Lane lane, long id, Runnable work) {
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
        park(lane, entry, "it is older than 14 days");
        return;
      }
    } catch (Unavailable e) {
      // The age is unknown: retry.
    }
    lane.putBack(id, backoff(lane.countAttempt(id)));
  }

  /** Exponential backoff with jitter, from 0.1 s to 30 s. */
  private static Duration backoff(int tries) {
    long millis = Math.min(30_000, 100L << Math.min(tries, 12));
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(millis / 2, millis + 1));
  }

  private void fail(Lane lane, long id, String reason) {
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

  private void deliverInOrder(Lane lane) throws InterruptedException {
    int failedBatches = 0;
    for (List<Long> ids = lane.take(DELIVERY_BATCH);
        !ids.isEmpty();
        ids = lane.take(DELIVERY_BATCH)) {
      List<Long> taken = ids;
      Duration[] result = {Duration.ZERO};
      orPutBack(lane, taken, () -> result[0] = deliver(lane, taken));
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
        DurableQueue.Entry entry = queue.read(id).orElse(null);
        if (entry == null) {
          lane.settle(id);
        } else if (queue.isTooOld(entry)) {
          park(lane, entry, "it is older than 14 days");
        } else {
          read(lane, entry, idOf);
        }
      }
      tell(List.copyOf(idOf.keySet()), outcomes);
    } catch (Unavailable e) {
      ids.forEach(id -> lane.putBack(id, backoff(lane.countAttempt(id))));
      return Duration.ZERO;
    }
    return settle(lane, idOf, outcomes);
  }

  /** Tells a batch; after a defect each delivery alone, so that one cannot block the others. */
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
      Long before = idOf.putIfAbsent(readDelivery(entry.body()), entry.id());
      if (before != null) {
        forget(lane, List.of(entry.id()));
      }
    } catch (Unavailable e) {
      throw e;
    } catch (RuntimeException e) {
      fail(lane, entry.id(), e.getClass().getSimpleName());
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
          fail(lane, one.getValue(), rejected.reason());
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
        case null -> fail(lane, one.getValue(), "the destination returned no outcome");
      }
    }
    forget(lane, done);
    if (lane.depth() == 0) {
      idOf.keySet().stream().map(Delivery::destination).distinct().forEach(states::idle);
    }
    return progress || !done.isEmpty() ? Duration.ZERO : rest;
  }

  private void forget(Lane lane, List<Long> ids) {
    try {
      file.transaction(
          () -> {
            ids.forEach(queue::remove);
            return true;
          });
      ids.forEach(lane::settle);
    } catch (Unavailable e) {
      // They are sent again; the destination recognises the ids.
      ids.forEach(id -> lane.putBack(id, backoff(lane.countAttempt(id))));
    }
  }

  /**
   * Waits until the current work is done, but not longer than given. The rest continues at the next
   * start.
   */
  void drain(Duration atMost) throws InterruptedException {
    long until = System.nanoTime() + atMost.toNanos();
    for (String step : targets.keySet()) {
      queue.lane(step).awaitIdle(Duration.ofNanos(until - System.nanoTime()));
    }
    for (String lane : queue.lanes()) {
      queue.lane(lane).awaitIdle(Duration.ofNanos(until - System.nanoTime()));
    }
  }

  @Override
  public void close() {
    queue.lanes().forEach(name -> queue.lane(name).close());
  }
}
