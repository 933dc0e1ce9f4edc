package io.cattleguard.app.operate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.edge.lambda.DynamoDbLocal;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.StoredLedger;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
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
    assertEquals(0, run(new ContainmentsCommand(surroundings(), this::open, clock())));
    assertTrue(
        printed().startsWith("blue/isolate-pod/uid-1  since 2026-03-02T09:15:00Z"), printed());

    String id = "blue/isolate-pod/uid-1";
    assertEquals(0, run(new ExtendCommand(surroundings(), this::open, clock()), id, "--for", "2h"));
    Ledger.Key key = new Ledger.Key("isolate-pod", "uid-1");
    assertEquals(NOW.plusSeconds(3 * 3_600), blue.remembered(key).orElseThrow().until());

    assertEquals(
        0,
        run(
            new UndoCommand(surroundings(), this::open, clock()),
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
            new UndoCommand(surroundings(), this::open, clock()),
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
            new StopCommand(surroundings(), this::open, clock()),
            "--reason",
            "maintenance",
            "--json"));
    assertTrue(blue.halted());
    assertTrue(printed().contains("\"killSwitch\":true"), printed());
    assertTrue(printed().contains("\"reason\":\"maintenance\""), printed());

    assertEquals(
        0, run(new ResumeCommand(surroundings(), this::open, clock()), "--reason", "it is over"));
    assertFalse(blue.halted());
  }
}
