package io.cattleguard.app.notify;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.route.Attempt;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.Dispatcher;
import io.cattleguard.route.InMemoryConversations;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.secrets.NamedSecrets;
import java.time.Clock;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Sends one marked message to a destination, and says what the service answered. */
@Command(
    name = "test",
    description = {
      "Send a marked test message to one destination of routes.yaml, with its real settings.",
      "A pager is paged, and the page is resolved at once. The secrets come from the environment:"
          + " NAME, NAME_FILE or NAME_SECRET_ARN."
    })
@SuppressWarnings("NullAway.Init") // picocli sets every field
final class NotifyTestCommand implements Callable<Integer> {
  private final Surroundings surroundings;
  private final Secrets secrets;
  private final InstantSource clock;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Parameters(paramLabel = "DESTINATION", description = "Its name in routes.yaml.")
  private String destination;

  NotifyTestCommand(Surroundings surroundings) {
    this(
        surroundings,
        new NamedSecrets(new Env()::optional, Clock.systemUTC(), surroundings.err()::println),
        Clock.systemUTC());
  }

  NotifyTestCommand(Surroundings surroundings, Secrets secrets, InstantSource clock) {
    this.surroundings = surroundings;
    this.secrets = secrets;
    this.clock = clock;
  }

  @Override
  public Integer call() {
    List<DestinationSettings> all =
        Policy.read(policy.directory(surroundings)).routes().destinations();
    DestinationSettings settings =
        all.stream()
            .filter(one -> one.name().equals(destination))
            .findFirst()
            .orElseThrow(
                () ->
                    new UsageError(
                        "routes.yaml has no destination '"
                            + destination
                            + "'; it has: "
                            + all.stream()
                                .map(DestinationSettings::name)
                                .collect(Collectors.joining(", "))));
    InMemoryConversations conversations = new InMemoryConversations();
    List<Attempt> attempts =
        new Dispatcher(Map.of(destination, settings.open(secrets, conversations)), conversations)
            .dispatch(TestMessage.to(settings, clock.instant()), clock.instant())
            .attempts();
    Screen screen = surroundings.screen();
    boolean delivered = true;
    for (Attempt attempt : attempts) {
      boolean ok = attempt.outcome() instanceof Outcome.Delivered;
      delivered &= ok;
      screen.line(
          ok ? Style.GOOD : Style.ALARM,
          settings.name() + " (" + settings.type() + "): " + inWords(attempt.outcome()));
      if (!ok) {
        break;
      }
    }
    if (delivered) {
      screen.line(
          Style.PLAIN,
          "Look there for: "
              + TestMessage.TITLE
              + (settings.isPager() ? " (paged, and resolved)" : ""));
    }
    return delivered ? ExitCode.SUCCESS : ExitCode.FAILURE;
  }

  private static String inWords(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Delivered ignored -> "delivered; the service accepted it";
      case Outcome.TryAgain again ->
          "not delivered: "
              + again.reason()
              + ". The service is busy or cannot be reached: check the address and the network, or"
              + " try again in "
              + Math.max(1, again.after().toSeconds())
              + " s";
      case Outcome.Rejected rejected ->
          "not delivered: "
              + rejected.reason()
              + ". The service rejected this message: check the settings of the destination";
      case Outcome.Blocked blocked -> "not delivered: " + blocked.reason();
      case Outcome.NotConfigured not -> "not delivered: " + not.reason();
      case Outcome.Skipped skipped -> "nothing sent: " + skipped.reason();
    };
  }
}
