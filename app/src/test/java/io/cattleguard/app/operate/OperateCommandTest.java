package io.cattleguard.app.operate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.deduplicate.silence.HidingPattern;
import io.cattleguard.edge.lambda.DynamoDbLocal;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.operators.IdentityPattern;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorSource;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.kubernetes.actions.KubernetesScope;
import io.cattleguard.respond.kubernetes.cluster.NoCluster;
import io.cattleguard.respond.ledger.Approval;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.OperatorOrder;
import io.cattleguard.respond.ledger.StoredLedger;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The commands of operators over a ledger in DynamoDB. */
final class OperateCommandTest {
  private static final Instant NOW = Instant.parse("2026-03-02T09:15:00Z");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private boolean busIsAway;
  private boolean stsIsAway;
  private boolean respondersAreAway;
  private Operators operators = Operators.DEFAULT;
  private DynamoTable table;
  private StoredLedger blue;

  @BeforeEach
  void containAPod() {
    String name = "ledger-" + UUID.randomUUID();
    DynamoDbLocal.createTable(name);
    table = new DynamoTable(DynamoDbLocal.aws(), name);
    blue = StoredLedger.of(table, "blue");
    blue.remember(
        new Containment(
            "isolate-pod",
            "uid-1",
            JsonNodeFactory.instance.objectNode(),
            "shell",
            NOW,
            NOW.plusSeconds(3_600),
            AlertJson.write(TestAlerts.scored(TestAlerts.reverseShell("a1"), 85)).toString()));
  }

  private Surroundings surroundings() {
    return new Surroundings(
        InputStream.nullInputStream(),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        Optional.empty(),
        Optional.empty(),
        false);
  }

  private int run(Object command, String... arguments) {
    return new CommandLine(command).execute(arguments);
  }

  private final List<OperatorCommand> published = new ArrayList<>();

  private CommandBus bus(String name, Optional<String> region) {
    return new CommandBus() {
      @Override
      public String userId() {
        if (stsIsAway) {
          throw new Unavailable("no STS");
        }
        return "AROAEXAMPLEID:on-call";
      }

      @Override
      public void publish(String userId, OperatorCommand command) {
        if (busIsAway) {
          throw new Unavailable("no bus");
        }
        published.add(OperatorCommand.read(OperatorSource.of(userId).toString(), command.write()));
      }

      @Override
      public void pause(Duration time) {
        if (!respondersAreAway) {
          respond();
        }
      }
    };
  }

  /** What the responders of the stack do with the commands that were published. */
  private void respond() {
    Limits limits =
        new Limits(
            Set.of(),
            Limits.DEFAULT.hourly(),
            Limits.DEFAULT.repeatOffender(),
            Limits.DEFAULT.circuitBreaker(),
            Map.of(),
            operators);
    Responder responder =
        new Responder(
            new Playbooks(List.of(), Actions.registered(), limits),
            Places.of(
                KubernetesScope.class, KubernetesScope.of(new NoCluster(), Optional.of("blue"))),
            blue,
            ResponderSettings.DEFAULT,
            clock(),
            millis -> {});
    for (OperatorCommand command : published) {
      Optional<String> unused = responder.command(command, NOW.plusSeconds(5), decided -> {});
    }
  }

  private static Operators only(OperatorCommand.Verb verb, String identity) {
    return new Operators(Map.of(verb, List.of(new IdentityPattern(identity))));
  }

  private VersionedTable open(String name, Optional<String> region) {
    return table;
  }

  private static InstantSource clock() {
    return InstantSource.fixed(NOW);
  }

  /** If a stop and a resumption have the same time, the stop wins. */
  private static InstantSource later() {
    return InstantSource.fixed(NOW.plusSeconds(3));
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void promise14AContainmentIsListedExtendedAndUndone() {
    assertEquals(0, run(new ContainmentsCommand(surroundings(), this::open, this::bus, clock())));
    assertTrue(
        printed().startsWith("blue/isolate-pod/uid-1  since 2026-03-02T09:15:00Z"), printed());

    String id = "blue/isolate-pod/uid-1";
    assertEquals(
        0,
        run(new ExtendCommand(surroundings(), this::open, this::bus, clock()), id, "--for", "2h"));
    Ledger.Key key = new Ledger.Key("isolate-pod", "uid-1");
    respond();
    assertEquals(NOW.plusSeconds(3 * 3_600), blue.remembered(key).orElseThrow().until());

    assertEquals(
        0,
        run(
            new UndoCommand(surroundings(), this::open, this::bus, clock()),
            id,
            "--reason",
            "a pentest",
            "--by",
            "ann"));
    assertEquals(Optional.empty(), blue.live().getFirst().undo(), "the responder does it");
    respond();
    assertEquals(
        "ann (aws:AROAEXAMPLEID:on-call)", blue.live().getFirst().undo().orElseThrow().by());
  }

  @Test
  void aContainmentInAnAccountIsExtendedAndUndone() {
    String uid = "111122223333/eu-west-1/i-1";
    String id = "quarantine-instance/" + uid;
    StoredLedger account = StoredLedger.of(table, "");
    account.remember(
        new Containment(
            "quarantine-instance",
            uid,
            JsonNodeFactory.instance.objectNode(),
            "mining",
            NOW,
            NOW.plusSeconds(3_600),
            AlertJson.write(TestAlerts.scored(TestAlerts.reverseShell("a1"), 85)).toString()));

    assertEquals(
        0,
        run(new ExtendCommand(surroundings(), this::open, this::bus, clock()), id, "--for", "2h"));
    assertEquals(
        0,
        run(
            new UndoCommand(surroundings(), this::open, this::bus, clock()),
            id,
            "--reason",
            "a pentest"));

    assertEquals(
        List.of(Optional.empty(), Optional.empty()),
        published.stream().map(OperatorCommand::cluster).toList());
    assertEquals(
        List.of(Optional.of(id), Optional.of(id)),
        published.stream().map(one -> one.about().containment()).toList());
  }

  @Test
  void anUnknownIdFailsAndNamesTheCommandThatListsThem() {
    assertEquals(
        1,
        run(
            new UndoCommand(surroundings(), this::open, this::bus, clock()),
            "blue/isolate-pod/uid-9",
            "--reason",
            "a test"));
    assertEquals(
        "no containment blue/isolate-pod/uid-9 is in force. Try: cattleguard containments\n",
        err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void theIdOfAnIncidentNamesWhatItHolds() {
    String incident = TestAlerts.scored(TestAlerts.reverseShell("a1"), 85).incidentId();
    for (String typed : List.of(incident, incident.substring(0, 8))) {
      err.reset();
      assertEquals(
          1,
          run(
              new UndoCommand(surroundings(), this::open, this::bus, clock()),
              typed,
              "--reason",
              "a test"));
      assertEquals(
          typed
              + " is an incident. Use the id of one of its containments: blue/isolate-pod/uid-1\n",
          err.toString(StandardCharsets.UTF_8));
    }
    assertEquals(List.of(), published);
  }

  @Test
  void promise14TheKillSwitchIsTurnedOnAndOffWithAReason() {
    assertEquals(
        0,
        run(
            new KillSwitchCommand.Stop(surroundings(), this::open, this::bus, clock()),
            "--reason",
            "maintenance",
            "--json"));
    assertTrue(blue.halted());
    assertTrue(printed().contains("\"killSwitch\":true"), printed());
    assertTrue(printed().contains("\"reason\":\"maintenance\""), printed());

    assertEquals(
        0,
        run(
            new KillSwitchCommand.Resume(surroundings(), this::open, this::bus, later()),
            "--reason",
            "it is over"));
    assertFalse(blue.halted());
  }

  private Approval waiting() {
    return blue.approvals()
        .ask(
            new Approval(
                "blue/isolate-pod/1f8a3c9e5b7d2046",
                new Ledger.Key("isolate-pod", "uid-2"),
                "pod shop/web-1 (uid uid-2)",
                "shell",
                "a1",
                NOW,
                NOW.plusSeconds(1_800),
                false,
                List.of("kill switch", "freshness"),
                Approval.State.WAITING,
                Optional.empty(),
                false,
                "{}"));
  }

  @Test
  void whatIsUsedOfBudgetsIsListedTheMostUsedFirstAlsoOfAClusterWithoutContainments() {
    StoredLedger green = StoredLedger.of(table, "green");
    assertEquals(List.of(), green.endedBy(NOW), "the sweep of each minute registers a cluster");
    Duration window = Duration.ofMinutes(10);
    assertTrue(green.spend("shell/shop/web", "uid-1", NOW, window, 1));
    assertTrue(blue.spend("hourly-cap/cluster/cluster", "uid-1", NOW, Duration.ofHours(1), 20));
    assertTrue(blue.spend("shell/shop/old", "uid-1", NOW.minus(window), window, 1));

    assertEquals(
        0, run(new ListingCommand.Budgets(surroundings(), this::open, this::bus, clock())));

    assertEquals(
        """
        USED UP  1 of 1 objects in 10 min  playbook shell, shop/web, cluster green; the next action is allowed at 2026-03-02T09:25:00Z
        1 of 20 objects in 60 min  hourly cap of the cluster, cluster blue; the next one stops counting at 2026-03-02T10:15:00Z
        """,
        printed());
    out.reset();
    assertEquals(
        0,
        run(new ListingCommand.Budgets(surroundings(), this::open, this::bus, clock()), "--json"));
    assertEquals(
        "{\"budget\":\"shell/shop/web\",\"kind\":\"playbook\",\"playbook\":\"shell\",\"of\":\"shop/web\","
            + "\"cluster\":\"green\",\"used\":1,\"max\":1,\"window\":\"PT10M\",\"usedUp\":true,"
            + "\"lastAt\":\"2026-03-02T09:15:00Z\",\"freeAt\":\"2026-03-02T09:25:00Z\"}",
        printed().lines().findFirst().orElseThrow());
  }

  @Test
  void promise14WhatWaitsIsListedAndApprovedInTheCallersName() {
    String id = waiting().id();
    assertEquals(
        0, run(new ListingCommand.Approvals(surroundings(), this::open, this::bus, clock())));
    assertEquals(
        id
            + "  isolate-pod on pod shop/web-1 (uid uid-2), playbook shell,"
            + " waits until 2026-03-02T09:45:00Z, then no action is taken\n",
        printed());

    assertEquals(
        0,
        run(
            new DecideCommand.Approve(surroundings(), this::open, this::bus, clock()),
            id,
            "--reason",
            "not ours",
            "--by",
            "ann"));

    OperatorCommand command = published.getFirst();
    assertEquals(OperatorCommand.Verb.APPROVE, command.command());
    assertEquals("ann (aws:AROAEXAMPLEID:on-call)", command.who().inWords());
    assertEquals(Optional.of(id), command.about().approval());
    assertEquals(Optional.of("blue"), command.cluster());
    assertFalse(command.applied(), "the responder does it");
    assertTrue(blue.approvals().named(id).orElseThrow().isWaiting());
  }

  @Test
  void anUnknownOrExpiredApprovalIsNotPublished() {
    String id = waiting().id();
    for (String other : List.of("blue/isolate-pod/0000000000000000", "x")) {
      assertEquals(
          1,
          run(
              new DecideCommand.Reject(surroundings(), this::open, this::bus, clock()),
              other,
              "--reason",
              "x"));
    }
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("Try: cattleguard approvals"));
    InstantSource late = InstantSource.fixed(NOW.plusSeconds(1_801));
    assertEquals(
        1,
        run(
            new DecideCommand.Approve(surroundings(), this::open, this::bus, late),
            id,
            "--reason",
            "x"));
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("expired at"));
    assertEquals(List.of(), published);
  }

  @Test
  void aCommandWithoutAReasonIsNotGiven() {
    List<Exception> thrown = new ArrayList<>();
    int unused =
        new CommandLine(new KillSwitchCommand.Stop(surroundings(), this::open, this::bus, clock()))
            .setExecutionExceptionHandler(
                (e, line, result) -> {
                  thrown.add(e);
                  return 2;
                })
            .execute("--reason", " ");
    assertInstanceOf(UsageError.class, thrown.getFirst());
    assertFalse(blue.halted());
  }

  @Test
  void promise14EachCommandIsPublishedWithWhoAndWhyForTheResponderToDo() {
    String id = "blue/isolate-pod/uid-1";
    run(
        new ExtendCommand(surroundings(), this::open, this::bus, clock()),
        id,
        "--for",
        "2h",
        "--by",
        "ann");
    run(
        new UndoCommand(surroundings(), this::open, this::bus, clock()),
        id,
        "--reason",
        "a pentest");
    run(
        new KillSwitchCommand.Stop(surroundings(), this::open, this::bus, clock()),
        "--reason",
        "drill");
    run(
        new KillSwitchCommand.Resume(surroundings(), this::open, this::bus, clock()),
        "--reason",
        "over");
    run(new ContainmentsCommand(surroundings(), this::open, this::bus, clock()));

    assertEquals(
        List.of("extend more time: 2h", "undo a pentest", "stop drill", "resume over"),
        published.stream().map(one -> one.command().jsonName() + " " + one.why()).toList());
    assertTrue(published.stream().noneMatch(OperatorCommand::applied));
    Optional<String> incident =
        Optional.of(TestAlerts.scored(TestAlerts.reverseShell("a1"), 85).incidentId());
    assertEquals(
        List.of(incident, incident, Optional.empty(), Optional.empty()),
        published.stream().map(OperatorCommand::incident).toList(),
        "its timeline tells it");
    assertEquals(Optional.of(NOW.plusSeconds(3 * 3_600)), published.getFirst().about().until());
  }

  /** The caller may also write into the ledger. */
  @Test
  void promise14WhoMayWriteIntoTheLedgerIsAskedForByThePolicyToo() {
    String id = "blue/isolate-pod/uid-1";
    for (OperatorCommand.Verb verb :
        List.of(
            OperatorCommand.Verb.STOP,
            OperatorCommand.Verb.RESUME,
            OperatorCommand.Verb.UNDO,
            OperatorCommand.Verb.EXTEND)) {
      operators = only(verb, "aws:AROASOMEONEELSE:*");
      published.clear();
      blue.halt(
          new Ledger.Halt(verb == OperatorCommand.Verb.RESUME, "x", "y", NOW.minusSeconds(9)));
      Object command =
          switch (verb) {
            // A caller who may write into the ledger can stop all actions without the bus.
            case STOP ->
                new KillSwitchCommand.Stop(surroundings(), this::readOnly, this::bus, clock());
            case RESUME ->
                new KillSwitchCommand.Resume(surroundings(), this::open, this::bus, clock());
            case UNDO -> new UndoCommand(surroundings(), this::open, this::bus, clock());
            default -> new ExtendCommand(surroundings(), this::open, this::bus, clock());
          };
      boolean turns = verb == OperatorCommand.Verb.STOP || verb == OperatorCommand.Verb.RESUME;
      int exit =
          turns
              ? run(command, "--reason", "x")
              : verb == OperatorCommand.Verb.UNDO
                  ? run(command, id, "--reason", "x")
                  : run(command, id, "--for", "1h");
      respond();

      assertEquals(turns ? 1 : 0, exit, verb.jsonName());
      assertEquals(verb == OperatorCommand.Verb.RESUME, blue.halted(), verb.jsonName());
      Containment live = blue.live().getFirst();
      assertEquals(Optional.empty(), live.undo());
      assertEquals(NOW.plusSeconds(3_600), live.until());
    }
    assertTrue(
        err.toString(StandardCharsets.UTF_8)
            .contains(
                "They ignore it, and notify people, if operators in settings.yaml does not allow"
                    + " you to stop"),
        err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void promise14AStopThatNoResponderHasCarriedOutIsTurnedOnInTheLedgerOrNotCalledDone() {
    respondersAreAway = true;
    OperateCommand.Ledgers readOnly = this::readOnly;

    assertEquals(
        1,
        run(
            new KillSwitchCommand.Stop(surroundings(), readOnly, this::bus, clock()),
            "--reason",
            "drill"));

    assertTrue(printed().startsWith("stop: sent, but not confirmed"), printed());
    assertFalse(blue.halted());

    assertEquals(
        0,
        run(
            new KillSwitchCommand.Stop(surroundings(), this::open, this::bus, clock()),
            "--reason",
            "drill"));
    assertTrue(blue.halted());
    assertTrue(
        err.toString(StandardCharsets.UTF_8)
            .contains("so the kill switch was turned on in the ledger"),
        err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void aResumptionThatNoResponderHasCarriedOutIsNotWrittenIntoTheLedger() {
    blue.halt(new Ledger.Halt(true, "ann", "drill", NOW.minusSeconds(60)));
    respondersAreAway = true;

    assertEquals(
        1,
        run(
            new KillSwitchCommand.Resume(surroundings(), this::open, this::bus, clock()),
            "--reason",
            "over"));
    assertTrue(blue.halted());
  }

  @Test
  void aResumptionThatAResponderIgnoresIsNotCalledDone() {
    blue.halt(new Ledger.Halt(true, "ann", "later", NOW.plusSeconds(30)));

    assertEquals(
        1,
        run(
            new KillSwitchCommand.Resume(surroundings(), this::open, this::bus, clock()),
            "--reason",
            "over"));

    assertTrue(err.toString(StandardCharsets.UTF_8).contains("resume was ignored"));
    assertTrue(blue.halted());
  }

  @Test
  void onlyAStopDoesNotNeedTheBus() {
    busIsAway = true;

    assertEquals(
        0,
        run(
            new KillSwitchCommand.Stop(surroundings(), this::open, this::bus, clock()),
            "--reason",
            "drill"));

    assertTrue(blue.halted());
    assertTrue(
        err.toString(StandardCharsets.UTF_8).contains("The bus did not accept the command"),
        err.toString(StandardCharsets.UTF_8));
    stsIsAway = true;
    assertEquals(
        0,
        run(
            new KillSwitchCommand.Stop(surroundings(), this::open, this::bus, clock()),
            "--reason",
            "drill"));
    for (boolean sts : List.of(true, false)) {
      stsIsAway = sts;
      assertEquals(
          1,
          run(
              new KillSwitchCommand.Resume(surroundings(), this::open, this::bus, clock()),
              "--reason",
              "over"));
      assertEquals(
          1,
          run(
              new UndoCommand(surroundings(), this::open, this::bus, clock()),
              "blue/isolate-pod/uid-1",
              "--reason",
              "x"));
    }
    assertTrue(blue.halted());
    assertEquals(Optional.empty(), blue.live().getFirst().undo());
    assertEquals(
        1,
        run(
            new DecideCommand.Approve(surroundings(), this::open, this::bus, clock()),
            waiting().id(),
            "--reason",
            "x"));
  }

  /** A caller with the operators' IAM policy: the caller can only read the ledger. */
  private VersionedTable readOnly(String name, Optional<String> region) {
    return new VersionedTable() {
      @Override
      public Optional<State> remembered(String key) {
        return table.remembered(key);
      }

      @Override
      public Optional<State> read(String key) {
        if (name.endsWith("-sightings")) {
          throw new Unavailable("DynamoDB: AccessDeniedException");
        }
        return table.read(key);
      }

      @Override
      public List<State> readAll(Collection<String> keys) {
        return table.readAll(keys);
      }

      @Override
      public List<State> scan(String prefix) {
        throw new Unavailable("DynamoDB: AccessDeniedException");
      }

      @Override
      public void delete(String key) {
        throw new Unavailable("DynamoDB: AccessDeniedException");
      }

      @Override
      public Optional<State> store(State next, long expectedVersion, Instant expires) {
        throw new Unavailable("DynamoDB: AccessDeniedException");
      }
    };
  }

  @Test
  void promise14WhoMayOnlyReadTheLedgerCommandsTheResponder() {
    String id = "blue/isolate-pod/uid-1";
    OperateCommand.Ledgers ledgers = this::readOnly;
    assertEquals(List.of(), new StoredLedger(table).live(), "each responder has swept once");
    assertEquals(
        0,
        run(
            new KillSwitchCommand.Stop(surroundings(), ledgers, this::bus, clock()),
            "--reason",
            "drill"));
    assertTrue(blue.halted());
    assertEquals(
        0,
        run(
            new KillSwitchCommand.Resume(surroundings(), ledgers, this::bus, later()),
            "--reason",
            "over"));
    assertFalse(blue.halted());
    assertEquals(
        0,
        run(new UndoCommand(surroundings(), ledgers, this::bus, clock()), id, "--reason", "test"));
    assertEquals(
        0, run(new ExtendCommand(surroundings(), ledgers, this::bus, clock()), id, "--for", "2h"));

    assertEquals(
        List.of("stop", "resume", "undo", "extend"),
        published.stream().map(one -> one.command().jsonName()).toList());
    assertEquals(Optional.of(NOW.plusSeconds(3 * 3_600)), published.getLast().about().until());
    assertEquals(Optional.of(id), published.getLast().about().containment());
    assertEquals(Optional.of("blue"), published.getLast().cluster());
    busIsAway = true;
    assertEquals(
        1,
        run(
            new KillSwitchCommand.Stop(surroundings(), ledgers, this::bus, clock()),
            "--reason",
            "drill"));
    assertFalse(blue.halted());
  }

  private OperatorReply askWithoutTheSightings(SilenceRequest request) {
    return new CommandingOperator(
            (asked, identity) -> {
              throw new Unavailable("DynamoDB: AccessDeniedException");
            },
            (verb, identity) -> true,
            published::add,
            clock())
        .ask(request, "aws:x");
  }

  private static SilenceRequest.Set shells(Optional<Severity> upTo) {
    return new SilenceRequest.Set(
        HidingPattern.ofProblem("0123456789abcdef0123456789abcdef"),
        new OperatorOrder("ann", "load test"),
        Instant.parse("2026-03-16T09:15:00Z"),
        upTo,
        false,
        false,
        false);
  }

  @Test
  void whoMayNotUseTheSightingsLeavesASilenceToDeduplicate() {
    OperatorReply set = askWithoutTheSightings(shells(Optional.empty()));
    OperatorReply end =
        askWithoutTheSightings(
            new SilenceRequest.End("1f2e3d4c", new OperatorOrder("ann", "over")));

    assertTrue(set.success() && end.success());
    assertTrue(set.results().getFirst().line().contains("not done yet"));
    OperatorCommand silence = published.getFirst();
    assertEquals(OperatorCommand.Verb.SILENCE, silence.command());
    assertFalse(silence.applied(), "deduplicate carries it out");
    assertEquals(
        Optional.of("{\"fingerprint\":[\"0123456789abcdef0123456789abcdef\"]}"),
        silence.about().match());
    assertEquals(Optional.of(Instant.parse("2026-03-16T09:15:00Z")), silence.about().until());
    assertTrue(silence.about().silence().orElseThrow().matches("[0-9a-f]{8}"));
    assertEquals(OperatorCommand.Verb.UNSILENCE, published.get(1).command());
    assertEquals(Optional.of("1f2e3d4c"), published.get(1).about().silence());
  }

  @Test
  void aSilenceOfRespondersNeedsTheRightToStop() {
    SilenceRequest.Set set = shells(Optional.empty());
    for (boolean responders : List.of(true, false)) {
      OperatorReply reply =
          new CommandingOperator(
                  (asked, identity) -> {
                    throw new Unavailable("DynamoDB: AccessDeniedException");
                  },
                  (verb, identity) -> verb == OperatorCommand.Verb.SILENCE,
                  published::add,
                  clock())
              .ask(
                  new SilenceRequest.Set(
                      set.match(),
                      set.order(),
                      set.until(),
                      set.upTo(),
                      responders,
                      set.all(),
                      set.dryRun()),
                  "unix:ann");

      assertEquals(!responders, reply.success());
      assertEquals(responders, published.removeFirst().ignored().isPresent(), "people are told");
      assertTrue(
          !responders || reply.note().orElseThrow().contains("right to stop"), reply::toString);
    }
  }

  @Test
  void whatACommandCannotSayIsNotHalfDone() {
    OperatorReply reply = askWithoutTheSightings(shells(Optional.of(Severity.CRITICAL)));

    assertFalse(reply.success());
    assertTrue(reply.note().orElseThrow().contains("--up-to and --all need rights"));
    assertEquals(List.of(), published);
  }

  @Test
  void aLeaseIsNotExtendedForMoreThanAWeek() {
    String id = "blue/isolate-pod/uid-1";
    for (String time : List.of("8d", "7d", "100000000d")) {
      assertEquals(
          1,
          run(new ExtendCommand(surroundings(), this::open, this::bus, clock()), id, "--for", time),
          time);
    }
    assertTrue(
        err.toString(StandardCharsets.UTF_8).startsWith("an extended lease may end at most 7 days"),
        err.toString(StandardCharsets.UTF_8));
    assertEquals(List.of(), published);
  }

  @Test
  void aCommandThatItsReadersWouldRejectIsNotCalledGiven() {
    String id = "blue/isolate-pod/uid-1" + "x".repeat(600);
    OperateCommand.Ledgers none =
        (name, region) -> {
          throw new Unavailable("no rights");
        };

    assertEquals(
        1,
        run(
            new DecideCommand.Approve(surroundings(), none, this::bus, clock()),
            id,
            "--reason",
            "x"));

    assertEquals(List.of(), published);
    assertTrue(
        err.toString(StandardCharsets.UTF_8).contains("approval: longer than"),
        err.toString(StandardCharsets.UTF_8));
  }
}
