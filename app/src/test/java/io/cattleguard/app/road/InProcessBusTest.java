package io.cattleguard.app.road;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.sources.FalcoEvent;
import io.cattleguard.sources.Intrusion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InProcessBusTest {
  private final InProcessBus bus = new InProcessBus(ContractFiles.folder("patterns"));
  private final List<String> delivered = new ArrayList<>();

  private void listen(String... steps) {
    for (String step : steps) {
      bus.deliver(step, detail -> delivered.add(step));
    }
  }

  private static BusEvent scored(String source, FalcoEvent event) {
    ObjectNode detail = AlertJson.write(TestAlerts.scored(event.read(), 10));
    return new BusEvent(source, DetailType.ALERT_SCORED, TestAlerts.AT, detail);
  }

  @Test
  void aScoredAlertGoesToRouteAndRespondInTheOrderInWhichTheyListen() {
    listen("score", "route", "respond-kubernetes");

    bus.publish(scored("cattleguard.score", Intrusion.reverseShell()));

    assertEquals(List.of("route", "respond-kubernetes"), delivered);
  }

  @Test
  void anEventWithTooManyHopsReachesNoStep() {
    listen("score", "route", "respond-kubernetes");
    BusEvent event = scored("cattleguard.score", Intrusion.reverseShell());
    event.detail().put("hops", 8);

    bus.publish(event);

    assertEquals(List.of(), delivered);
  }

  @Test
  void eventsFromOtherSourcesReachNoStep() {
    listen("score", "route", "respond-kubernetes");

    bus.publish(scored("somebody.else", Intrusion.reverseShell()));

    assertEquals(List.of(), delivered);
  }

  @Test
  void whatIsPublishedWhileDeliveringComesAfterIt() {
    bus.deliver(
        "route",
        detail -> {
          delivered.add("route");
          if (delivered.size() == 1) {
            bus.publish(scored("cattleguard.score", Intrusion.miner()));
          }
        });
    listen("respond-kubernetes");

    bus.publish(scored("cattleguard.score", Intrusion.reverseShell()));

    assertEquals(List.of("route", "respond-kubernetes", "route", "respond-kubernetes"), delivered);
  }

  @Test
  void anInvalidPatternIsReportedWithItsFile(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("score.json"), "{\"source\": \"not a list\"}");
    InProcessBus broken = new InProcessBus(folder);

    UsageError error = assertThrows(UsageError.class, () -> broken.deliver("score", detail -> {}));
    assertTrue(error.getMessage().contains("score.json"), error.getMessage());
  }
}
