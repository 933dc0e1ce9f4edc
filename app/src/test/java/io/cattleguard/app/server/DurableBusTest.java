package io.cattleguard.app.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.app.state.DurableQueue;
import io.cattleguard.app.state.StateFile;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.route.Attempt;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Outcome;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DurableBusTest {
  @TempDir private Path folder;

  private static Delivery delivery(String id) {
    return new Delivery(
        "slack",
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
          "the worker destination/slack failed and begins again: java.lang.StackOverflowError",
          failures.poll(20, TimeUnit.SECONDS));
      assertEquals(2, bus.failures());
      assertEquals(Optional.empty(), bus.ailment());
    }
  }
}
