package io.cattleguard.respond.action;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.respond.LockBox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ActionsTest {
  private static final Actions ACTIONS =
      Actions.of(
          List.of(
              "lock-box = io.cattleguard.respond.LockBox",
              "burn-box = io.cattleguard.respond.elsewhere.BurnBox",
              "hide-box = planned"));

  private static PolicyNode step(String yaml) {
    return PolicyNode.read("playbooks/one.yaml", yaml).orElseThrow();
  }

  @Test
  void aStepOfAnActionThatIsHereIsReadWithItsSettings() {
    assertEquals(
        Optional.of(new LockBox(Duration.ofMinutes(3))),
        ACTIONS.step(step("lock-box: { lease: 3m }")));
    assertEquals(Optional.of(new LockBox()), ACTIONS.step(step("lock-box: {}")));
  }

  @Test
  void aStepOfAnotherResponderIsPassedOver() {
    assertEquals(Optional.empty(), ACTIONS.step(step("burn-box: { lease: whatever }")));
    assertEquals(List.of("burn-box"), ACTIONS.elsewhere());
  }

  /** A {@code default} branch once took every unknown step for a deletion. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "detonate-box: {}         | 'detonate-box'",
        "delete-pod: {}           | 'delete-pod'",
        "lock-bocks: {}           | did you mean 'lock-box'",
        "burn-bx: {}              | did you mean 'burn-box'",
        "hide-box: {}             | not available yet; use lock-box, burn-box",
        "lock-box: { leese: 1h }  | did you mean 'lease'",
        "lock-box: { lease: 1 }   | expected a duration",
        "'{}'                     | one action with its settings",
        "'{lock-box: {}, burn-box: {}}' | one action with its settings",
      })
  void whatNoResponderKnowsIsAnErrorWithFileAndLine(String yaml, String message) {
    PolicyException e = assertThrows(PolicyException.class, () -> ACTIONS.step(step(yaml)));

    assertEquals("playbooks/one.yaml", e.errors().getFirst().file());
    assertTrue(e.errors().getFirst().message().contains(message), e::toString);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lock-box",
        "lock-box = java.lang.String",
        "open-box = io.cattleguard.respond.LockBox",
        "lock-box = io.cattleguard.respond.action.Budget",
      })
  void aLineOfTheRegistryThatIsWrongIsNamed(String line) {
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> Actions.of(List.of(line)));
    assertTrue(String.valueOf(e.getMessage()).startsWith("actions.properties: "), e::toString);
  }

  @Test
  void theRegistryKnowsEachNameOnceAndThisModuleHasTheClassOfNone() {
    Actions registered = Actions.registered();

    assertEquals(List.of(), registered.here());
    assertEquals(registered.elsewhere().size(), Set.copyOf(registered.elsewhere()).size());
    assertTrue(registered.elsewhere().size() >= 4, registered.elsewhere()::toString);
  }

  @Test
  void noClassOfThisModuleKnowsAnActionByName() throws IOException {
    Path sources = ContractFiles.root().resolve("functions/respond/src/main/java");
    try (Stream<Path> files = Files.walk(sources)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String text = Files.readString(file);
        for (String name : Actions.registered().elsewhere()) {
          assertFalse(text.contains("\"" + name), file + " knows " + name);
        }
      }
    }
  }
}
