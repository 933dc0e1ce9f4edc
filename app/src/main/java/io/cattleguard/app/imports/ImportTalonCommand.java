package io.cattleguard.app.imports;

import io.cattleguard.app.check.PolicyCheck;
import io.cattleguard.app.deployment.DeploymentChoice;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.policy.PolicyError;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.events.HostileText;
import io.cattleguard.respond.action.Playbooks;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes playbooks of the rules of Falco Talon. */
@Command(
    name = "talon",
    sortOptions = false,
    description = {
      "Convert the rules of Falco Talon into playbooks, and list what has no equivalent.",
      "The playbooks are in observe mode. Without --into, they are only printed.",
      ""
    })
final class ImportTalonCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Parameters(paramLabel = "FILE", description = "Talon's rules, as YAML. - is standard input.")
  private String file = "";

  @Option(
      names = "--into",
      paramLabel = "DIR",
      description =
          "Policy directory, such as cattleguard init creates. The files are added to its"
              + " playbooks; existing files are not overwritten.")
  private @Nullable Path into;

  ImportTalonCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    List<Imported> imported;
    try {
      imported = TalonRules.read(file, text());
    } catch (PolicyException e) {
      surroundings.err().println(visible(e.errors().getFirst().toString()));
      surroundings
          .err()
          .println(visible("cattleguard: " + file) + " is not a file of Falco Talon rules.");
      return ExitCode.FAILURE;
    }
    if (imported.isEmpty()) {
      surroundings.err().println(visible("cattleguard: " + file) + " has no rule of Falco Talon.");
      return ExitCode.FAILURE;
    }
    Screen screen = surroundings.screen();
    Path policy = into;
    Path playbooks = policy == null ? null : folder(policy);
    if (policy != null && playbooks != null) {
      imported.stream().filter(one -> one.yaml().isPresent()).forEach(one -> write(playbooks, one));
      Playbooks.read(new PolicyFiles(policy));
    }
    for (Imported one : imported) {
      one.yaml()
          .ifPresentOrElse(
              yaml -> {
                if (playbooks == null) {
                  yaml.lines().forEach(line -> screen.verbatim(Style.PLAIN, line));
                  screen.blank();
                } else {
                  screen.line(
                      Style.GOOD, one.rule() + ": " + playbooks.resolve(one.name() + ".yaml"));
                }
              },
              () -> screen.line(Style.WARN, one.rule() + ": no playbook, because " + one.why()));
      if (playbooks != null || one.yaml().isEmpty()) {
        one.missing()
            .forEach(missing -> screen.field(2, 2, "-", Style.FAINT, "not imported: " + missing));
      }
    }
    long made = imported.stream().filter(one -> one.yaml().isPresent()).count();
    if (policy != null && made > 0) {
      printFailingTests(policy, screen);
      String option = " --policy " + DeploymentChoice.quoted(policy.toString());
      screen.blank();
      screen.line(Style.STRONG, "Next");
      screen.verbatim(Style.PLAIN, "  " + surroundings.program() + " check" + option);
      screen.verbatim(Style.PLAIN, "  " + surroundings.program() + " test" + option);
      screen.verbatim(Style.PLAIN, "  " + surroundings.program() + " replay" + option + " FILE");
    }
    screen.flush();
    return made > 0 ? ExitCode.SUCCESS : ExitCode.FAILURE;
  }

  /** Lists the tests of the policy that fail with the new playbooks. */
  private static void printFailingTests(Path policy, Screen screen) {
    List<PolicyError> failing;
    try {
      failing = PolicyCheck.failingTests(policy, Policy.read(policy));
    } catch (PolicyException e) {
      screen.blank();
      screen.line(Style.WARN, "The tests were not run, because the policy is not valid:");
      e.errors().forEach(error -> screen.field(2, 2, "-", Style.PLAIN, error.toString()));
      return;
    }
    if (!failing.isEmpty()) {
      screen.blank();
      screen.line(
          Style.WARN,
          failing.size() == 1
              ? "1 test of the policy fails. Change what it expects, or the playbook:"
              : failing.size()
                  + " tests of the policy fail. Change what they expect, or the"
                  + " playbooks:");
      failing.forEach(error -> screen.field(2, 2, "-", Style.PLAIN, error.toString()));
    }
  }

  private static String visible(String text) {
    return HostileText.visible(text, 600);
  }

  private String text() {
    try {
      return file.equals("-")
          ? new String(surroundings.in().readAllBytes(), StandardCharsets.UTF_8)
          : Files.readString(Path.of(file));
    } catch (NoSuchFileException e) {
      throw new UsageError(file + ": no such file");
    } catch (AccessDeniedException e) {
      throw new UsageError(file + ": no permission to read it");
    } catch (CharacterCodingException e) {
      throw new UsageError(file + ": no text in UTF-8");
    } catch (IOException e) {
      throw new UsageError(
          file
              + (Files.isDirectory(Path.of(file))
                  ? ": a folder; name a file of rules"
                  : ": cannot be read: " + e.getMessage()));
    }
  }

  private static Path folder(Path policy) {
    Path playbooks = policy.resolve(Playbooks.FOLDER);
    if (!Files.isDirectory(policy)) {
      throw new UsageError(
          "--into " + policy + ": no such directory; make one: cattleguard init DIR");
    }
    try {
      return Files.createDirectories(playbooks);
    } catch (IOException e) {
      throw new UsageError(playbooks + " cannot be made: " + e.getMessage());
    }
  }

  private static void write(Path playbooks, Imported one) {
    Path path = playbooks.resolve(one.name() + ".yaml");
    try {
      Files.writeString(path, one.yaml().orElseThrow(), StandardOpenOption.CREATE_NEW);
    } catch (FileAlreadyExistsException e) {
      throw new UsageError(
          path + " exists already; remove it first, or import into another directory");
    } catch (IOException e) {
      throw new UsageError(path + " cannot be written: " + e.getMessage());
    }
  }
}
