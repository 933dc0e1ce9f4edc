package io.cattleguard.operate;

import io.cattleguard.edge.operators.Operators;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.operator.CommandButton;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorCommand.Verb;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Decides what a request from Slack commands. Responders ask the policy again before they act;
 * asking here tells a user at once who may.
 */
public final class Operate {
  private static final String OURS = "cattleguard.";
  private static final int SILENCE_ID = 8;
  private static final int REASON = 300;

  private final Operators operators;
  private final Set<String> teams;

  /**
   * Takes the policy.
   *
   * @param teams the workspaces or organisations from which commands are taken; empty for every one
   *     in which the app is installed
   */
  public Operate(Operators operators, Set<String> teams) {
    this.operators = operators;
    this.teams = Set.copyOf(teams);
  }

  /**
   * Decides.
   *
   * @param secret the app's signing secret
   */
  public Decision decide(SlackRequest request, String secret, Instant now) {
    return switch (Signing.check(request, secret, now)) {
      case UNSIGNED -> new Decision.Rejected(401, "unsigned", "no signature of Slack");
      case FORGED -> new Decision.Rejected(401, "forged", "the signature is not Slack's");
      case LATE ->
          new Decision.Rejected(
              401, "late", "signed more than " + Signing.WINDOW.toMinutes() + " min ago");
      case GENUINE -> genuine(request);
    };
  }

  private Decision genuine(SlackRequest request) {
    Instant signedAt = Signing.signedAt(request);
    try {
      Form form = Form.read(request.body());
      if (form.field("payload").isPresent()) {
        Optional<Press> press = Press.read(form.text("payload"));
        return press.isPresent() ? pressed(press.get(), signedAt) : new Decision.Acknowledged();
      }
      if (form.field("command").isPresent()) {
        return typed(form, signedAt);
      }
      return new Decision.Rejected(400, "unreadable", "neither a button nor a slash command");
    } catch (ContractViolation e) {
      return new Decision.Rejected(400, "unreadable", String.valueOf(e.getMessage()));
    }
  }

  private Decision pressed(Press press, Instant signedAt) {
    if (Duration.between(press.at(), signedAt).abs().compareTo(Signing.WINDOW) > 0) {
      return new Decision.Rejected(401, "late", "Slack signed an old press again");
    }
    Optional<URI> answerTo = press.answerTo();
    if (!press.actionId().startsWith(OURS)) {
      return answered(Words.NOT_OURS, answerTo);
    }
    CommandButton button;
    try {
      button = CommandButton.read(press.value());
    } catch (ContractViolation e) {
      return answered(Words.NOT_OURS, answerTo);
    }
    String why = press.reason().orElseGet(() -> Words.ofButton(button.command()));
    return command(press.person(), button, why, press.at(), answerTo);
  }

  /** Slack gives a slash command no time of its own, so its signature's time is taken. */
  private Decision typed(Form form, Instant signedAt) {
    Person person =
        new Person(
            form.text("user_id"),
            form.field("user_name"),
            form.field("team_id").or(() -> form.field("enterprise_id")).stream()
                .collect(Collectors.toSet()));
    try {
      Optional<TypedCommand> typed = TypedCommand.read(form.text("text"));
      return typed.isPresent()
          ? command(person, typed.get().button(), typed.get().reason(), signedAt, Optional.empty())
          : answered(TypedCommand.HELP, Optional.empty());
    } catch (TypedCommand.Mistake e) {
      return answered(Words.mistake(String.valueOf(e.getMessage())), Optional.empty());
    }
  }

  private Decision command(
      Person person, CommandButton button, String why, Instant at, Optional<URI> answerTo) {
    Verb verb = button.command();
    if (!teams.isEmpty() && (person.teams().isEmpty() || !teams.containsAll(person.teams()))) {
      return new Decision.Answered(
          Words.foreign(), answerTo, refused(person, verb, "another workspace"));
    }
    boolean responders = button.about().responders();
    Optional<String> objection = operators.objection(verb, responders, person.identity());
    if (objection.isPresent()) {
      Optional<Verb> lacking = operators.lacking(verb, responders, person.identity());
      return new Decision.Answered(
          operators.allow(verb, person.identity()) && lacking.isPresent()
              ? Words.notAllowedAlso(lacking.get(), person, operators)
              : Words.notAllowed(verb, person, operators),
          answerTo,
          refused(person, verb, objection.get()));
    }
    OperatorCommand command;
    try {
      command = named(button.pressed(person.who(), HostileText.visible(why, REASON), at));
    } catch (ContractViolation e) {
      return answered(Words.NOT_OURS, answerTo);
    }
    return new Decision.Commanded(command, Words.onItsWay(command), answerTo);
  }

  /** Each press sets a silence of its own, so that a button works again once its silence ended. */
  private static OperatorCommand named(OperatorCommand command) {
    if (command.command() != Verb.SILENCE) {
      return command;
    }
    OperatorCommand.About about = command.about();
    return new OperatorCommand(
        command.id(),
        command.command(),
        command.who(),
        command.why(),
        command.observedAt(),
        command.cluster(),
        command.incident(),
        OperatorCommand.About.silence(
            command.id().substring(0, SILENCE_ID),
            about.until(),
            about.match(),
            about.responders()),
        command.applied(),
        command.ignored(),
        command.hops());
  }

  private static Optional<Decision.Refused> refused(Person person, Verb verb, String reason) {
    return Optional.of(new Decision.Refused(person.identity(), verb.jsonName(), reason));
  }

  private static Decision answered(String text, Optional<URI> answerTo) {
    return new Decision.Answered(text, answerTo, Optional.empty());
  }

  /** What a user is told if a command could not be published. */
  public static String notPublished(Decision.Commanded commanded) {
    return Words.notPublished(commanded.command(), commanded.answerTo().isPresent());
  }
}
