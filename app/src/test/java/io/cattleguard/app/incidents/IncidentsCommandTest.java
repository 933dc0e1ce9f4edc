package io.cattleguard.app.incidents;

import static io.cattleguard.record.TestIncidents.AT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.operate.Operator;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.app.operate.OperatorRequest;
import io.cattleguard.app.operate.OperatorSocket;
import io.cattleguard.app.operate.SocketOperator;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.record.InMemoryIncidents;
import io.cattleguard.record.RecordedIncidents;
import io.cattleguard.record.Recorder;
import io.cattleguard.record.TestIncidents;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Tests the output of {@code incidents} and {@code incident}. */
final class IncidentsCommandTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String FINGERPRINT = "5d41402abc4b2a76b9719d911017c592";

  @TempDir private Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final InMemoryIncidents incidents = new InMemoryIncidents();
  private List<String> off = List.of();
  private final Surroundings surroundings =
      new Surroundings(
          new ByteArrayInputStream(new byte[0]),
          new PrintStream(out, true, StandardCharsets.UTF_8),
          new PrintStream(err, true, StandardCharsets.UTF_8),
          Optional.empty(),
          Optional.empty(),
          false);

  private static ScoredAlert alert(String incident, String pod) {
    return TestIncidents.scored(
        incident,
        TestAlerts.alert("alert-" + incident + pod, "Reverse shell", Severity.CRITICAL)
            .target(
                Target.builder()
                    .cluster("blue")
                    .namespace(incident.equals("quiet") ? "dev" : "shop")
                    .pod(pod)
                    .node("node-a")
                    .build())
            .build(),
        FINGERPRINT,
        Acceptance.OPENED,
        1);
  }

  private static JsonNode decided(
      String incident, ResponseOutcome outcome, String why, @Nullable Duration lease) {
    return TestIncidents.detail(
        new ResponseDecided(
            alert(incident, "web-1"),
            "reverse-shell",
            "isolate-pod",
            "pod shop/web-1 (uid 0b3f)",
            outcome,
            outcome == ResponseOutcome.REFUSED ? List.of(why) : List.of(),
            outcome == ResponseOutcome.REFUSED ? "no action taken: " + why : why,
            AT.plusSeconds(2),
            lease == null ? null : AT.plus(lease)));
  }

  @BeforeEach
  void lastNight() {
    Recorder recorder = new Recorder(incidents);
    recorder.record(
        decided(
            "held", ResponseOutcome.TAKEN, "isolated; a replacement serves", Duration.ofHours(4)),
        "cattleguard.respond");
    recorder.record(
        decided("alone", ResponseOutcome.REFUSED, "last-ready-replica: it is the only one", null),
        "cattleguard.respond");
    recorder.record(TestIncidents.detail(alert("quiet", "job-1")), "cattleguard.score");
  }

  private record State(
      RecordedIncidents incidents, List<ObjectNode> containments, List<String> containmentIsOff)
      implements StoredState {}

  private static int run(Callable<Integer> command, String... arguments) {
    CommandLine line = new CommandLine(command);
    line.setExecutionExceptionHandler(
        (e, failed, result) -> {
          throw e;
        });
    return line.execute(arguments);
  }

  private IncidentsCommand list(RecordedIncidents from, Duration later) {
    return new IncidentsCommand(
        surroundings, options -> new State(from, List.of(), off), () -> AT.plus(later));
  }

  private IncidentCommand one(ObjectNode... containments) {
    return new IncidentCommand(
        surroundings,
        options -> new State(incidents, List.of(containments), List.of()),
        () -> AT.plusSeconds(3_600));
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theListSaysWhatHappenedWhatIsHeldAndWhyAnotherOneWasLeftAlone() {
    assertEquals(0, run(list(incidents, Duration.ofHours(1))));

    String text = out();
    assertTrue(
        text.startsWith(
            "Since 2026-03-01 10:15:00 UTC: 3 incidents, 3 alerts; 1 open, 1 contained, 1 refused"),
        text);
    assertTrue(text.indexOf("Held now") < text.indexOf("id     held"), text);
    assertTrue(text.indexOf("id     held") < text.indexOf("All others"), text);
    assertTrue(text.contains("contained until 2026-03-02 13:15:00 UTC, critical, score 70"), text);
    assertTrue(text.contains("isolate-pod after 2.0 s: isolated; a replacement serves"), text);
    assertTrue(text.contains("isolate-pod refused: last-ready-replica: it is the only one"), text);
    assertTrue(text.contains("no playbook acted"), text);
  }

  @Test
  void theListSaysFirstThatContainmentIsOff() {
    off = List.of("The kill switch is on.");

    assertEquals(0, run(list(incidents, Duration.ofHours(1))));

    assertEquals("The kill switch is on.", out().lines().toList().get(1));
  }

  @Test
  void aQuestionIsShortInTheListAndNoLongerWaitsWhenItsTimeIsOver() {
    new Recorder(incidents)
        .record(
            decided(
                "asked",
                ResponseOutcome.AWAITING_APPROVAL,
                "waits for approval. No guard objects: kill switch, replayed event",
                null),
            "cattleguard.respond");

    assertEquals(0, run(list(incidents, Duration.ofHours(1)), "--state", "awaiting-approval"));
    assertTrue(out().contains("isolate-pod: waits for approval; no guard objects (pod"), out());
    out.reset();
    assertEquals(0, run(list(incidents, Duration.ofDays(8)), "--since", "30d"));
    assertTrue(out().indexOf("All others") < out().indexOf("id     asked"), out());
    assertTrue(out().contains("the approval request expired"), out());
  }

  @Test
  void whatIsHeldIsListedHoweverLongAgoItWas() {
    assertEquals(0, run(list(incidents, Duration.ofDays(3))));

    assertTrue(out().contains("id     held"), out());
    assertFalse(out().contains("id     alone"), out());
    String line = out().lines().filter(one -> one.contains("contained,")).findFirst().orElse("");
    assertTrue(line.contains("its lease ended at 2026-03-02 13:15:00 UTC and no release"), out());
  }

  @Test
  void aListCanBeOfOneStateOrNamespaceAndForMachines() throws Exception {
    assertEquals(0, run(list(incidents, Duration.ZERO), "--state", "refused", "--json"));
    assertEquals("alone", JSON.readTree(out()).path("id").asText());
    out.reset();
    assertEquals(0, run(list(incidents, Duration.ZERO), "--namespace", "dev", "--json"));
    assertEquals("quiet", JSON.readTree(out()).path("id").asText());
    assertEquals(1, out().lines().count());
  }

  @Test
  void whatIsWrongIsAUsageError() {
    assertEquals(
        "--state: use one of open, contained, requested, refused, awaiting-approval, released,"
            + " failed, not: done",
        usageError("--state", "done"));
    assertTrue(usageError("--since", "yesterday").startsWith("--since: expected a duration"));
  }

  private String usageError(String... arguments) {
    IncidentsCommand command = list(incidents, Duration.ZERO);
    new CommandLine(command).parseArgs(arguments);
    return Assertions.assertThrows(UsageError.class, command::call).getMessage();
  }

  @Test
  void aDeploymentThatDoesNotAnswerIsAFailureWithWhatToCheck() {
    SocketIncidents away = new SocketIncidents(request -> OperatorReply.failed("no such server"));

    assertEquals(1, run(list(away, Duration.ZERO), "--data", ""));

    assertEquals(
        "cattleguard: cannot read the incidents: no such server. Check --name, --region and your"
            + " AWS credentials.",
        err.toString(StandardCharsets.UTF_8).strip());
  }

  @Test
  void oneIncidentSaysWhatToDoNextWithTheContainmentsOwnId() {
    ObjectNode live =
        JsonNodeFactory.instance
            .objectNode()
            .put("id", "blue/isolate-pod/0b3f")
            .put("action", "isolate-pod")
            .put("uid", "0b3f");

    assertEquals(0, run(one(live), "held", "--data", "/var/lib/my data"));

    String text = out();
    assertTrue(text.contains("contained  2.0 s after the alert"), text);
    assertTrue(text.contains("+70 a test says so"), text);
    assertTrue(text.contains("namespace shop, pod web-1, node node-a"), text);
    assertTrue(
        text.contains(
            "put it back           cattleguard undo blue/isolate-pod/0b3f --reason TEXT --data"
                + " '/var/lib/my data'"),
        text);
    assertTrue(text.contains("  open it on the board  cattleguard board --incident held "), text);
    assertTrue(
        text.contains("silence --fingerprint " + FINGERPRINT + " --for 2w --reason TEXT"), text);
    assertTrue(text.contains("2026-03-02 09:15:02  taken, playbook reverse-shell"), text);
  }

  @Test
  void fromACheckoutItsCommandsNameTheLauncher() {
    Surroundings checkout =
        new Surroundings(
            surroundings.in(),
            surroundings.out(),
            surroundings.err(),
            Optional.of(ContractFiles.root()),
            Optional.empty(),
            false);
    State state = new State(incidents, List.of(), List.of());
    InstantSource clock = () -> AT.plusSeconds(3_600);

    assertEquals(0, run(new IncidentCommand(checkout, options -> state, clock), "held"));
    assertEquals(0, run(new IncidentsCommand(checkout, options -> state, clock)));

    String text = out();
    for (String command : List.of(" stop --reason TEXT", " incident ID")) {
      assertTrue(text.contains(checkout.program() + command), text);
    }
    assertTrue(checkout.program().endsWith("/cattleguard"), checkout.program());
  }

  @Test
  void oneIncidentSaysWhyItWasLeftAlone() throws Exception {
    assertEquals(0, run(one(), "alone"));
    assertTrue(out().contains("What was done, or why not"), out());
    assertTrue(out().contains("last-ready-replica: it is the only one"), out());
    out.reset();

    assertEquals(0, run(one(), "quiet"));
    assertTrue(out().contains("Nothing was done"), out());
    out.reset();

    assertEquals(0, run(one(), "alone", "--json"));
    JsonNode json = JSON.readTree(out());
    assertEquals("refused", json.path("state").asText());
    assertTrue(json.path("next").toString().contains("cattleguard stop"), out());
    assertTrue(json.path("next").toString().contains("cattleguard board --incident "), out());

    assertEquals(1, run(one(), "no-such-id"));
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("no incident no-such-id"));
  }

  @Test
  void aShortIdOfTwoIncidentsNamesBoth() throws Exception {
    Recorder recorder = new Recorder(incidents);
    for (String id : List.of("abcdef01" + "0".repeat(24), "abcdef02" + "0".repeat(24))) {
      recorder.record(
          TestIncidents.detail(
              TestIncidents.scored(
                  id,
                  TestAlerts.alert("a" + id, "Shell \u001b[2J", Severity.HIGH).at(AT).build(),
                  FINGERPRINT,
                  Acceptance.OPENED,
                  1)),
          "cattleguard.score");
    }
    assertEquals(1, run(one(), "abcdef"));
    String said = err.toString(StandardCharsets.UTF_8);
    assertTrue(said.contains("2 incidents begin with abcdef: "), said);
    assertTrue(said.contains("abcdef01000") && said.contains("abcdef02000"), said);
    assertFalse(said.contains("no incident") || said.indexOf('\u001b') >= 0, said);

    OperatorReply over =
        new IncidentOperator(incidents)
            .ask(
                new OperatorRequest.Incidents(
                    JsonNodeFactory.instance.objectNode().put("ask", "find").put("id", "abcdef")));
    assertEquals(List.of(), over.results());
    assertTrue(over.note().orElse("").contains("2 incidents begin with abcdef"), "over the socket");
  }

  @Test
  void hostileTextNeitherMovesTheCursorNorEndsUpInACommand() {
    String hostile = "\u001b[2J\u202e\n; rm -rf / $(id)";
    ScoredAlert scored =
        TestIncidents.scored(
            "evil",
            TestAlerts.alert("evil", hostile, Severity.CRITICAL)
                .target(Target.builder().cluster(hostile).pod(hostile).build())
                .build(),
            hostile,
            Acceptance.OPENED,
            1);
    new Recorder(incidents)
        .record(
            TestIncidents.detail(
                new ResponseDecided(
                    scored,
                    hostile,
                    hostile,
                    hostile,
                    ResponseOutcome.TAKEN,
                    List.of(),
                    hostile,
                    AT,
                    AT.plusSeconds(60))),
            "cattleguard.respond");

    assertEquals(0, run(list(incidents, Duration.ZERO)));
    assertEquals(0, run(one(), "evil"));

    assertTrue(out().chars().noneMatch(c -> c == 0x1b || c == 0x202e), out());
    assertTrue(
        out()
            .lines()
            .filter(line -> line.contains("cattleguard "))
            .noneMatch(IncidentsCommandTest::isHostile),
        out());
  }

  private static boolean isHostile(String line) {
    return line.contains("rm -rf");
  }

  @Test
  void aServerAnswersOverItsSocketAsTheStoreDoes() throws IOException {
    IncidentOperator answers = new IncidentOperator(incidents);
    Operator operator =
        (request, identity) ->
            request instanceof OperatorRequest.Incidents question
                ? answers.ask(question)
                : OperatorReply.failed("not asked");
    OperatorSocket socket = OperatorSocket.listen(folder, operator, line -> {});
    try {
      RecordedIncidents over = new SocketIncidents(new SocketOperator(folder)::ask);

      assertEquals(incidents.find("held"), over.find("held"));
      assertEquals(Optional.empty(), over.find("nothing"));
      assertEquals(incidents.latest(AT, 10), over.latest(AT, 10));
      assertEquals(incidents.holding(10), over.holding(10));
    } finally {
      socket.close();
    }
    RecordedIncidents gone = new SocketIncidents(new SocketOperator(folder)::ask);
    Assertions.assertThrows(Unavailable.class, () -> gone.holding(1));
  }
}
