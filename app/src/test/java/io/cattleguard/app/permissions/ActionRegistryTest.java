package io.cattleguard.app.permissions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks the registry of actions; only this module has the classes of all responders. */
final class ActionRegistryTest {
  @TempDir private Path policy;

  @Test
  void everyLineOfTheRegistryIsAClassAndEveryActionHasALine() {
    Set<String> ours =
        new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .withImportOption(location -> !location.contains("-tests.jar"))
                .importPackages("io.cattleguard.respond")
                .stream()
                .filter(type -> type.isAssignableTo(Action.class) && !type.isInterface())
                .map(JavaClass::getName)
                .collect(Collectors.toCollection(TreeSet::new));
    Set<String> registered =
        Actions.registered().here().stream()
            .map(action -> action.getClass().getName())
            .collect(Collectors.toCollection(TreeSet::new));

    assertEquals(ours, registered);
    assertEquals(List.of(), Actions.registered().elsewhere());
    assertTrue(ours.size() >= 4, ours::toString);
  }

  @Test
  void everyActionSaysWhatItMustBeAllowed() {
    for (Action<?, ?> action : Actions.registered().here()) {
      assertFalse(action.permissions().isEmpty(), action.name());
      assertTrue(
          action.effect() == Effect.NONE
              || action.permissions().stream().anyMatch(one -> one.changes()),
          action.name());
    }
  }

  @Test
  void anActionThatNoResponderKnowsIsAnErrorOfEveryCommandThatReadsAPolicy() throws IOException {
    Files.createDirectories(policy.resolve("playbooks"));
    Files.writeString(
        policy.resolve("playbooks/one.yaml"),
        "name: one\nwhen: { alert: { class: [runtime] } }\nsteps:\n  - detonate-pod: {}\n");

    PolicyException e = assertThrows(PolicyException.class, () -> Policy.read(policy));

    assertTrue(
        e.errors().stream()
            .anyMatch(error -> error.file().equals("playbooks/one.yaml") && error.line() == 4),
        e::toString);
    for (String[] command :
        new String[][] {
          {"check", "--policy", policy.toString()},
          {"test", "--policy", policy.toString()},
          {"replay", "--policy", policy.toString(), "-"},
          {"up", "--policy", policy.toString(), "--data", policy.resolve("data").toString()},
        }) {
      Shell.Result result = new Shell().run(command);
      assertEquals(1, result.code(), command[0]);
      assertTrue(result.err().contains("playbooks/one.yaml:4: "), result.err());
    }
  }
}
