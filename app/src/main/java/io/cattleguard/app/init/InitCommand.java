package io.cattleguard.app.init;

import io.cattleguard.app.deployment.DeploymentChoice;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.kubernetes.actions.KubernetesScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a policy directory. */
@Command(
    name = "init",
    sortOptions = false,
    description = {
      "Create your own policy directory from the shipped policy.",
      "In a terminal, it asks for the settings that no option gives. You can edit the files"
          + " afterwards: comments explain every setting. Secrets are in environment variables, not"
          + " in these files.",
      ""
    })
public final class InitCommand implements Callable<Integer> {
  private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
  private static final Pattern SCOPE = Pattern.compile("[a-z0-9*]([a-z0-9*-]{0,61}[a-z0-9*])?");
  private static final Pattern CHANNEL =
      Pattern.compile("#[\\p{L}\\p{N}_-]{1,79}|[CG][A-Z0-9]{7,14}");

  private final Surroundings surroundings;

  @Parameters(
      paramLabel = "DIR",
      description = "The directory to create. If it exists, it must be empty.")
  private Path directory = Path.of("policy");

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      description =
          "What playbooks may do in the namespaces of --in-scope: observe, approve or enforce."
              + " Everywhere else they observe. Default: observe.")
  private @Nullable String mode;

  @Option(
      names = "--in-scope",
      paramLabel = "NAMESPACE",
      split = ",",
      description =
          "Namespaces in which playbooks may act, with --mode approve or enforce. * stands for any"
              + " text.")
  private @Nullable List<String> inScope;

  @Option(
      names = "--protected",
      paramLabel = "NAMESPACE",
      split = ",",
      description =
          "Namespaces that Cattleguard never touches, in addition to those of the shipped policy.")
  private @Nullable List<String> spared;

  @Option(
      names = "--slack",
      paramLabel = "CHANNEL",
      description =
          "Slack channel of the security team, such as #security. Default: routes.yaml reads it"
              + " from the variable CATTLEGUARD_SLACK_CHANNEL.")
  private @Nullable String slack;

  @Option(
      names = "--siem",
      paramLabel = "SIEM",
      description =
          "Where all alerts are stored: splunk, elasticsearch, s3, webhook or none. Default: none.")
  private @Nullable String siem;

  @Option(
      names = "--pager",
      paramLabel = "PAGER",
      description = "Pager for the people on call: pagerduty or none. Default: none.")
  private @Nullable String pager;

  /** Creates the command with the streams for questions and output. */
  public InitCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    requireEmpty();
    Answers answers = answers();
    Map<String, String> shipped = shipped();
    Map<String, Boolean> onPods = PodPlaybooks.of(surroundings.defaultPolicy(), shipped.keySet());
    Map<String, String> files =
        new OwnPolicy(
                answers,
                onPods.entrySet().stream()
                    .filter(Map.Entry::getValue)
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet()))
            .files(shipped);
    write(files);
    Policy.read(directory);
    print(answers, files.size(), onPods.values());
    return ExitCode.SUCCESS;
  }

  private void requireEmpty() {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> there = Files.list(directory)) {
      if (there.findAny().isPresent()) {
        throw new UsageError(
            directory + " is not empty; name a new directory, so that no file is overwritten");
      }
    } catch (IOException e) {
      throw new UsageError(directory + " is not a readable directory");
    }
  }

  /** The options; in a terminal, questions ask for the missing ones. */
  private Answers answers() {
    Optional<Questions> asked =
        surroundings.columns().isPresent()
            ? Optional.of(new Questions(surroundings))
            : Optional.empty();
    Mode chosen =
        given(
            mode,
            asked,
            "What may playbooks do: observe, approve or enforce",
            "observe",
            one -> named(Mode.class, "--mode", one));
    List<String> scope = List.of();
    if (chosen != Mode.OBSERVE) {
      scope =
          given(
              inScope == null ? null : String.join(",", inScope),
              asked,
              "In which namespaces (comma-separated; * matches any text)",
              "",
              one -> scope(chosen, names("--in-scope", one, SCOPE), protectedNamespaces()));
    } else if (inScope != null) {
      throw new UsageError(
          "--in-scope needs --mode approve or --mode enforce; observing changes nothing anywhere");
    }
    List<String> named = scope;
    List<String> never =
        given(
            spared == null ? null : String.join(",", spared),
            asked,
            "Which other namespaces must Cattleguard never touch",
            "",
            one -> spared(named, names("--protected", one, NAMESPACE)));
    Optional<String> channel =
        given(
            slack,
            asked,
            "Slack channel of the security team, such as #security",
            "",
            InitCommand::channel);
    Siem store =
        given(
            siem,
            asked,
            "Where all alerts are stored: splunk, elasticsearch, s3, webhook or none",
            "none",
            one -> named(Siem.class, "--siem", one));
    Pager waking =
        given(
            pager,
            asked,
            "Pager for the people on call: pagerduty or none",
            "none",
            one -> named(Pager.class, "--pager", one));
    return new Answers(chosen, scope, never, channel, store, waking);
  }

  private static <T> T given(
      @Nullable String option,
      Optional<Questions> asked,
      String question,
      String otherwise,
      Function<String, T> read) {
    if (option != null) {
      return read.apply(option);
    }
    return asked.isPresent() ? asked.get().ask(question, otherwise, read) : read.apply(otherwise);
  }

  private static <E extends Enum<E>> E named(Class<E> type, String option, String name) {
    return Arrays.stream(type.getEnumConstants())
        .filter(one -> one.name().equals(name.toUpperCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new UsageError(
                    option
                        + ": use one of "
                        + Arrays.stream(type.getEnumConstants())
                            .map(one -> one.name().toLowerCase(Locale.ROOT))
                            .collect(Collectors.joining(", "))
                        + ", not: "
                        + name));
  }

  private static List<String> names(String option, String text, Pattern allowed) {
    List<String> names =
        Arrays.stream(text.split("[,\\s]+", -1)).filter(one -> !one.isEmpty()).distinct().toList();
    for (String name : names) {
      if (!allowed.matcher(name).matches()) {
        throw new UsageError(option + ": not the name of a namespace: " + name);
      }
    }
    return names;
  }

  /** Those in which no playbook acts, whatever its mode. */
  private Set<String> protectedNamespaces() {
    Set<String> names = new HashSet<>(KubernetesScope.ALWAYS_PROTECTED);
    names.addAll(Limits.read(new PolicyFiles(surroundings.defaultPolicy())).protectedNamespaces());
    return names;
  }

  private static List<String> scope(Mode mode, List<String> names, Set<String> untouched) {
    for (String name : names) {
      if (untouched.contains(name)) {
        throw new UsageError(
            "--in-scope: " + name + " is protected, so no playbook acts there; leave it out");
      }
    }
    if (names.isEmpty()) {
      throw new UsageError(
          "--mode "
              + mode.jsonName()
              + " needs --in-scope, the namespaces in which playbooks may act; '*' means all");
    }
    return names;
  }

  private static List<String> spared(List<String> inScope, List<String> names) {
    for (String name : names) {
      if (inScope.contains(name)) {
        throw new UsageError(
            "--protected: " + name + " is also in --in-scope; remove it from one of them");
      }
    }
    return names;
  }

  private static Optional<String> channel(String name) {
    if (name.isEmpty()) {
      return Optional.empty();
    }
    if (!CHANNEL.matcher(name).matches()) {
      throw new UsageError(
          "--slack: expected a channel such as '#security', or its ID, found: " + name);
    }
    return Optional.of(name);
  }

  private Map<String, String> shipped() {
    Path policy = surroundings.defaultPolicy();
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> found = Files.walk(policy)) {
      for (Path file : found.filter(one -> one.toString().endsWith(".yaml")).toList()) {
        String path = policy.relativize(file).toString().replace('\\', '/');
        files.put(path, Files.readString(file));
      }
    } catch (IOException e) {
      throw new UsageError(policy + " cannot be read: " + e.getMessage());
    }
    return files;
  }

  private void write(Map<String, String> files) {
    try {
      for (Map.Entry<String, String> file : files.entrySet()) {
        Path path = directory.resolve(file.getKey());
        Files.createDirectories(path.toAbsolutePath().getParent());
        Files.writeString(path, file.getValue());
      }
    } catch (IOException e) {
      throw new UsageError(directory + " cannot be written: " + e.getMessage());
    }
  }

  private void print(Answers answers, int files, Collection<Boolean> onPods) {
    Screen screen = surroundings.screen();
    screen.line(Style.GOOD, "Wrote " + files + " files to " + directory + ".");
    screen.line(
        answers.mode() == Mode.OBSERVE
            ? "All playbooks observe: they say what they would do, and change nothing."
            : modes(answers, onPods.stream().filter(one -> one).count(), onPods.size()));
    List<String> variables = new ArrayList<>();
    variables.add("CATTLEGUARD_SLACK_TOKEN");
    if (answers.slack().isEmpty()) {
      variables.add("CATTLEGUARD_SLACK_CHANNEL");
    }
    variables.add("CATTLEGUARD_DEVELOPERS_WEBHOOK");
    variables.addAll(answers.siem().variables());
    variables.addAll(answers.pager().variables());
    screen.line("Variables that the destinations read: " + String.join(", ", variables));
    screen.blank();
    screen.line(Style.STRONG, "Next");
    String policy = " --policy " + DeploymentChoice.quoted(directory.toString());
    String program = surroundings.program();
    screen.commands(
        List.of(
            Map.entry("check every file", program + " check" + policy),
            Map.entry("run the tests of its rules", program + " test" + policy),
            Map.entry(
                "see what it would have done with your alerts",
                program + " replay" + policy + " FILE"),
            Map.entry("send a test message", program + " notify test security-channel" + policy),
            Map.entry("run it", program + " up" + policy)));
    screen.flush();
  }

  private static String modes(Answers answers, long pods, long all) {
    boolean everywhere = answers.inScope().contains("*");
    return pods
        + (pods == 1 ? " playbook" : " playbooks")
        + " on pods "
        + (answers.mode() == Mode.APPROVE
            ? (pods == 1 ? "asks for approval" : "ask for approval")
            : (pods == 1 ? "enforces" : "enforce"))
        + (everywhere
            ? " in every namespace. "
            : " in " + String.join(", ", answers.inScope()) + ", and observe everywhere else. ")
        + (all - pods)
        + " on nodes and AWS objects observe: set their mode by clusters or accounts.";
  }
}
