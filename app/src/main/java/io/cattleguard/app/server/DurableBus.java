package io.cattleguard.app.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.road.Bus;
import io.cattleguard.app.road.StepPattern;
import io.cattleguard.app.state.DurableQueue;
import io.cattleguard.app.state.Lane;
import io.cattleguard.app.state.StateFile;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.events.BusEvent;
import io.cattleguard.route.Delivery;
import io.cattleguard.sensor.operations.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
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
  private static final String DESTINATION = "destination/";

  private final Path patterns;
  private final StateFile file;
  private final DurableQueue queue;
  private final Set<String> externalSteps;
  private final Set<String> slowSteps = new TreeSet<>();
  private final Consumer<String> trouble;
  private final Map<String, EventPattern> rules = new LinkedHashMap<>();
  private final Map<String, Consumer<JsonNode>> targets = new LinkedHashMap<>();
  private final Map<String, Worker> workers = new ConcurrentHashMap<>();
  private final EntryRetries retries;
  private final StepWorker stepWorker;
  private final AtomicLong failures = new AtomicLong();
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
    this.retries = new EntryRetries(file, queue, trouble);
    this.stepWorker = new StepWorker(file, queue, retries, this::failed);
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
            queue.add(lane, DeliveryJson.write(delivery));
            file.afterCommit(() -> startWorker(lane));
          }
          return true;
        });
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

  /** Names a worker that only a restart of the process may restore. */
  Optional<String> ailment() {
    return workers.entrySet().stream()
        .filter(worker -> !worker.getValue().isWell())
        .map(worker -> "the worker " + worker.getKey() + " fails; restart the server")
        .findAny();
  }

  private void work(String name) throws InterruptedException {
    Lane lane = queue.lane(name);
    if (name.startsWith(DESTINATION)) {
      new DestinationWorker(retries, messenger, states).deliverInOrder(lane);
    } else if (externalSteps.contains(name)) {
      stepWorker.runConcurrently(lane, target(name));
    } else if (slowSteps.contains(name)) {
      stepWorker.runOneByOne(lane, target(name));
    } else {
      stepWorker.runInTransactions(lane, target(name));
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
