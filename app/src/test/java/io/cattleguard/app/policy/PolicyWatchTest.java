package io.cattleguard.app.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.check.PolicyCheck;
import io.cattleguard.app.testing.Policies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PolicyWatchTest {
  @TempDir private Path folder;
  private Path directory;
  private PolicyWatch watch;
  private final List<Policy> used = new ArrayList<>();

  @BeforeEach
  void copy() throws IOException {
    directory = folder.resolve("policy");
    Policies.copyDefault(directory);
    watch = new PolicyWatch(directory, PolicyCheck::read);
  }

  private void suppress(String text) throws IOException {
    Files.writeString(directory.resolve("suppressions.yaml"), text);
  }

  private Optional<PolicyWatch.Change> look() {
    return watch.look(used::add);
  }

  @Test
  void filesThatDoNotChangeAreNotReadAgain() throws IOException {
    assertEquals(Optional.empty(), look());
    suppress(Files.readString(directory.resolve("suppressions.yaml")));

    assertEquals(Optional.empty(), look());
    assertEquals(Optional.empty(), look());
  }

  @Test
  void aChangeIsReadOnceTwoLooksSeeTheSame() throws IOException {
    suppress("suppressions: [");
    assertEquals(Optional.empty(), look());
    suppress("suppressions: [] # none");
    assertEquals(Optional.empty(), look(), "the editor was halfway");

    PolicyWatch.Change.Valid valid =
        assertInstanceOf(PolicyWatch.Change.Valid.class, look().orElseThrow());

    assertEquals(List.of("suppressions.yaml"), valid.files());
    assertEquals(List.of(valid.policy()), used);
    assertEquals(Optional.empty(), look());
  }

  @Test
  void anInvalidPolicyIsToldOnceWithItsReason() throws IOException {
    suppress("suppressions: [{ name: x }]");
    assertEquals(Optional.empty(), look());

    PolicyWatch.Change.Invalid invalid =
        assertInstanceOf(PolicyWatch.Change.Invalid.class, look().orElseThrow());

    assertTrue(invalid.reason().contains("suppressions.yaml:1:"), invalid.reason());
    assertTrue(watch.isInvalid());
    assertEquals(Optional.empty(), look());

    suppress("suppressions: []");
    assertEquals(Optional.empty(), look());
    assertInstanceOf(PolicyWatch.Change.Valid.class, look().orElseThrow());
    assertFalse(watch.isInvalid());
  }

  @Test
  void aPolicyWhoseTestsFailIsInvalid() throws IOException {
    Path playbook = directory.resolve("playbooks/container-escape.yaml");
    Files.writeString(playbook, Files.readString(playbook).replace("T1611", "T1610"));
    look();

    PolicyWatch.Change.Invalid invalid =
        assertInstanceOf(PolicyWatch.Change.Invalid.class, look().orElseThrow());

    assertTrue(invalid.reason().startsWith("playbooks/container-escape.yaml:"), invalid.reason());
    assertTrue(invalid.reason().contains(" fails: expected: "), invalid.reason());
  }

  @Test
  void aMountedConfigMapIsReplacedByItsLink() throws IOException {
    Path next = folder.resolve("policy-2");
    Policies.copyDefault(next);
    Path mount = folder.resolve("mount");
    Path data = Files.createDirectories(mount).resolve("..data");
    Files.createSymbolicLink(data, directory);
    for (String name : List.of("scoring.yaml", "routes.yaml", "suppressions.yaml", "playbooks")) {
      Files.createSymbolicLink(mount.resolve(name), Path.of("..data", name));
    }
    PolicyWatch mounted = new PolicyWatch(mount, PolicyCheck::read);
    Files.writeString(next.resolve("suppressions.yaml"), "suppressions: [] # none");

    Files.delete(data);
    Files.createSymbolicLink(data, next);

    assertEquals(Optional.empty(), mounted.look(policy -> {}));
    PolicyWatch.Change.Valid valid =
        assertInstanceOf(PolicyWatch.Change.Valid.class, mounted.look(policy -> {}).orElseThrow());
    assertEquals(List.of("suppressions.yaml"), valid.files());
  }

  @Test
  void aDeletedDirectoryIsAnInvalidPolicy() throws IOException {
    Files.move(directory, folder.resolve("elsewhere"));
    look();

    assertInstanceOf(PolicyWatch.Change.Invalid.class, look().orElseThrow());
  }

  /** The exception's message may contain a secret, such as the address of a webhook. */
  @Test
  void aPolicyThatCannotBeReadOrUsedBecauseOfADefectIsInvalid() throws IOException {
    suppress("suppressions: [] # none");
    look();
    PolicyWatch.Change.Invalid unusable =
        assertInstanceOf(
            PolicyWatch.Change.Invalid.class,
            watch
                .look(
                    policy -> {
                      throw new IllegalStateException("s3cr3t");
                    })
                .orElseThrow());
    assertEquals("it cannot be used: IllegalStateException", unusable.reason());
    assertEquals(List.of("suppressions.yaml"), unusable.files());
    assertTrue(watch.isInvalid());
    assertEquals(Optional.empty(), look(), "it is told once");

    suppress("suppressions: []");
    look();
    assertInstanceOf(PolicyWatch.Change.Valid.class, look().orElseThrow());
    assertFalse(watch.isInvalid());

    PolicyWatch defect =
        new PolicyWatch(
            directory,
            path -> {
              throw new IllegalStateException("s3cr3t");
            });
    suppress("suppressions: [] # none");
    defect.look(used::add);
    assertInstanceOf(PolicyWatch.Change.Invalid.class, defect.look(used::add).orElseThrow());
  }
}
