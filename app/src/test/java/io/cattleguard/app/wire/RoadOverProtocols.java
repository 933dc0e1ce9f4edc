package io.cattleguard.app.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.testing.CommandProcess;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.app.wire.WireCluster.Deletion;
import io.cattleguard.app.wire.WireCluster.TestPod;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.RuntimeAlerts;
import io.cattleguard.events.TakesLong;
import io.cattleguard.events.canary.Canary;
import io.cattleguard.operate.SlackRequest;
import io.cattleguard.operate.TestSlack;
import io.cattleguard.route.slack.FakeSlack;
import io.cattleguard.sensor.http.FalcoConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tests all steps from outside: it posts alerts to a sensor, and checks the requests to an API
 * server, Slack and Splunk. The steps communicate only over their network protocols. Subclasses
 * choose the services.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class RoadOverProtocols {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private static final String POISON = "no event at all";

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private static Path folder;

  WireRoad road;
  private final Set<Incident> incidents = new HashSet<>();

  /** The AWS services. */
  abstract RoadServices services() throws Exception;

  /** The Kubernetes API server. */
  abstract WireCluster.Backend cluster() throws Exception;

  /** Puts an unreadable record in front of all others. */
  @BeforeAll
  void begin() throws Exception {
    road = new WireRoad(services(), cluster(), folder);
    road.send("deduplicate", POISON);
  }

  @AfterAll
  void end() throws Exception {
    if (road != null) {
      System.out.println(
          "CPU: the functions took "
              + road.cpu().toMillis()
              + " ms in "
              + road.environments()
              + " environments, the sensor "
              + cpu(ProcessHandle.of(road.sensor().pid()).orElseThrow())
              + " ms, the rest "
              + cpu(ProcessHandle.current())
              + " ms");
      road.close();
    }
  }

  private static long cpu(ProcessHandle process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toMillis();
  }

  @AfterEach
  void noProtocolWasViolatedAndTheCountsAddUp() throws Exception {
    road.deliverTwice(false);
    road.throttleTables(false);
    assertEquals(List.of(), road.slack().violations());
    assertEquals(List.of(), road.splunk().violations());
    assertEquals(List.of(), road.cluster().strangers());
    incidents.forEach(Incident::stillAsItWas);
    promise2TheCountsOfEveryBatchAddUp();
  }

  private void promise2TheCountsOfEveryBatchAddUp() throws Exception {
    for (JsonNode counts : road.counts("deduplicate")) {
      long sum = 0;
      for (String column :
          List.of("opened", "spread", "merged", "suppressed", "ignored", "unreadable")) {
        sum += counts.path(column).asLong();
      }
      assertEquals(counts.path("received").asLong(), sum, counts::toString);
      String function = counts.path("FunctionName").asText();
      assertEquals("cattleguard-deduplicate", function, "what its alarm listens to");
    }
    for (JsonNode counts : road.counts("score")) {
      assertEquals(
          counts.path("received").asLong(),
          counts.path("scored").asLong() + counts.path("failed").asLong(),
          counts::toString);
    }
  }

  /** A separate problem on separate pods. */
  private final class Incident {
    private final String id = UUID.randomUUID().toString().substring(0, 8);
    private final String rule;
    private final List<TestPod> pods;
    private int deleted;
    private int outcomes;

    Incident(String kind, int pods) throws Exception {
      this.rule = kind + " " + id;
      this.pods = road.cluster().fleet("wire-" + id, pods);
    }

    TestPod first() {
      return pods.getFirst();
    }

    byte[] alert(TestPod pod) {
      return """
      {"hostname":"%s","output":"%s","output_fields":{"container.id":"%s","k8s.ns.name":"%s",\
      "k8s.pod.name":"%s","k8s.pod.uid":"%s","proc.name":"sh"},"priority":"Critical",\
      "rule":"%s","source":"syscall","tags":["T1059"],"time":"%s"}\
      """
          .formatted(
              pod.node(),
              rule,
              pod.containerId(),
              pod.namespace(),
              pod.name(),
              pod.uid(),
              rule,
              Instant.now())
          .getBytes(StandardCharsets.UTF_8);
    }

    void report(TestPod pod) throws Exception {
      try (FalcoConnection falco = FalcoConnection.open(road.sensor().address(), PATIENCE)) {
        assertEquals(200, falco.post(alert(pod)));
      }
    }

    List<FakeSlack.Posted> messages() {
      return road.slack().topLevel().stream()
          .filter(message -> message.arguments().toString().contains(rule))
          .toList();
    }

    /** The outcomes in the thread of its message. */
    List<FakeSlack.Posted> outcomes() {
      return messages().stream().flatMap(one -> road.slack().thread(one).stream()).toList();
    }

    /** The SIEM's findings about it, by class and activity. */
    List<JsonNode> findings() {
      return road.splunk().indexed().stream()
          .filter(event -> event.toString().contains(rule))
          .toList();
    }

    /** Waits until its pods are deleted and all destinations were notified, and for late events. */
    void contained(int deleted) throws Exception {
      await(
          () ->
              rule
                  + ": "
                  + deleted
                  + " pods deleted, and told; but "
                  + pods.stream().flatMap(pod -> road.cluster().deletions(pod).stream()).toList()
                  + " and "
                  + outcomes(),
          () ->
              pods.stream().filter(pod -> !road.cluster().deletions(pod).isEmpty()).count()
                      == deleted
                  && outcomes().size() >= deleted
                  && findings().size() >= 2 * deleted);
      settled();
    }

    /** Waits, to check that nothing happens a second time. */
    void stillAsItWas() {
      eachDeletedOnceWithItsUid(pods.subList(0, deleted));
      assertEquals(1, messages().size(), () -> "messages of " + rule);
      assertEquals(outcomes, outcomes().size(), () -> "outcomes of " + rule);
    }

    void eachDeletedOnceWithItsUid(List<TestPod> those) {
      incidents.add(this);
      deleted = those.size();
      outcomes = outcomes().size();
      for (TestPod pod : pods) {
        assertEquals(
            those.contains(pod) ? List.of(new Deletion(pod.path(), pod.uid(), 200)) : List.of(),
            road.cluster().deletions(pod));
      }
    }

    void toldOnce() {
      assertEquals(1, messages().size(), () -> "messages of " + rule);
      assertEquals(1, outcomes().size(), () -> "outcomes of " + rule);
      assertEquals(2, findings().size(), () -> "findings: " + findings());
    }
  }

  /** Waits until all queues are empty except for the poison record. */
  private void settled() throws Exception {
    road.sensor().drained(PATIENCE);
    // A channel's message is updated after 30 s; route's queue waits for that.
    await(
        () -> "the queues to be empty",
        () ->
            road.waiting("score") + road.waiting("respond-kubernetes") == 0
                && road.waiting("deduplicate") <= (road.dead("deduplicate").isEmpty() ? 1 : 0));
  }

  final void await(Supplier<String> what, Callable<Boolean> condition) throws Exception {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > until) {
        throw new AssertionError("waited in vain for " + what.get() + "\n" + road.log());
      }
      Thread.sleep(200);
    }
  }

  @Test
  void promise5AnAlertDeletesItsPodOnceByItsUidAndEachDestinationIsNotifiedOnce() throws Exception {
    Incident incident = new Incident("Contained", 3);
    incident.report(incident.first());
    incident.contained(1);
    incident.eachDeletedOnceWithItsUid(List.of(incident.first()));
    incident.toldOnce();
  }

  @Test
  void promise3AKnownAlertOnANewPodIsNotToldAgainButDeletesThatPodToo() throws Exception {
    Incident incident = new Incident("Contained", 4);
    incident.report(incident.pods.get(0));
    incident.contained(1);
    incident.report(incident.pods.get(1));
    incident.contained(2);
    incident.eachDeletedOnceWithItsUid(incident.pods.subList(0, 2));
    assertEquals(1, incident.messages().size());
    assertEquals(2, incident.outcomes().size());
  }

  @Test
  @TakesLong
  void whatComesTwiceIsActedOnAndToldOnce() throws Exception {
    Assumptions.assumeTrue(road.deliverTwice(true), "this bus delivers once");
    Incident incident = new Incident("Contained", 3);
    incident.report(incident.first());
    incident.contained(1);
    incident.eachDeletedOnceWithItsUid(List.of(incident.first()));
    incident.toldOnce();
  }

  @Test
  void promise12AHundredRepeatsAreOneMessageAndOneFinding() throws Exception {
    Incident incident = new Incident("Noticed", 1);
    try (FalcoConnection falco = FalcoConnection.open(road.sensor().address(), PATIENCE)) {
      for (int i = 0; i < 100; i++) {
        assertEquals(200, falco.post(incident.alert(incident.first())));
      }
    }
    await(
        () -> "a message", () -> !incident.messages().isEmpty() && !incident.findings().isEmpty());
    settled();
    assertEquals(1, incident.messages().size());
    assertEquals(List.of(), incident.outcomes(), "no playbook answers it");
    assertEquals(
        1,
        incident.findings().stream().map(RoadOverProtocols::findingUid).distinct().count(),
        () -> "findings: " + incident.findings());
    incident.eachDeletedOnceWithItsUid(List.of());
  }

  private static String findingUid(JsonNode indexed) {
    return indexed.path("event").path("finding_info").path("uid").asText();
  }

  @Test
  @TakesLong
  void promise9AnAlertThatAnotherClustersSensorSendsTouchesNothing() throws Exception {
    Incident incident = forged("green", "cattleguard.sensor.green");
    assertTrue(
        incident.outcomes().getFirst().arguments().toString().contains("green"),
        () -> incident.outcomes().toString());
  }

  @Test
  @TakesLong
  void promise9AnAlertWhoseSensorNamesNoPodOrOneThatIsGoneTouchesNothing() throws Exception {
    Incident unproven = forged("blue", "cattleguard.sensor.blue");
    Incident gone = forged("blue", "cattleguard.sensor.blue.cattleguard.0b3f.sensor-x2x4k");
    assertTrue(
        unproven.outcomes().toString().contains("no credential proves"),
        () -> unproven.outcomes().toString());
    assertTrue(
        gone.outcomes().toString().contains("no longer exists"), () -> gone.outcomes().toString());
  }

  @Test
  void aCanaryPassesEveryStepComesBackAndNoPersonIsTold() throws Exception {
    Instant now = Instant.now();
    String id = UUID.randomUUID().toString();
    RuntimeAlerts alerts =
        new RuntimeAlerts(
            id,
            Canary.CLUSTER,
            now,
            0,
            List.of(new RuntimeAlerts.Sensed(Canary.event(id, now), 1, now, now)));
    road.publish(
        new BusEvent("cattleguard.sensor.canary", DetailType.RUNTIME_ALERTS, now, alerts.write()));

    List<String> responders =
        road.hasAccount()
            ? List.of("respond-kubernetes", "respond-aws")
            : List.of("respond-kubernetes");
    List<String> steps = new ArrayList<>(List.of("deduplicate", "score", "route", "record"));
    steps.addAll(responders);
    for (String step : steps) {
      await(() -> "the canary at " + step, () -> sum(step, "canaries") == 1);
    }
    await(() -> "every answer at route", () -> sum("route", "canaryOutcomes") == responders.size());
    settled();
    assertEquals(1, sum("deduplicate", "canaries"));
    assertTrue(road.slack().topLevel().stream().noneMatch(one -> one.toString().contains(id)));
    assertTrue(
        road.incidents().latest(Instant.EPOCH, 100).stream()
            .noneMatch(one -> one.toString().contains("canary")));
  }

  private CommandProcess drill(String... more) throws Exception {
    Assumptions.assumeTrue(road.isEmulated(), "this bus has another name than the tables");
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "drill",
                "--inject",
                "--cluster",
                "blue",
                "--name",
                road.name(),
                "--region",
                "eu-central-1",
                "--yes",
                "--json"));
    arguments.addAll(List.of(more));
    return CommandProcess.start(folder, road.ofAdministrator(), arguments.toArray(String[]::new));
  }

  @Test
  void aDrillWithInjectedEventsIsFollowedThroughTheFunctions() throws Exception {
    try (CommandProcess drill = drill("--steps", "dropped,mining")) {
      Shell.Result result = drill.result();

      assertEquals(0, result.code(), () -> result.err() + result.out());
      for (JsonNode step : result.json().path("steps")) {
        assertEquals("sensed", step.path("result").asText(), step::toString);
        assertTrue(step.path("score").asInt() > 0, step::toString);
      }
      assertEquals(2, result.json().path("steps").size());
      String run = result.json().path("run").asText();
      await(
          () -> "a message of each step",
          () ->
              road.slack().topLevel().stream()
                      .filter(one -> one.arguments().toString().contains("drill-" + run))
                      .count()
                  == 2);
    }
    settled();
  }

  @Test
  @TakesLong
  void anInterruptedDrillWithInjectedEventsEndsAndNothingOfItIsInTheCluster() throws Exception {
    int before = road.incidents().latest(Instant.EPOCH, 100).size();
    try (CommandProcess drill = drill("--steps", "shell", "--timeout", "5m")) {
      await(
          () -> "its incident", () -> road.incidents().latest(Instant.EPOCH, 100).size() > before);
      drill.interrupt();
      Shell.Result result = drill.result();

      assertEquals(143, result.code(), () -> result.err() + result.out());
      assertTrue(result.err().contains("interrupted, cleaning up"), result::err);
      assertEquals("shell", result.json().path("steps").path(0).path("step").asText(), result::out);
    }
    settled();
  }

  private long sum(String step, String counter) throws Exception {
    return road.counts(step).stream().mapToLong(one -> one.path(counter).asLong()).sum();
  }

  /** Publishes an alert with a source that IAM would not allow the sensor of the pod's node. */
  private Incident forged(String cluster, String source) throws Exception {
    Incident incident = new Incident("Contained", 3);
    Instant now = Instant.now();
    String event = new String(incident.alert(incident.first()), StandardCharsets.UTF_8);
    RuntimeAlerts alerts =
        new RuntimeAlerts(
            UUID.randomUUID().toString(),
            cluster,
            now,
            0,
            List.of(new RuntimeAlerts.Sensed(event, 1, now, now)));
    road.publish(new BusEvent(source, DetailType.RUNTIME_ALERTS, now, alerts.write()));
    await(() -> "an outcome", () -> !incident.outcomes().isEmpty());
    incident.eachDeletedOnceWithItsUid(List.of());
    return incident;
  }

  @Test
  @TakesLong
  void promise4RespondThatIsKilledAfterADeletionLosesNothingAndActsOnce() throws Exception {
    killed("respond-kubernetes", "after the pod was deleted");
  }

  @TakesLong
  @ParameterizedTest(name = "{0}, {1}")
  @CsvSource({
    "deduplicate, before the bus took what it says",
    "score, after the bus took what it says",
    "route, before it has told anybody"
  })
  void promise4AFunctionThatIsKilledInTheMiddleOfABatchLosesNothingAndActsOnce(
      String step, String when) throws Exception {
    killed(step, when);
  }

  private void killed(String step, String when) throws Exception {
    Incident incident = new Incident("Contained", 3);
    int environments = road.function(step).environments();
    if (step.equals("route")) {
      road.killAtWrite(step, "conversations");
    } else if (when.equals("after the pod was deleted")) {
      road.cluster().onceDeleted(incident.first(), road.function(step)::kill);
    } else {
      road.killAtPublication(step, when.startsWith("after"));
    }
    incident.report(incident.first());
    if (step.equals("respond-kubernetes")) {
      await(() -> "a retry", () -> road.function(step).environments() > environments);
      assertEquals(List.of(), incident.outcomes(), "the killed attempt has its claim");
      road.endClaims();
    }
    incident.contained(1);
    // The message of a killed function becomes visible again after its timeout, possibly after all
    // others are processed.
    await(() -> "it to be killed", () -> road.function(step).environments() > environments);
    settled();
    incident.eachDeletedOnceWithItsUid(List.of(incident.first()));
    incident.toldOnce();
  }

  @Test
  @TakesLong
  void promise1DynamoDbThatThrottlesForAWhileLosesNothing() throws Exception {
    List<Incident> incidents = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      incidents.add(new Incident("Contained", 3));
    }
    road.throttleTables(true);
    for (Incident incident : incidents) {
      incident.report(incident.first());
    }
    road.sensor().drained(PATIENCE);
    Thread.sleep(1_000);
    for (Incident incident : incidents) {
      incident.eachDeletedOnceWithItsUid(List.of());
    }
    road.throttleTables(false);
    for (Incident incident : incidents) {
      incident.contained(1);
      incident.eachDeletedOnceWithItsUid(List.of(incident.first()));
      incident.toldOnce();
    }
  }

  @Test
  void promise1APoisonRecordReachesItsDeadLetterQueueAloneAndBlocksNoOther() throws Exception {
    Incident incident = new Incident("Contained", 3);
    incident.report(incident.first());
    incident.contained(1);
    incident.eachDeletedOnceWithItsUid(List.of(incident.first()));
    await(() -> "the dead-letter queue", () -> !road.dead("deduplicate").isEmpty());
    assertEquals(List.of(POISON), road.dead("deduplicate"));
    for (String step : List.of("score", "route", "respond-kubernetes")) {
      assertEquals(List.of(), road.dead(step));
    }
    assertTrue(
        road.counts("deduplicate").stream()
            .anyMatch(counts -> counts.path("unreadable").asLong() == 1));
  }

  /**
   * Tests commands from Slack. On a busy machine the bus may not confirm a command within operate's
   * time limit; then the test sends the command again, as the reply says.
   */
  private String typed(String user, String text) throws Exception {
    String told = "";
    for (int tries = 0; tries < 20; tries++) {
      JsonNode answer =
          road.fromSlack(TestSlack.signed(TestSlack.typed(user, text), Instant.now()));
      assertEquals(200, answer.path("statusCode").asInt(), answer::toString);
      told = Shell.parse(answer.path("body").asText()).path("text").asText();
      if (!told.startsWith("*Not on its way.*")) {
        break;
      }
    }
    return told;
  }

  private static void assertStarts(String start, String text) {
    assertTrue(text.startsWith(start), text);
  }

  private String question(Incident incident) {
    String uid = incident.first().uid();
    return road.operations().approvals().stream()
        .filter(one -> one.key().uid().equals(uid))
        .map(one -> one.id())
        .findFirst()
        .orElse("");
  }

  @Test
  @TakesLong
  void promise14APersonInSlackApprovesAndNobodyElse() throws Exception {
    Incident incident = new Incident("Asked", 3);
    incident.report(incident.first());
    await(() -> "a question", () -> !question(incident).isEmpty());
    String approve = "approve " + question(incident) + " the shell is not ours";

    SlackRequest genuine = TestSlack.signed(TestSlack.typed("U0EXAMPLE", approve), Instant.now());
    SlackRequest forged =
        new SlackRequest(genuine.timestamp(), genuine.signature(), genuine.body() + "&x=y");
    SlackRequest late =
        TestSlack.signed(TestSlack.typed("U0EXAMPLE", approve), Instant.now().minusSeconds(600));
    assertEquals(401, road.fromSlack(forged).path("statusCode").asInt());
    assertEquals(401, road.fromSlack(late).path("statusCode").asInt());
    assertTrue(typed("U0OTHER", approve).contains("may not approve"));
    settled();
    incident.eachDeletedOnceWithItsUid(List.of());

    assertStarts("Approve is on its way, as anna (slack:U0", typed("U0EXAMPLE", approve));
    // Slack, or an attacker who recorded the request, sends it again.
    assertEquals(200, road.fromSlack(genuine).path("statusCode").asInt());
    await(
        () -> "the deletion, but " + incident.outcomes(),
        () ->
            !road.cluster().deletions(incident.first()).isEmpty()
                && incident.outcomes().toString().contains("slack:U0EXAMPLE"));
    settled();
    incident.eachDeletedOnceWithItsUid(List.of(incident.first()));
    assertTrue(
        incident.outcomes().toString().contains("approved by anna (slack:U0EXAMPLE)"),
        () -> incident.outcomes().toString());
    await(
        () -> "its record",
        () ->
            road.incidents().latest(Instant.EPOCH, 100).stream()
                .map(one -> road.incidents().find(one.id()).orElseThrow().toString())
                .anyMatch(one -> one.contains(incident.rule) && one.contains("slack:U0EXAMPLE")));
    assertEquals(List.of(), road.dead("record"));
  }

  @Test
  @TakesLong
  void promise14StopResumeAndSilencesOfPeopleInSlackReachWhoCarriesThemOut() throws Exception {
    assertStarts("Stop is on its way", typed("U0EXAMPLE", "stop a drill"));
    await(
        () -> "the kill switch",
        () -> road.operations().killSwitch().filter(halt -> halt.on()).isPresent());
    Incident incident = new Incident("Contained", 3);
    incident.report(incident.first());
    await(() -> "an outcome", () -> !incident.outcomes().isEmpty());
    assertStarts("Resume is on its way", typed("U0EXAMPLE", "resume the drill is over"));
    await(
        () -> "the kill switch to be off",
        () -> road.operations().killSwitch().filter(halt -> halt.on()).isEmpty());
    incident.eachDeletedOnceWithItsUid(List.of());

    String fingerprint = "b1946ac92492d2347c6235b4d2611184";
    assertTrue(
        typed("U0EXAMPLE", "silence " + fingerprint + " 14d known noise")
            .contains("/cattleguard unsilence "));
    await(() -> "a silence", () -> !road.silences().all().isEmpty());
    assertEquals("anna (slack:U0EXAMPLE)", road.silences().all().getFirst().by());
    String id = road.silences().all().getFirst().id();
    assertStarts("Unsilence is on its way", typed("U0EXAMPLE", "unsilence " + id + " fixed"));
    await(() -> "its end", () -> !road.silences().all().getFirst().isActive(Instant.now()));
  }
}
