package io.cattleguard.app.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.record.InMemoryIncidents;
import io.cattleguard.record.Recorder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tests a drill with a cluster that only records its calls. */
final class DrillTest {
  private static final String RUN = "bcdfgh";
  private static final String NAMESPACE = "cattleguard-drill";

  private Instant now = TestAlerts.AT;
  private final InMemoryIncidents incidents = new InMemoryIncidents();
  private final Recorder recorder = new Recorder(incidents);
  private final List<String> calls = new ArrayList<>();
  private final List<String> sent = new ArrayList<>();
  private boolean reports = true;
  private Runnable interrupt = () -> {};

  /** Starts every pod immediately, except the pod of one step; refuses the pod of another. */
  private final class Cluster implements DrillCluster {
    @Override
    public String name() {
      return "blue";
    }

    @Override
    public int removeLeftovers(Instant at) {
      calls.add("leftovers");
      return 0;
    }

    @Override
    public void prepare(Instant at) {
      calls.add("prepare");
    }

    @Override
    public Optional<String> start(DrillStep step) {
      calls.add("start " + step.id());
      if (step == DrillStep.LOGS) {
        interrupt.run();
        throw new Unavailable("the drill was stopped");
      }
      return step == DrillStep.RELEASE
          ? Optional.of("violates PodSecurity \"restricted:latest\"")
          : Optional.empty();
    }

    @Override
    public Optional<DrillPod> pod(DrillStep step) {
      return Optional.of(
          new DrillPod(
              NAMESPACE,
              DrillManifests.name(RUN, step.id()) + "-x2x4k",
              Optional.of("uid-" + step.id()),
              Optional.of("node-a"),
              step == DrillStep.MOUNT ? "ImagePullBackOff" : "Running"));
    }

    @Override
    public List<String> cleanUp() {
      calls.add("clean up");
      return List.of("Job drill-1", "Namespace " + NAMESPACE);
    }

    @Override
    public void close() {}
  }

  private Drill drill(List<DrillStep> steps, Optional<DrillInput> input) {
    return new Drill(
        new Drill.Parts(
            RUN,
            "blue",
            NAMESPACE,
            "busybox",
            steps,
            Optional.of(new Cluster()),
            input,
            incidents,
            new DrillForecast(Policy.read(Policies.defaultPolicy())),
            Duration.ofSeconds(30),
            () -> now,
            this::pass,
            sentence -> {}));
  }

  /** Time passes, and the deployment records what a sensor reports of one step. */
  private void pass(Duration time) {
    now = now.plus(time);
    interrupt.run();
    if (!reports) {
      return;
    }
    Alert alert =
        TestAlerts.alert("a1", "Drop and execute new binary in container", Severity.CRITICAL)
            .target(
                Target.builder()
                    .cluster("blue")
                    .namespace(NAMESPACE)
                    .pod(DrillManifests.name(RUN, "dropped") + "-x2x4k")
                    .build())
            .at(TestAlerts.AT)
            .build();
    ScoredAlert scored = TestAlerts.scored(alert, 80);
    recorder.record(AlertJson.write(scored), "cattleguard.score");
    recorder.record(
        TestAlerts.decided(scored, ResponseOutcome.OBSERVED).write(), "cattleguard.respond");
  }

  @Test
  void eachStepIsFollowedToWhatBecameOfIt() {
    Drill drill =
        drill(
            List.of(DrillStep.DROPPED, DrillStep.RELEASE, DrillStep.MOUNT, DrillStep.TOKEN),
            Optional.empty());

    DrillCard card = drill.run();
    drill.close();

    assertEquals(
        List.of(
            DrillCard.Result.SENSED,
            DrillCard.Result.REFUSED,
            DrillCard.Result.NOT_RUN,
            DrillCard.Result.UNSEEN),
        results(card));
    DrillCard.Row sensed = card.rows().getFirst();
    assertEquals(List.of("falco: Drop and execute new binary in container"), sensed.by());
    assertEquals(Optional.of(Duration.ofMillis(500)), sensed.after());
    assertEquals(80, sensed.score());
    assertEquals(List.of("security-channel", "siem"), sensed.notified().destinations());
    assertEquals(Optional.empty(), sensed.notified().missing());
    assertTrue(
        sensed.responses().getFirst().startsWith("observe mode: delete-pod would have been "));
    assertFalse(card.isPassed());
    assertEquals(
        "1 of 4 steps sensed, 1 refused by admission, 1 unseen, 1 not run", card.summary());
    assertEquals("its pod did not start: ImagePullBackOff", card.rows().get(2).why());
    assertEquals("leftovers", calls.getFirst());
    assertEquals("clean up", calls.getLast());
  }

  private static String printed(DrillCard card, boolean markdown) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream to = new PrintStream(out, true, StandardCharsets.UTF_8);
    if (markdown) {
      new DrillCardText(card).printMarkdown(to);
    } else {
      new DrillCardText(card)
          .print(
              new Surroundings(
                      new ByteArrayInputStream(new byte[0]),
                      to,
                      to,
                      Optional.empty(),
                      Optional.empty(),
                      false)
                  .screen());
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aStepOfWhichPeopleAreNotNotifiedSaysWhatIsMissing() {
    reports = false;
    Alert alert =
        TestAlerts.alert("a2", "Run shell untrusted", Severity.LOW)
            .target(
                Target.builder()
                    .cluster("blue")
                    .namespace(NAMESPACE)
                    .pod(DrillManifests.name(RUN, "shell") + "-x2x4k")
                    .build())
            .at(TestAlerts.AT)
            .build();
    recorder.record(AlertJson.write(TestAlerts.scored(alert, 30)), "cattleguard.score");

    DrillCard card = drill(List.of(DrillStep.SHELL), Optional.empty()).run();

    String why = "route serious-alerts-to-security: score is 30, needs >= 60";
    assertEquals("siem", card.toJson().at("/steps/0/routedTo/0").asText());
    assertEquals(why, card.toJson().at("/steps/0/peopleNotNotified").asText());
    assertTrue(
        printed(card, false).contains("people    not notified: " + why), printed(card, false));
    assertTrue(printed(card, false).contains("scored    30: +30 "), printed(card, false));
    assertTrue(
        printed(card, true).contains("siem; people are not notified: " + why), printed(card, true));
  }

  @Test
  void anEventIsInjectedOnceForEachPodThatRuns() {
    drill(List.of(DrillStep.DROPPED, DrillStep.RELEASE, DrillStep.MOUNT), Optional.of(sent::add))
        .run();

    assertEquals(1, sent.size());
    assertTrue(sent.getFirst().contains("uid-dropped"), sent.getFirst());
  }

  @Test
  void anInputThatIsAwayIsToldStepByStep() {
    reports = false;
    DrillCard card =
        drill(
                List.of(DrillStep.DROPPED),
                Optional.of(
                    event -> {
                      throw new Unavailable("nothing listens there");
                    }))
            .run();

    assertEquals(DrillCard.Result.NOT_RUN, card.rows().getFirst().result());
    assertEquals("nothing listens there", card.rows().getFirst().why());
  }

  private static List<DrillCard.Result> results(DrillCard card) {
    return card.rows().stream().map(DrillCard.Row::result).toList();
  }

  @Test
  void anInterruptedDrillHasTheCardSoFarAndSaysWhatItRemoved() {
    Drill drill =
        drill(
            List.of(DrillStep.DROPPED, DrillStep.RELEASE, DrillStep.MOUNT, DrillStep.TOKEN),
            Optional.empty());
    interrupt =
        () -> {
          if (now.isAfter(TestAlerts.AT.plusSeconds(3))) {
            drill.interrupt();
          }
        };

    DrillCard card = drill.run();

    assertTrue(now.isBefore(TestAlerts.AT.plusSeconds(5)), "it does not wait longer: " + now);
    assertEquals(
        List.of(
            DrillCard.Result.SENSED,
            DrillCard.Result.REFUSED,
            DrillCard.Result.INTERRUPTED,
            DrillCard.Result.INTERRUPTED),
        results(card));
    assertEquals("the drill was interrupted before this step ran", card.rows().get(2).why());
    assertEquals(
        "no sensor had reported it when the drill was interrupted, 3 s after it ran",
        card.rows().get(3).why());
    assertFalse(card.isPassed());
    assertEquals(
        "1 of 4 steps sensed, 1 refused by admission, 0 unseen, 2 interrupted", card.summary());
    assertEquals(List.of("Job drill-1", "Namespace " + NAMESPACE), drill.cleanUp());
    assertEquals(List.of(), drill.cleanUp(), "what is removed already");
  }

  @Test
  void anInterruptWhileStepsAreStartedStartsNoOther() {
    Drill drill =
        drill(List.of(DrillStep.DROPPED, DrillStep.LOGS, DrillStep.TOKEN), Optional.empty());
    interrupt = drill::interrupt;

    DrillCard card = drill.run();

    assertEquals(Collections.nCopies(3, DrillCard.Result.INTERRUPTED), results(card));
    assertFalse(calls.contains("start token"), calls::toString);
  }

  @Test
  void whatFailsInTheMiddleIsCleanedUpOnce() {
    Drill drill =
        drill(
            List.of(DrillStep.DROPPED),
            Optional.of(
                event -> {
                  throw new IllegalStateException("a bug");
                }));

    assertThrows(IllegalStateException.class, drill::run);
    drill.close();
    drill.close();

    assertEquals(1, calls.stream().filter("clean up"::equals).count());
  }

  @Test
  void aDrillThatTouchedNothingCleansNothingUp() {
    drill(List.of(DrillStep.DROPPED), Optional.empty()).close();

    assertEquals(List.of(), calls);
  }

  @Test
  void theCardsHaveWhatWouldSeeTheRestAndEscapeWhatTheyQuote() {
    reports = false;
    DrillCard card =
        new DrillCard(
            RUN,
            "blue",
            NAMESPACE,
            TestAlerts.AT,
            true,
            List.of(
                DrillCard.Row.of(DrillStep.TRAVERSAL, DrillCard.Result.UNSEEN, ""),
                DrillCard.Row.of(
                    DrillStep.RELEASE,
                    DrillCard.Result.REFUSED,
                    "denied | [here](https://example.com) \u001b[2J<b>")));

    String markdown = printed(card, true);
    String text = printed(card, false);

    for (String printed : List.of(markdown, text)) {
      assertFalse(printed.contains("\u001b"), printed);
      assertTrue(printed.contains("WAF"), printed);
    }
    assertTrue(markdown.contains("denied \\| \\[here]"), markdown);
    assertTrue(markdown.contains("&lt;b>"), markdown);
    assertTrue(
        card.toJson().path("steps").path(0).path("wouldSee").asText().contains("WAF"),
        card.toJson()::toString);
  }
}
