package io.cattleguard.app.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.models.Entry;
import io.cattleguard.models.EntryText;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.Sighting;
import io.cattleguard.models.Workload;
import io.cattleguard.reviewed.DeviationPatch;
import io.cattleguard.reviewed.ModelFiles;
import io.cattleguard.reviewed.ModelText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Git can apply the patch that accepts a deviation, whatever text people and intruders wrote. */
final class DeviationPatchTest {
  private static final Instant AT = TestAlerts.AT;
  private static final Workload WEB = new Workload("blue", "shop", "Deployment", "web", "nginx");
  private static final String PORT = "listener:tcp/9090";

  @TempDir private Path repository;
  private Path models;
  private Path file;

  @BeforeEach
  void startARepository() throws Exception {
    models = Files.createDirectories(repository.resolve("policy/models"));
    file = models.resolve(ModelText.fileName(WEB));
    Files.writeString(file, written());
    git("init", "-q");
  }

  private static String written() {
    Map<Entry, Sighting> entries = new TreeMap<>();
    for (String entry : List.of("program:/bin/a<-/bin/b", "listener:tcp/80", "file:/var/x")) {
      entries.put(
          EntryText.parse(entry).orElseThrow(),
          new Sighting(3, AT, AT, 1, 1, "0a", false, List.of(), false));
    }
    return ModelText.of(
        new Model(
            WEB,
            Mode.OBSERVING,
            "nginx:1",
            AT,
            AT,
            AT,
            List.of("web-0"),
            List.of("0a"),
            new TreeMap<>(entries),
            EnumSet.allOf(Entry.Kind.class),
            Map.of()));
  }

  private String git(String... arguments) throws Exception {
    ProcessBuilder builder = new ProcessBuilder("git", "-c", "core.autocrlf=false");
    builder.command().addAll(List.of(arguments));
    Process git = builder.directory(repository.toFile()).redirectErrorStream(true).start();
    String said = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(git.waitFor(30, TimeUnit.SECONDS), "git ends");
    assertEquals(0, git.exitValue(), said);
    return said;
  }

  private DeviationPatch patch(String entry) {
    return DeviationPatch.in(
        repository.resolve("policy"),
        new AcceptableEntry(WEB.toString(), entry),
        AT.plus(Duration.ofDays(1)));
  }

  /** Applies the patch with git, and returns the file. */
  private String applied(String entry) throws Exception {
    DeviationPatch patch = patch(entry);
    assertEquals(Optional.empty(), patch.trouble());
    Path written = Files.writeString(repository.resolve("accept.patch"), patch.patch());
    git("apply", "--directory=policy", written.toString());
    Model model = Objects.requireNonNull(ModelFiles.read(models).get(WEB)).model();
    assertTrue(
        Objects.requireNonNull(model.entries().get(EntryText.parse(entry).orElseThrow()))
            .accepted());
    return Files.readString(file);
  }

  @ParameterizedTest
  @ValueSource(strings = {PORT, "file:/zz", "listener:tcp/80", "program:/bin/c<-/bin/b"})
  void thePatchOfAFileWithoutALastLineEndApplies(String entry) throws Exception {
    Files.writeString(file, written().stripTrailing());
    assertTrue(applied(entry).endsWith("}\n"));
  }

  @ParameterizedTest
  @ValueSource(strings = {PORT, "file:/zz", "listener:tcp/80", "peer:dns:a.example:443"})
  void thePatchOfAFileFromWindowsAppliesAndKeepsItsLineEnds(String entry) throws Exception {
    Files.writeString(file, written().replace("\n", "\r\n"));
    assertFalse(applied(entry).replace("\r\n", "").contains("\n"));
  }

  @ParameterizedTest
  @ValueSource(strings = {PORT, "listener:tcp/80", "file:/var/x", "peer:network:private:5432"})
  void whatPeopleWroteBesideTheModelStays(String entry) throws Exception {
    String reviewed =
        "# Reviewed by the team of the shop.\n\n"
            + written()
                .replace("mode: observing # learning | observing | enforcing", "mode: observing")
                .replace("programs:\n", "\n# It converts pictures.\nprograms:\n")
                .replace("  - { path: /var/x", "  # A cache.\n  - { path: /var/x")
                .replaceAll("(port: 80, .*)", "$1 # the site, see \"#12\"")
            + "# The end.\n";
    Files.writeString(file, reviewed);

    String after = applied(entry);

    for (String kept :
        List.of(
            "# Reviewed by the team of the shop.\n\n# What this container",
            "\n\n# It converts pictures.\nprograms:\n",
            "\n  # A cache.\n  - { path: /var/x",
            " } # the site, see \"#12\"\n",
            "\n# The end.\n")) {
      assertTrue(after.contains(kept), () -> kept + " is not in\n" + after);
    }
    assertTrue(after.endsWith("# The end.\n"), after);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "program:---<-+++",
        "program:@@-1,1+1,1@@<-PATCH",
        "file:/a/../../etc/passwd",
        "file:/#hash",
        "program:<x><-*",
        "program:~root/x,y=%0a^<-null",
        "peer:dns:-:1",
        "peer:service:a/b,c:d:80",
        "file:/true"
      })
  void whatIntrudersNameIsOneLineOfThatEntryAlone(String entry) throws Exception {
    DeviationPatch patch = patch(entry);
    assertEquals(
        1, patch.patch().lines().skip(2).filter(line -> line.startsWith("+  - {")).count());
    assertEquals(0, patch.patch().lines().skip(2).filter(line -> line.startsWith("-")).count());
    applied(entry);
    assertEquals(
        4, Objects.requireNonNull(ModelFiles.read(models).get(WEB)).model().entries().size());
    assertEquals(" M policy/models/" + file.getFileName(), afterCommit(entry));
  }

  /** Git's report of the changes when the patch is applied to a commit of the file. */
  private String afterCommit(String entry) throws Exception {
    Files.writeString(file, written());
    git("add", "policy");
    git("-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-qm", "x");
    applied(entry);
    return git("status", "--porcelain", "policy").stripTrailing();
  }

  @Test
  void theErrorOfAnotherFileDoesNotMatter() throws Exception {
    Files.writeString(models.resolve("other.yaml"), "mode: [\n");
    Files.writeString(repository.resolve("x"), "");
    DeviationPatch patch = patch(PORT);
    assertEquals(Optional.empty(), patch.trouble());
  }

  @Test
  void aModelInAFileOfAnotherNameIsFound() throws Exception {
    Path other = models.resolve("the shop.yaml");
    Files.move(file, other);
    file = other;
    assertTrue(applied(PORT).contains("9090"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\nb.yaml", "a\tb.yaml", "\"a.yaml", "-a.yaml"})
  void aNameThatGitWouldQuoteIsRefused(String name) throws IOException {
    Files.move(file, models.resolve(name));
    assertTrue(
        patch(PORT).trouble().orElseThrow().contains("a patch cannot have this name"),
        patch(PORT)::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u0000", "\u0007", "[", "mode: \ud800", "&a [*a, *a]"})
  void aFileThatIsNoYamlIsSaid(String text) throws IOException {
    Files.write(file, text.getBytes(StandardCharsets.UTF_16LE));
    assertFalse(patch(PORT).trouble().isEmpty());
    Files.writeString(file, written() + text.replace('\ud800', '\u0001'));
    assertFalse(patch(PORT).trouble().isEmpty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a/../../../../etc/Deployment/x/y",
        "blue/shop/Deployment/web",
        "blue/shop/Deployment/web/nginx/..",
        "arn:aws:eks:eu-central-1:111122223333:cluster/blue/shop/Deployment/web/nginx"
      })
  void anotherModelIsNotFound(String model) {
    DeviationPatch patch =
        DeviationPatch.in(repository.resolve("policy"), new AcceptableEntry(model, PORT), AT);
    assertTrue(patch.trouble().orElseThrow().contains("has no model"), patch::toString);
  }
}
