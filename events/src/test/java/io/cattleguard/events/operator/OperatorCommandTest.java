package io.cattleguard.events.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.ContractViolation;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests people's commands, and how the person is identified. */
final class OperatorCommandTest {
  private static final Instant AT = Instant.parse("2026-03-02T09:20:00Z");

  private static ObjectNode detail(String sample) {
    return ContractFiles.json("samples", "v1/operator-command" + sample + ".json")
        .path("detail")
        .deepCopy();
  }

  @Test
  void onEventBridgeTheSourceSaysWhoCommandsAndNotThePayload() {
    ObjectNode forged = detail("").put("who", "aws:AIDAEXAMPLEOFANOTHER").put("name", "root");

    OperatorCommand read =
        OperatorCommand.read("cattleguard.operator.AROAEXAMPLEID1234567:on-call", forged);

    assertEquals(
        new OperatorCommand.Who("aws:AROAEXAMPLEID1234567:on-call", Optional.of("root")),
        read.who());
    assertEquals("root (aws:AROAEXAMPLEID1234567:on-call)", read.who().inWords());
  }

  @Test
  void theFunctionOperateSaysWhoCommands() {
    assertEquals(
        "slack:U0EXAMPLE",
        OperatorCommand.read("cattleguard.operator", detail("-reject")).who().identity());
  }

  @ParameterizedTest
  @CsvSource({
    "cattleguard.operator, true",
    "cattleguard.operator.AROAEXAMPLEID1234567:on-call, false"
  })
  void onlyTheFunctionOperateSaysThatItHasRefusedACommand(String source, boolean refuses) {
    ObjectNode detail = detail("-stop");
    detail.remove("applied");
    OperatorCommand read =
        OperatorCommand.read(source, detail.put("ignored", "it may not").put("applied", true));

    assertEquals(refuses, read.ignored().isPresent());
    assertEquals(!refuses, read.isOpen(), "responders carry out what is open");
    assertFalse(read.applied());
  }

  @ParameterizedTest
  @CsvSource({
    "-silence, cattleguard.operator.AROAEXAMPLEID:x",
    "-unsilence, cattleguard.operator.AROAEXAMPLEID:x",
    "-silence, cattleguard.operator",
    "-stop, cattleguard.operator.AROAEXAMPLEID:x",
  })
  void onlyAStepSaysThatACommandWasCarriedOut(String sample, String source) {
    assertTrue(OperatorCommand.read(source, detail(sample).put("applied", true)).isOpen());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cattleguard.respond",
        "cattleguard.operator.",
        "cattleguard.operators",
        "cattleguard.operator.a b",
        "cattleguard.operator.a\nb",
        "Cattleguard.operator.x"
      })
  void anotherSourceIsNoOperator(String source) {
    assertThrows(ContractViolation.class, () -> OperatorCommand.read(source, detail("")));
  }

  @ParameterizedTest
  @CsvSource({
    "-answered, cattleguard.respond, true",
    "-answered, cattleguard.deduplicate, false",
    "-ignored, cattleguard.deduplicate, false",
    "-silence-answered, cattleguard.deduplicate, true",
    "-silence-ignored, cattleguard.deduplicate, true",
    "-silence-ignored, cattleguard.respond, false",
    "-silence-from-slack, cattleguard.deduplicate, false",
  })
  void onlyTheStepThatCarriesOutACommandAnswersIt(String sample, String source, boolean answers) {
    ObjectNode detail = detail(sample);
    if (answers) {
      assertFalse(OperatorCommand.read(source, detail).isOpen());
    } else {
      assertThrows(ContractViolation.class, () -> OperatorCommand.read(source, detail));
    }
  }

  @ParameterizedTest(name = "{0} without {1}")
  @CsvSource({
    "'', approval",
    "-reject, approval",
    "-undo, containment",
    "-extend, containment",
    "-extend, until",
    "-silence, silence",
    "-silence, until",
    "-silence, match",
    "-unsilence, silence",
    "-stop, who",
    "-stop, why",
    "-stop, id",
    "-stop, observedAt",
    "-stop, hops",
    "-stop, command",
  })
  void aCommandWithoutWhatItNeedsIsRejectedByName(String sample, String field) {
    ObjectNode damaged = detail(sample);
    damaged.remove(field);

    ContractViolation violation =
        assertThrows(ContractViolation.class, () -> OperatorCommand.read(damaged));

    assertTrue(String.valueOf(violation.getMessage()).startsWith(field + ":"), violation::toString);
  }

  @Test
  void aReasonIsBoundedAndVisible() {
    ObjectNode hostile = detail("").put("why", "\u202e\n" + "x".repeat(100_000));

    String why = OperatorCommand.read(hostile).why();

    assertTrue(why.startsWith("\\u202e\\n"), why);
    assertTrue(why.length() < 600, () -> "it has " + why.length());
    assertThrows(
        ContractViolation.class,
        () -> OperatorCommand.read(detail("").put("approval", "x".repeat(600))));
  }

  @Test
  void theSameCommandHasTheSameIdAndAnotherHasAnother() {
    OperatorCommand.Who who = new OperatorCommand.Who("unix:on-call", Optional.empty());
    OperatorCommand one = approve(who, "blue/isolate-pod/a", AT);

    assertEquals(one.id(), approve(who, "blue/isolate-pod/a", AT).id());
    assertNotEquals(one.id(), approve(who, "blue/isolate-pod/b", AT).id());
    assertNotEquals(one.id(), approve(who, "blue/isolate-pod/a", AT.plusMillis(1)).id());
    assertEquals(one.write().put("hops", 1), OperatorCommand.read(one.write()).write());
  }

  private static OperatorCommand approve(OperatorCommand.Who who, String approval, Instant at) {
    return OperatorCommand.of(
        OperatorCommand.Verb.APPROVE,
        who,
        "because",
        at,
        Optional.of("blue"),
        OperatorCommand.About.approval(approval));
  }
}
