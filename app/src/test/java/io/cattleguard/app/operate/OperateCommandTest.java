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
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.Severity;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorSource;
import io.cattleguard.respond.ledger.Approval;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.Order;
import io.cattleguard.respond.ledger.StoredLedger;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
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
            "{}"));
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
    };
  }

  private VersionedTable open(String name, Optional<String> region) {
    return table;
  }

  private static InstantSource clock() {
    return InstantSource.fixed(NOW);
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
    assertEquals("ann", blue.endedBy(NOW).getFirst().undo().orElseThrow().by());
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
  void promise14TheKillSwitchIsTurnedOnAndOffWithAReason() {
    assertEquals(
        0,
        run(
            new StopCommand(surroundings(), this::open, this::bus, clock()),
            "--reason",
            "maintenance",
            "--json"));
    assertTrue(blue.halted());
    assertTrue(printed().contains("\"killSwitch\":true"), printed());
    assertTrue(printed().contains("\"reason\":\"maintenance\""), printed());

    assertEquals(
        0,
        run(
            new ResumeCommand(surroundings(), this::open, this::bus, clock()),
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
  void promise14WhatWaitsIsListedAndApprovedInTheCallersName() {
    String id = waiting().id();
    assertEquals(0, run(new ApprovalsCommand(surroundings(), this::open, this::bus, clock())));
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
        new CommandLine(new StopCommand(surroundings(), this::open, this::bus, clock()))
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
  void promise14EachCommandIsPublishedWithWhoAndWhyAsDone() {
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
    run(new StopCommand(surroundings(), this::open, this::bus, clock()), "--reason", "drill");
    run(new ResumeCommand(surroundings(), this::open, this::bus, clock()), "--reason", "over");
    run(new ContainmentsCommand(surroundings(), this::open, this::bus, clock()));

    assertEquals(
        List.of("extend more time: 2h", "undo a pentest", "stop drill", "resume over"),
        published.stream().map(one -> one.command().jsonName() + " " + one.why()).toList());
    assertTrue(published.stream().allMatch(OperatorCommand::applied));
    assertEquals(Optional.of(NOW.plusSeconds(3 * 3_600)), published.getFirst().about().until());
  }

  @Test
  void theKillSwitchIsTurnedOnAlsoIfTheBusIsAway() {
    busIsAway = true;

    assertEquals(
        0,
        run(new StopCommand(surroundings(), this::open, this::bus, clock()), "--reason", "drill"));

    assertTrue(blue.halted());
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("It is done, but the event"));
    stsIsAway = true;
    assertEquals(
        0,
        run(new ResumeCommand(surroundings(), this::open, this::bus, clock()), "--reason", "over"));
    assertFalse(blue.halted());
    assertEquals(
        1,
        run(
            new DecideCommand.Approve(surroundings(), this::open, this::bus, clock()),
            waiting().id(),
            "--reason",
            "x"));
  }

  /** What a caller with the policy of operators has: the ledger can only be read. */
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
        0, run(new StopCommand(surroundings(), ledgers, this::bus, clock()), "--reason", "drill"));
    assertEquals(
        0, run(new ResumeCommand(surroundings(), ledgers, this::bus, clock()), "--reason", "over"));
    assertEquals(
        0,
        run(new UndoCommand(surroundings(), ledgers, this::bus, clock()), id, "--reason", "test"));
    assertEquals(
        0, run(new ExtendCommand(surroundings(), ledgers, this::bus, clock()), id, "--for", "2h"));

    assertEquals(
        List.of("stop", "resume", "undo", "extend"),
        published.stream().map(one -> one.command().jsonName()).toList());
    assertTrue(published.stream().noneMatch(OperatorCommand::applied), "the responder does it");
    assertEquals(Optional.of(NOW.plusSeconds(3 * 3_600)), published.getLast().about().until());
    assertEquals(Optional.of(id), published.getLast().about().containment());
    assertEquals(Optional.of("blue"), published.getLast().cluster());
    assertTrue(printed().startsWith("stop: not done yet. The responder"), printed());
    assertFalse(blue.halted());
    busIsAway = true;
    assertEquals(
        1, run(new StopCommand(surroundings(), ledgers, this::bus, clock()), "--reason", "drill"));
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
        new Order("ann", "load test"),
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
        askWithoutTheSightings(new SilenceRequest.End("1f2e3d4c", new Order("ann", "over")));

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
