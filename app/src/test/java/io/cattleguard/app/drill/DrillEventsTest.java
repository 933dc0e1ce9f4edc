package io.cattleguard.app.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.explain.Explainer;
import io.cattleguard.app.explain.Explanation;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.WorkloadName;
import io.cattleguard.route.Router;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests how the steps process the events that a drill injects. */
final class DrillEventsTest {
  private static final Policy POLICY = Policy.read(Policies.defaultPolicy());
  private static final String RUN = "bcdfgh";

  private static DrillPod pod(String namespace, String name) {
    return new DrillPod(namespace, name, Optional.of("0b3f-uid"), Optional.of("node-a"), "Running");
  }

  private static String event(DrillStep step, DrillPod pod) {
    return new DrillEvents(RUN, "docker.io/library/busybox:1.37", TestAlerts.AT).of(step, pod);
  }

  private static Alert alert(String event) {
    Reading reading = new AlertReader().read(event, new Origin("blue", TestAlerts.AT));
    assertTrue(reading instanceof Reading.Read, () -> reading + " of " + event);
    return ((Reading.Read) reading).alert();
  }

  @ParameterizedTest
  @EnumSource
  void aStepIsAnAlertAboutItsOwnPod(DrillStep step) {
    String name = DrillManifests.name(RUN, step.id());

    Alert alert = alert(event(step, pod("cattleguard-drill", name + "-x2x4k")));

    assertEquals(AlertClass.RUNTIME, alert.alertClass());
    assertEquals(List.of(), alert.notes());
    assertEquals(name + "-x2x4k", alert.target().pod());
    assertEquals("0b3f-uid", alert.target().podUid());
    assertEquals("cattleguard-drill", alert.target().namespace());
    assertEquals("node-a", alert.target().node());
    assertTrue(
        WorkloadName.of(alert.target()).endsWith(name), () -> WorkloadName.of(alert.target()));
    assertTrue(alert.raw().contains("drill " + RUN + ", not an intrusion"));
  }

  /** An intruder could also claim that this is only a drill. */
  @ParameterizedTest
  @EnumSource
  void theMarksOfADrillChangeNothing(DrillStep step) {
    String drill = event(step, pod("cattleguard-drill", "drill-bcdfgh-web-x2x4k"));
    String intrusion =
        drill
            .replace("drill-bcdfgh-web", "web")
            .replace("Cattleguard drill bcdfgh, not an intrusion: ", "")
            .replace("cattleguard_drill", "container")
            .replaceAll("cattleguard-drill-bcdfgh-[a-z]+", "x")
            .replace("cattleguard-drill", "shop")
            .replace("\"drill\"", "\"web\"");
    assertTrue(!intrusion.contains("drill"), intrusion);

    assertEquals(verdict(intrusion), verdict(drill));
  }

  private static String verdict(String event) {
    Explanation explanation = new Explainer(POLICY).explain(alert(event));
    return explanation.scored().score()
        + " "
        + explanation.scored().reasons()
        + " "
        + POLICY.suppressions().explain(explanation.alert(), TestAlerts.AT).stream()
            .map(one -> one.unmet().isEmpty())
            .toList()
        + " "
        + POLICY.playbooks().answering(explanation.scored()).stream()
            .map(playbook -> playbook.name() + " " + playbook.mode())
            .toList()
        + " "
        + new Router(POLICY.routes())
            .route(explanation.scored()).stream().map(one -> one.destination()).toList();
  }
}
