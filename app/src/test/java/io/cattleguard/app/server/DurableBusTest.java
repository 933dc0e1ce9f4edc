package io.cattleguard.app.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.road.Bus;
import io.cattleguard.app.state.DurableQueue;
import io.cattleguard.app.state.StateFile;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.route.Attempt;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Routes;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.destinations.Destinations;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DurableBusTest {
  private static final String TOKEN = "CATTLEGUARD_SLACK_TOKEN";

  private static final String CHANNEL = "security-channel";

  @TempDir private Path folder;

  private static Delivery delivery(String id) {
    return new Delivery(
        CHANNEL,
        new Notice.Scored(TestAlerts.scored(TestAlerts.reverseShell(id), 80)),
        List.of("all"));
  }

  @Test
  void aDefectInADestinationDoesNotEndItsWorker() throws InterruptedException {
    BlockingQueue<String> told = new LinkedBlockingQueue<>();
    try (StateFile file = StateFile.open(folder);
        DurableBus bus =
            new DurableBus(
                folder, file, new DurableQueue(file, Clock.systemUTC()), Set.of(), reason -> {})) {
      bus.deliverToDestinations(
          deliveries -> {
            if (deliveries.stream().anyMatch(one -> one.id().startsWith("bad"))) {
              throw new IllegalStateException("a defect");
            }
            deliveries.forEach(delivery -> told.add(delivery.id()));
            return deliveries.stream()
                .map(delivery -> new Attempt(delivery, new Outcome.Delivered()))
                .toList();
          });
      bus.send(List.of(delivery("bad"), delivery("good")));
      bus.start();
      assertEquals(delivery("good").id(), told.poll(20, TimeUnit.SECONDS));
      bus.send(List.of(delivery("later")));
      assertEquals(delivery("later").id(), told.poll(20, TimeUnit.SECONDS));
    }
  }

  private static BusEvent scored(String id) {
    return new BusEvent(
        "cattleguard.score",
        DetailType.ALERT_SCORED,
        TestAlerts.AT,
        AlertJson.write(TestAlerts.scored(TestAlerts.reverseShell(id), 80)));
  }

  @Test
  void aRecordThatHangsOrFailsDelaysNeitherRouteNorItself() throws Exception {
    BlockingQueue<String> routed = new LinkedBlockingQueue<>();
    BlockingQueue<String> recorded = new LinkedBlockingQueue<>();
    CountDownLatch repaired = new CountDownLatch(1);
    AtomicInteger failures = new AtomicInteger();
    Path patterns = ContractFiles.root().resolve("events").resolve("patterns");
    try (StateFile file = StateFile.open(folder);
        DurableBus bus =
            new DurableBus(
                patterns,
                file,
                new DurableQueue(file, Clock.systemUTC()),
                Set.of(),
                reason -> {})) {
      bus.deliver("route", detail -> routed.add(detail.path("alert").path("id").asText()));
      bus.deliverSlowly(
          "record",
          detail -> {
            String id = detail.path("alert").path("id").asText();
            if (id.equals("hangs")) {
              awaitQuietly(repaired);
            } else if (id.equals("fails") && failures.incrementAndGet() < 3) {
              throw new IllegalStateException("a defect");
            }
            recorded.add(id);
          });
      bus.start();
      for (String id : List.of("hangs", "fails", "works")) {
        bus.publish(scored(id));
      }

      for (String id : List.of("hangs", "fails", "works")) {
        assertEquals(id, routed.poll(20, TimeUnit.SECONDS));
      }
      assertEquals(0, recorded.size(), "it hangs, and nobody waits for it");
      // Other threads write to the state file at the same time.
      assertTrue(file.transaction(() -> true));
      repaired.countDown();
      Set<String> all = new TreeSet<>();
      for (int i = 0; i < 3; i++) {
        all.add(String.valueOf(recorded.poll(20, TimeUnit.SECONDS)));
      }
      assertEquals(Set.of("hangs", "fails", "works"), all);
      assertEquals(3, failures.get());
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<DestinationSettings> slack() {
    return Routes.read(new PolicyFiles(Policies.defaultPolicy()), Destinations.TYPES)
        .destinations()
        .stream()
        .filter(one -> one.type().equals("slack"))
        .toList();
  }

  private static Map<String, Long> waiting(DurableQueue queue) {
    Map<String, Long> waiting = new TreeMap<>();
    queue.depths().forEach((lane, depth) -> waiting.put(lane, depth.longValue()));
    waiting.values().removeIf(depth -> depth == 0);
    return waiting;
  }

  private static void eventually(BooleanSupplier condition) throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < until, "never happened");
      Thread.sleep(5);
    }
  }

  @Test
  void aBlockedDestinationKeepsItsMessagesAndGoesOnOnceItIsRepaired() throws Exception {
    BlockingQueue<String> told = new LinkedBlockingQueue<>();
    List<String> log = new CopyOnWriteArrayList<>();
    AtomicReference<Outcome> answer =
        new AtomicReference<>(new Outcome.Blocked("Slack error: not_in_channel; invite the app"));
    DestinationStates states =
        new DestinationStates(slack(), name -> Optional.of("set"), Clock.systemUTC(), log::add);
    try (StateFile file = StateFile.open(folder)) {
      DurableQueue queue = new DurableQueue(file, Clock.systemUTC());
      try (DurableBus bus = new DurableBus(folder, file, queue, Set.of(), reason -> {})) {
        bus.watch(states);
        bus.deliverToDestinations(
            deliveries -> {
              Outcome now = answer.get();
              deliveries.forEach(one -> told.add(one.id() + " " + now.word()));
              return deliveries.stream().map(one -> new Attempt(one, now)).toList();
            });
        bus.send(List.of(delivery("kept")));
        bus.start();
        assertEquals(delivery("kept").id() + " rejected", told.poll(20, TimeUnit.SECONDS));
        eventually(() -> states.areBlocked().equals(Map.of(CHANNEL, true)));
        answer.set(new Outcome.Delivered());
      }
      assertEquals(Map.of("destination/" + CHANNEL, 1L), waiting(queue));
      // A new process retries immediately; this process would retry after half a minute.
      DurableQueue later = new DurableQueue(file, Clock.systemUTC());
      try (DurableBus bus = new DurableBus(folder, file, later, Set.of(), reason -> {})) {
        bus.watch(states);
        bus.deliverToDestinations(
            deliveries -> deliveries.stream().map(one -> new Attempt(one, answer.get())).toList());
        bus.start();
        eventually(() -> states.areBlocked().equals(Map.of(CHANNEL, false)));
        eventually(() -> waiting(later).isEmpty());
      }
    }
    assertEquals(
        List.of(
            "destination security-channel accepts no message: Slack error: not_in_channel; invite"
                + " the app; messages are kept",
            "destination security-channel accepts messages again"),
        log);
  }

  @Test
  void whatWasQueuedIsKeptWhenTheSettingsAreGoneAfterARestart() throws Exception {
    Map<String, String> environment = new ConcurrentHashMap<>();
    Secrets secrets = name -> Optional.ofNullable(environment.get(name));
    BlockingQueue<String> told = new LinkedBlockingQueue<>();
    Bus.Messenger messenger =
        deliveries -> {
          Optional<Outcome> missing = slack().getFirst().notConfigured(secrets);
          deliveries.forEach(one -> told.add(missing.map(Outcome::word).orElse("delivered")));
          return deliveries.stream()
              .map(one -> new Attempt(one, missing.orElse(new Outcome.Delivered())))
              .toList();
        };
    try (StateFile file = StateFile.open(folder)) {
      environment.put(TOKEN, "set");
      try (DurableBus bus =
          new DurableBus(
              folder, file, new DurableQueue(file, Clock.systemUTC()), Set.of(), reason -> {})) {
        bus.watch(new DestinationStates(slack(), secrets, Clock.systemUTC(), sentence -> {}));
        bus.deliverToDestinations(messenger);
        bus.send(List.of(delivery("half configured")));
      }
      environment.clear();
      DurableQueue queue = new DurableQueue(file, Clock.systemUTC());
      try (DurableBus bus = new DurableBus(folder, file, queue, Set.of(), reason -> {})) {
        bus.watch(new DestinationStates(slack(), secrets, Clock.systemUTC(), sentence -> {}));
        bus.deliverToDestinations(messenger);
        bus.start();
        assertEquals("skipped", told.poll(20, TimeUnit.SECONDS));
        bus.send(List.of(delivery("nobody expects it")));
        assertEquals("skipped", told.poll(20, TimeUnit.SECONDS));
      }
      assertEquals(Map.of("destination/" + CHANNEL, 1L), waiting(queue));
    }
  }

  @Test
  void theStartNamesWhatIsNotSet() {
    assertEquals(
        "security-channel (not configured: CATTLEGUARD_SLACK_TOKEN and CATTLEGUARD_SLACK_CHANNEL"
            + " are not set)",
        new DestinationStates(slack(), name -> Optional.empty(), Clock.systemUTC(), sentence -> {})
            .inWords());
    assertEquals(
        "security-channel (incomplete: CATTLEGUARD_SLACK_CHANNEL is not set; messages wait until it"
            + " is)",
        new DestinationStates(
                slack(),
                name -> name.equals(TOKEN) ? Optional.of("set") : Optional.empty(),
                Clock.systemUTC(),
                sentence -> {})
            .inWords());
  }

  @Test
  void aDestinationOfWhichAPartIsSetIsBlockedBeforeItsFirstMessage() {
    DestinationStates states =
        new DestinationStates(
            slack(),
            name -> name.equals(TOKEN) ? Optional.of("set") : Optional.empty(),
            Clock.systemUTC(),
            sentence -> {});

    assertEquals(Map.of(CHANNEL, true), states.areBlocked());
    assertEquals(
        List.of(
            "destination security-channel accepts no message, messages are kept: incomplete:"
                + " CATTLEGUARD_SLACK_CHANNEL is not set"),
        states.blockedInWords());
  }

  @Test
  void aDestinationThatFailsForAMinuteIsReportedUntilItTakesAMessage() {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-03-02T09:15:00Z"));
    List<String> log = new ArrayList<>();
    DestinationStates states =
        new DestinationStates(slack(), name -> Optional.of("set"), now::get, log::add);
    Outcome busy = new Outcome.TryAgain(Duration.ofSeconds(5), "HTTP 503");

    for (int seconds = 0; seconds < 60; seconds += 20) {
      states.heard(CHANNEL, busy);
      assertEquals(List.of(), states.blockedInWords());
      now.updateAndGet(before -> before.plusSeconds(20));
    }
    states.heard(CHANNEL, busy);
    states.heard(CHANNEL, busy);

    String reason = "every delivery has failed since 2026-03-02T09:15:00Z: HTTP 503";
    assertEquals(Map.of(CHANNEL, true), states.areBlocked());
    assertTrue(states.blockedInWords().getFirst().endsWith(reason), states::inWords);
    states.heard(CHANNEL, new Outcome.Delivered());
    assertEquals(Map.of(CHANNEL, false), states.areBlocked());
    states.heard(CHANNEL, busy);
    assertEquals(List.of(), states.blockedInWords());
    assertEquals(
        List.of(
            "destination security-channel accepts no message: " + reason + "; messages are kept",
            "destination security-channel accepts messages again"),
        log);
  }

  @Test
  void anErrorInADestinationEndsNeitherItsWorkerNorItsDeliveries() throws InterruptedException {
    BlockingQueue<String> told = new LinkedBlockingQueue<>();
    BlockingQueue<String> failures = new LinkedBlockingQueue<>();
    AtomicInteger left = new AtomicInteger(2);
    try (StateFile file = StateFile.open(folder);
        DurableBus bus =
            new DurableBus(
                folder, file, new DurableQueue(file, Clock.systemUTC()), Set.of(), failures::add)) {
      bus.deliverToDestinations(
          deliveries -> {
            if (left.getAndDecrement() > 0) {
              throw new StackOverflowError();
            }
            deliveries.forEach(delivery -> told.add(delivery.id()));
            return deliveries.stream()
                .map(delivery -> new Attempt(delivery, new Outcome.Delivered()))
                .toList();
          });
      bus.send(List.of(delivery("first")));
      bus.start();
      assertEquals(delivery("first").id(), told.poll(20, TimeUnit.SECONDS));
      assertEquals(
          "the worker destination/security-channel failed and is restarted:"
              + " java.lang.StackOverflowError",
          failures.poll(20, TimeUnit.SECONDS));
      assertEquals(2, bus.failures());
      assertEquals(Optional.empty(), bus.ailment());
    }
  }

  @Test
  void aDestinationIsNotCalledBlockedOnceNothingWaitsForIt() throws Exception {
    AtomicReference<Outcome> answer =
        new AtomicReference<>(new Outcome.Blocked("Slack error: not_in_channel; invite the app"));
    DestinationStates states =
        new DestinationStates(
            slack(), name -> Optional.of("set"), Clock.systemUTC(), sentence -> {});
    try (StateFile file = StateFile.open(folder)) {
      DurableQueue queue = new DurableQueue(file, Clock.systemUTC());
      try (DurableBus bus = new DurableBus(folder, file, queue, Set.of(), reason -> {})) {
        bus.watch(states);
        bus.deliverToDestinations(
            deliveries ->
                deliveries.stream().map(delivery -> new Attempt(delivery, answer.get())).toList());
        bus.send(List.of(delivery("one")));
        bus.start();
        eventually(() -> states.areBlocked().equals(Map.of(CHANNEL, true)));
        assertEquals(1, states.blockedInWords().size());
        assertTrue(states.blockedInWords().getFirst().contains("invite the app"));
      }
      answer.set(new Outcome.Skipped("the channel already shows this count"));
      DurableQueue again = new DurableQueue(file, Clock.systemUTC());
      try (DurableBus bus = new DurableBus(folder, file, again, Set.of(), reason -> {})) {
        bus.watch(states);
        bus.deliverToDestinations(
            deliveries ->
                deliveries.stream().map(delivery -> new Attempt(delivery, answer.get())).toList());
        bus.start();
        eventually(() -> states.areBlocked().equals(Map.of(CHANNEL, false)));
        assertEquals(List.of(), states.blockedInWords());
      }
    }
  }
}
