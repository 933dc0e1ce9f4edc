package io.cattleguard.events.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ContractViolation;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandButtonTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final OperatorCommand.Who ANNA =
      new OperatorCommand.Who("slack:U0000ANNA", Optional.of("anna"));

  @Test
  void whatAButtonCarriesComesBackWithThePersonTheReasonAndTheTime() {
    CommandButton button =
        new CommandButton(
            OperatorCommand.Verb.EXTEND,
            Optional.of("blue"),
            Optional.of("0123456789abcdef"),
            OperatorCommand.About.containment("blue/isolate-pod/uid-1", Optional.empty()),
            Optional.of(Duration.ofHours(4)));

    CommandButton back = CommandButton.read(button.value().orElseThrow());
    OperatorCommand pressed = back.pressed(ANNA, "forensics", NOON);

    assertEquals(button, back);
    assertEquals("cattleguard.extend.PT4H", button.actionId());
    assertEquals(ANNA, pressed.who());
    assertEquals("forensics", pressed.why());
    assertEquals(Optional.of("0123456789abcdef"), pressed.incident());
    assertEquals(Optional.of(NOON.plus(Duration.ofHours(4))), pressed.about().until());
  }

  @Test
  void aButtonThatLacksWhatItsCommandNeedsCommandsNothing() {
    CommandButton undo = CommandButton.read("{\"command\":\"undo\"}");

    ContractViolation refused =
        assertThrows(ContractViolation.class, () -> undo.pressed(ANNA, "why", NOON));

    assertTrue(refused.toString().contains("containment"), refused.toString());
  }

  @Test
  void aValueThatSlackWouldRejectIsNoButton() {
    CommandButton button =
        new CommandButton(
            OperatorCommand.Verb.SILENCE,
            Optional.empty(),
            Optional.empty(),
            OperatorCommand.About.silence(
                "s", Optional.empty(), Optional.of("x".repeat(2_000)), false),
            Optional.of(Duration.ofHours(1)));

    assertEquals(Optional.empty(), button.value());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "undo",
        "[]",
        "{}",
        "{\"command\":\"drop\"}",
        "{\"command\":\"undo\",\"containment\":1}",
        "{\"command\":\"silence\",\"lasts\":\"2w\"}",
        "{\"command\":\"silence\",\"lasts\":\"P31D\"}",
        "{\"command\":\"silence\",\"lasts\":\"PT-1H\"}",
        "{\"command\":\"undo\"} {}"
      })
  void whatNoButtonOfOursCarriesIsRefused(String value) {
    assertThrows(ContractViolation.class, () -> CommandButton.read(value));
  }
}
