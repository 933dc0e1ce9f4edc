package io.cattleguard.app.check;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.deduplicate.Suppression;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.reviewed.ModelFiles;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.secrets.NamedSecrets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * Checks whether a policy is valid, and warns of suppressions without effect and of destinations of
 * which only a part is set.
 */
@Command(
    name = "check",
    description = {
      "Check a policy and print every error with its file and line, also values that can never"
          + " match.",
      "It also names the missing settings of destinations that are configured only in part. It"
          + " reads no secret."
    })
public final class CheckCommand implements Callable<Integer> {
  /** Suppressions that hide for longer are forgotten; an attack may look like them by then. */
  private static final Duration LONGEST = Duration.ofDays(366);

  private final Surroundings surroundings;
  private final Secrets secrets;

  @Mixin private final PolicyOption policy = new PolicyOption();

  public CheckCommand(Surroundings surroundings) {
    this(
        surroundings,
        new NamedSecrets(new Env()::optional, Clock.systemUTC(), surroundings.err()::println));
  }

  CheckCommand(Surroundings surroundings, Secrets secrets) {
    this.surroundings = surroundings;
    this.secrets = secrets;
  }

  @Override
  public Integer call() {
    Path directory = policy.directory(surroundings);
    Policy checked = Policy.read(directory);
    Findings found = NeverMatching.in(directory, checked);
    Screen screen = surroundings.screen();
    found.warnings().forEach(one -> screen.line(Style.WARN, "warning: " + one));
    if (!found.errors().isEmpty()) {
      throw new PolicyException(found.errors());
    }
    Instant now = Clock.systemUTC().instant();
    for (Suppression suppression : checked.suppressions().all()) {
      suppression
          .idle(now)
          .ifPresent(
              why ->
                  screen.line(
                      Style.WARN,
                      "warning: suppression '"
                          + suppression.name()
                          + "' "
                          + why
                          + " and has no effect; remove it, or ask "
                          + suppression.owner()
                          + " to renew it"));
    }
    for (Suppression suppression : checked.suppressions().all()) {
      if (suppression.expires().isAfter(now.plus(LONGEST))) {
        screen.line(
            Style.WARN,
            "warning: suppression '"
                + suppression.name()
                + "' hides until "
                + suppression.expires()
                + ", more than a year from now; set an earlier day, on which "
                + suppression.owner()
                + " looks at it again");
      }
    }
    for (DestinationSettings destination : checked.routes().destinations()) {
      if (destination.notConfigured(secrets).orElse(null) instanceof Outcome.Blocked incomplete) {
        screen.line(
            Style.WARN,
            "warning: destination '"
                + destination.name()
                + "' is "
                + incomplete.reason()
                + ", so its messages wait");
      }
    }
    int models = ModelFiles.read(directory.resolve(ModelFiles.FOLDER)).size();
    int tests = PolicyTests.run(directory, checked).size();
    screen.line(
        Style.GOOD,
        directory
            + " is valid: "
            + count(checked.suppressions().all().size(), "suppression")
            + ", "
            + count(checked.routes().routes().size(), "route")
            + " to "
            + count(checked.routes().destinations().size(), "destination")
            + ", "
            + count(checked.playbooks().all().size(), "playbook")
            + " ("
            + playbooks(checked, Mode.ENFORCE)
            + " enforcing, "
            + playbooks(checked, Mode.APPROVE)
            + " asking for approval), "
            + count(checked.detections().names().size(), "detection")
            + ", "
            + count(checked.detections().parsers().size(), "mapped source")
            + ", "
            + count(models, "model")
            + ", "
            + count(tests, "test")
            + ".");
    return ExitCode.SUCCESS;
  }

  private static long playbooks(Policy policy, Mode mode) {
    return policy.playbooks().all().stream().filter(playbook -> playbook.mode() == mode).count();
  }

  private static String count(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }
}
