package io.cattleguard.edge.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PolicyFilesTest {
  @TempDir private Path directory;

  private void write(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private PolicyFiles policy() {
    return new PolicyFiles(directory);
  }

  private static List<String> errors(Runnable reading) {
    return assertThrows(PolicyException.class, reading::run).errors().stream()
        .map(PolicyError::toString)
        .toList();
  }

  @Test
  void aDirectoryThatIsNotThereIsNamed() {
    Path nowhere = directory.resolve("nowhere");

    assertEquals(
        List.of(nowhere + ":1: no such policy directory; name one with --policy"),
        errors(() -> new PolicyFiles(nowhere)));
  }

  @Test
  void aFileMayBeLeftOutOrHoldOnlyComments() throws IOException {
    write("empty.yaml", "# nothing\n");

    assertEquals(Optional.empty(), policy().file("none.yaml"));
    assertEquals(Optional.empty(), policy().file("empty.yaml"));
  }

  @Test
  void aFolderIsReadByName() throws IOException {
    write("playbooks/b.yaml", "name: b");
    write("playbooks/a.yaml", "name: a");
    write("playbooks/README.md", "How to write one.");
    write("playbooks/.a.yaml.swp", "\u0000");

    assertEquals(
        List.of("playbooks/a.yaml:1", "playbooks/b.yaml:1"),
        policy().folder("playbooks").stream().map(PolicyNode::at).toList());
    assertEquals(List.of(), policy().folder("none"));
  }

  @Test
  void aFileThatWouldBeSkippedIsAnError() throws IOException {
    write("playbooks/a.yaml", "name: a");
    write("playbooks/b.yml", "name: b");
    write("playbooks/c.yaml.bak", "name: c");

    assertEquals(
        List.of(
            "playbooks/b.yml:1: ignored file: the name of a policy file must end in .yaml",
            "playbooks/c.yaml.bak:1: ignored file: the name of a policy file must end in .yaml"),
        errors(() -> policy().folder("playbooks")));
  }

  @Test
  void aYmlFileBesideOrInsteadOfAYamlFileIsAnError() throws IOException {
    write("routes.yml", "routes: []");

    assertEquals(
        List.of("routes.yml:1: ignored file: the name of a policy file must end in .yaml"),
        errors(() -> policy().file("routes.yaml")));
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnce() throws IOException {
    write("playbooks/a.yaml", "a: [");
    write("playbooks/b.yaml", "b: 1\nb: 2");
    List<String> wrong = errors(() -> policy().folder("playbooks", PolicyNode::anyMapping));

    assertEquals(2, wrong.size(), wrong.toString());
    assertTrue(wrong.getFirst().startsWith("playbooks/a.yaml:1: not valid YAML"), wrong.toString());
    assertEquals("playbooks/b.yaml:2: key 'b' is defined twice", wrong.getLast());
  }

  @Test
  void aFileThatAPolicyNamesStaysInItsDirectory() throws IOException {
    write("events/a.json", "{}");
    PolicyNode inside = PolicyNode.read("r.yaml", "events/a.json").orElseThrow();
    PolicyNode outside = PolicyNode.read("r.yaml", "../../../etc/hostname").orElseThrow();

    assertEquals("{}", policy().text(inside));
    assertEquals(
        List.of("r.yaml:1: no such file in the policy directory: '../../../etc/hostname'"),
        errors(() -> policy().text(outside)));
  }
}
