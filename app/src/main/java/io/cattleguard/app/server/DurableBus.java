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
import io.cattleguard.route.Attempt;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Outcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * EventBridge, its queues and their dead-letter queues, in one process and one file: a step's
 * worker takes what its pattern file asks for, and what a step publishes is added to the next
 * queues in the transaction that takes its own entry away.
 *
 * <p>Steps that ask the world are run many at once and outside of any transaction; they are at
 * least once, and know their own copies. Every destination has a queue and a worker to itself.
 */
final class DurableBus implements Bus, AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String DESTINATION = "destination/";

  /** Entries of one transaction; so many hold nobody up for long. */
  private static final int TOGETHER = 32;

  /** Deliveries of one batch: as many as one Splunk request, or one look at a channel, is worth. */
  private static final int DELIVERIES = 25;

  /** Steps that ask the world at the same time. */
  private static final int AT_ONCE = 128;

  /** A failure that is nobody's absence is a defect, or will stay: so often it is tried. */
  private static final int FAILURES = 5;

  private final Path patterns;
  private final StateFile file;
  private final DurableQueue queue;
  private final Set<String> askTheWorld;
  private final Consumer<String> trouble;
  private final Map<String, EventPattern> rules = new LinkedHashMap<>();
  private final Map<String, Consumer<JsonNode>> targets = new LinkedHashMap<>();
  private final Map<String, Thread> workers = new ConcurrentHashMap<>();
  private final Semaphore room = new Semaphore(AT_ONCE);
  private Messenger messenger = deliveries -> List.of();
  private volatile boolean started;

  /**
   * Without rules, over the folder of pattern files.
   *
   * @param askTheWorld the steps that are run many at once
   * @param trouble is told, without any alert's text, what is parked and why
   */
  DurableBus(
      Path patterns,
      StateFile file,
      DurableQueue queue,
      Set<String> askTheWorld,
      Consumer<String> trouble) {
    this.patterns = patterns;
    this.file = file;
    this.queue = queue;
    this.askTheWorld = Set.copyOf(askTheWorld);
    this.trouble = trouble;
  }

  @Override
  public void deliver(String step, Consumer<JsonNode> target) {
    rules.put(step, StepPattern.read(patterns, step));
    targets.put(step, target);
  }

  @Override
  public void deliverToDestinations(Messenger messenger) {
    this.messenger = messenger;
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
    file.transaction(
        () -> {
          for (Delivery delivery : deliveries) {
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
        });
    return out.toString();
  }

  private static Delivery readDelivery(String body) {
    JsonNode in = json(body);
    JsonNode notice = in.path("notice");
    List<String> routes = new ArrayList<>();
    in.path("routes").forEach(route -> routes.add(route.asText()));
    return new Delivery(
        in.path("destination").asText(),
        notice.has("response")
            ? new Notice.Decided(AlertJson.readDecided(notice))
            : new Notice.Scored(AlertJson.readScored(notice)),
        routes);
  }

  private static JsonNode json(String body) {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an entry of the queue is no JSON", e);
    }
  }

  /** Begins to work, with what waited when the last process ended. */
  void start() {
    started = true;
    targets.keySet().forEach(this::startWorker);
    queue.lanes().forEach(this::startWorker);
  }

  private void startWorker(String lane) {
    if (started) {
      workers.computeIfAbsent(
          lane, name -> Thread.ofPlatform().daemon(true).name(name).start(() -> work(name)));
    }
  }

  private void work(String name) {
    Lane lane = queue.lane(name);
    try {
      if (name.startsWith(DESTINATION)) {
        tellInOrder(lane);
      } else if (askTheWorld.contains(name)) {
        runManyAtOnce(lane, target(name));
      } else {
        runTogether(lane, target(name));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Consumer<JsonNode> target(String step) {
    return detail -> {
      Consumer<JsonNode> target = targets.get(step);
      if (target == null) {
        throw new IllegalStateException("there is no step " + step + " any more");
      }
      target.accept(detail);
    };
  }

  private void runTogether(Lane lane, Consumer<JsonNode> target) throws InterruptedException {
    for (List<Long> ids = lane.take(TOGETHER); !ids.isEmpty(); ids = lane.take(TOGETHER)) {
      List<Long> taken = ids;
      try {
        file.transaction(
            () -> {
              taken.forEach(id -> step(id, target));
              return true;
            });
        taken.forEach(lane::settle);
      } catch (RuntimeException e) {
        // Whatever is wrong with one of them is not the others' fault.
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

  private void runManyAtOnce(Lane lane, Consumer<JsonNode> target) throws InterruptedException {
    for (List<Long> ids = lane.take(1); !ids.isEmpty(); ids = lane.take(1)) {
      long id = ids.get(0);
      room.acquire();
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  settling(lane, id, () -> askTheWorld(id, target));
                } finally {
                  room.release();
                }
              });
    }
  }

  private void askTheWorld(long id, Consumer<JsonNode> target) {
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

  /** Settles an entry, or has it come again, or parks it. */
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
        park(lane, entry, "waited for longer than anything is kept");
        return;
      }
    } catch (Unavailable e) {
      // Then it waits, whatever its age.
    }
    lane.putBack(id, backoff(lane.triedAgain(id)));
  }

  /** From a tenth of a second to half a minute, and never everybody at the same moment. */
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
      } else if (entry.failures() >= FAILURES) {
        park(lane, entry, reason);
      } else {
        lane.putBack(id, backoff(1 + entry.failures()));
      }
    } catch (Unavailable e) {
      lane.putBack(id, backoff(lane.triedAgain(id)));
    }
  }

  private void park(Lane lane, DurableQueue.Entry entry, String reason) {
    queue.park(entry, reason);
    lane.settle(entry.id());
    trouble.accept("an entry of " + entry.lane() + " is parked until the next start: " + reason);
  }

  private void tellInOrder(Lane lane) throws InterruptedException {
    int fruitless = 0;
    for (List<Long> ids = lane.take(DELIVERIES); !ids.isEmpty(); ids = lane.take(DELIVERIES)) {
      Duration rest = tell(lane, ids);
      fruitless = rest.isZero() ? 0 : fruitless + 1;
      if (fruitless > 1 || (fruitless == 1 && ids.size() == DELIVERIES)) {
        // Nobody answers there: asking for each of many that wait would keep the machine busy.
        lane.rest(rest);
      }
    }
  }

  /** Tells what can be told; returns how long to rest where nothing could. */
  private Duration tell(Lane lane, List<Long> ids) {
    Map<Delivery, Long> idOf = new LinkedHashMap<>();
    Map<String, Outcome> outcomes = new HashMap<>();
    try {
      for (long id : ids) {
        DurableQueue.Entry entry = queue.read(id).orElse(null);
        if (entry == null) {
          lane.settle(id);
        } else if (queue.isTooOld(entry)) {
          park(lane, entry, "waited for longer than anything is kept");
        } else {
          read(lane, entry, idOf);
        }
      }
      for (Attempt attempt : messenger.tell(List.copyOf(idOf.keySet()))) {
        outcomes.put(attempt.delivery().id(), attempt.outcome());
      }
    } catch (Unavailable e) {
      ids.forEach(id -> lane.putBack(id, backoff(lane.triedAgain(id))));
      return Duration.ZERO;
    }
    return settle(lane, idOf, outcomes);
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
    List<Long> told = new ArrayList<>();
    Duration rest = Duration.ZERO;
    boolean fruitful = false;
    for (Map.Entry<Delivery, Long> one : idOf.entrySet()) {
      switch (outcomes.get(one.getKey().id())) {
        case Outcome.TryAgain again -> {
          lane.putBack(one.getValue(), again.after());
          rest = rest.compareTo(again.after()) < 0 ? again.after() : rest;
        }
        case Outcome.Rejected rejected -> {
          fail(lane, one.getValue(), rejected.reason());
          fruitful = true;
        }
        case Outcome.Delivered delivered -> told.add(one.getValue());
        case Outcome.Skipped skipped -> told.add(one.getValue());
        case null -> fail(lane, one.getValue(), "nobody says what became of it");
      }
    }
    forget(lane, told);
    return fruitful || !told.isEmpty() ? Duration.ZERO : rest;
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
      // Told again, and known by its id as told before.
      ids.forEach(id -> lane.putBack(id, backoff(lane.triedAgain(id))));
    }
  }

  /**
   * Finishes what is being worked on, as far as that does not take too long; what is left waits for
   * the next start.
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
