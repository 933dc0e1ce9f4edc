package io.cattleguard.app.permissions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks the registry of actions; only this module has the classes of all responders. */
final class ActionRegistryTest {
  @TempDir private Path policy;

  @Test
  void everyLineOfTheRegistryIsAClassAndEveryActionHasALine() {
    Set<String> ours =
        ArchConfiguration.withThreadLocalScope(ActionRegistryTest::respondersAlone).stream()
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

  /** The classes of the responders, without the libraries that they name. */
  private static JavaClasses respondersAlone(ArchConfiguration configuration) {
    configuration.setResolveMissingDependenciesFromClassPath(false);
    return new ClassFileImporter()
        .withImportOption(new ImportOption.DoNotIncludeTests())
        .withImportOption(location -> !location.contains("-tests.jar"))
        .importPackages("io.cattleguard.respond");
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

  /** The parts of an action whose absence the compiler does not detect. */
  @Test
  void everyActionHasAPlaybookThatObservesWithTestsARowInTheReadmeAndAPlaceInTheSimulation()
      throws IOException {
    Path root = ContractFiles.root();
    Set<Playbook> playbooks = Set.copyOf(Policy.read(root.resolve("policy")).playbooks().all());
    String readme = Files.readString(root.resolve("README.md"));
    String simulations = simulations(root.resolve("functions"));
    for (Action<?, ?> action : Actions.registered().here()) {
      List<Playbook> with =
          playbooks.stream()
              .filter(
                  one ->
                      one.then().filter(then -> then.name().equals(action.name())).isPresent()
                          || one.steps().stream()
                              .anyMatch(step -> step.name().equals(action.name())))
              .toList();
      assertFalse(with.isEmpty(), "no playbook has " + action.name());
      for (Playbook playbook : with) {
        assertEquals(Mode.OBSERVE, playbook.mode(), playbook.name());
        assertTrue(
            Files.readString(root.resolve("policy/playbooks/" + playbook.name() + ".yaml"))
                .contains("\ntests:\n"),
            playbook.name() + " has no tests");
      }
      assertTrue(
          readme
              .lines()
              .anyMatch(line -> line.startsWith("|") && line.contains("`" + action.name() + "`")),
          "no row of the README has " + action.name());
      assertTrue(
          simulations.contains("new " + action.getClass().getSimpleName() + "("),
          action.name() + " is not in the simulation");
    }
  }

  private static String simulations(Path functions) throws IOException {
    StringBuilder all = new StringBuilder();
    for (String responder : List.of("respond-kubernetes", "respond-aws")) {
      try (Stream<Path> files = Files.walk(functions.resolve(responder).resolve("src/test/java"))) {
        for (Path file :
            files
                .filter(one -> one.getFileName().toString().endsWith("Simulation.java"))
                .toList()) {
          all.append(Files.readString(file));
        }
      }
    }
    return all.toString();
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
