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
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
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
}
