package io.cattleguard.app.drill;

import io.cattleguard.app.incidents.DeploymentOptions;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.HostileText;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Imitates an intruder without doing harm, and shows how a deployment reacts. */
@Command(
    name = "drill",
    sortOptions = false,
    description = {
      "Imitate an intruder without doing harm, in a separate namespace, and show the result of each"
          + " step: which sensor saw it, how fast, its score, who was notified, the response, and"
          + " what no sensor saw.",
      "A drill takes the same road as an intrusion: people are notified, and a playbook in enforce"
          + " mode contains the drill's pods.",
      "It cleans up after itself, also when interrupted. docs/drill.md describes each step.",
      ""
    })
@SuppressWarnings("NullAway.Init") // picocli sets every field that has a default
public final class DrillCommand implements Callable<Integer> {
  /** The letters of generated names: no vowels, so that they form no words. */
  private static final String LETTERS = "bcdfghjklmnpqrstvwxz";

  private final Surroundings surroundings;

  @Mixin private final DrillOptions options = new DrillOptions();

  @Option(names = "--yes", description = "Do not ask. Needed without a terminal.")
  private boolean yes;

  @Option(
      names = "--page",
      description = "Allow a drill that pages people, if the policy's routes send it to a pager.")
  private boolean page;

  @Option(names = "--json", description = "Print one JSON object instead of the card.")
  private boolean json;

  @Option(names = "--markdown", description = "Print the card as Markdown.")
  private boolean markdown;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Mixin private final DeploymentOptions deployment = new DeploymentOptions();

  /** Creates the command with the streams to print to. */
  public DrillCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    if (json && markdown) {
      throw new UsageError("--json and --markdown: choose one");
    }
    Policy read = Policy.read(policy.directory(surroundings));
    options.validate(read.playbooks().limits());
    DrillForecast forecast = new DrillForecast(read);
    InstantSource clock = InstantSource.system();
    List<DrillStep> steps = options.steps();
    Duration patience = options.patience();
    String run = run();
    Optional<DrillCluster> cluster = options.connect(run, patience);
    String name = options.clusterName(cluster);
    Drill drill =
        new Drill(
            new Drill.Parts(
                run,
                name,
                options.namespace(),
                options.image(),
                steps,
                cluster,
                options.input(deployment.deployment(), name, clock),
                deployment.incidents(),
                forecast,
                patience,
                clock,
                DrillCommand::sleep,
                this::say));
    try {
      new DrillConfirmation(options, forecast, surroundings, yes, page, this::say)
          .ask(run, name, clock.instant());
      DrillInterruption interruption = new DrillInterruption(drill, this::say);
      interruption.expect();
      try {
        DrillCard card = drill.run();
        // The person who interrupts it reads first what was removed.
        interruption.awaitRemoval();
        print(card);
        return card.isPassed() ? ExitCode.SUCCESS : ExitCode.FAILURE;
      } finally {
        drill.close();
        interruption.forget();
      }
    } catch (Unavailable e) {
      say(String.valueOf(e.getMessage()) + deployment.hint());
      return ExitCode.FAILURE;
    } finally {
      cluster.ifPresent(DrillCluster::close);
    }
  }

  private static String run() {
    SecureRandom random = new SecureRandom();
    return random
        .ints(6, 0, LETTERS.length())
        .mapToObj(at -> String.valueOf(LETTERS.charAt(at)))
        .collect(Collectors.joining());
  }

  private void print(DrillCard card) {
    if (json) {
      JsonLines.print(card.toJson(), surroundings.out());
    } else if (markdown) {
      new DrillCardText(card).printMarkdown(surroundings.out());
    } else {
      new DrillCardText(card).print(surroundings.screen());
    }
    surroundings.out().flush();
  }

  private void say(String sentence) {
    surroundings.err().println("cattleguard: " + HostileText.visible(sentence, 1_000));
  }

  private static void sleep(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("interrupted", e);
    }
  }
}
