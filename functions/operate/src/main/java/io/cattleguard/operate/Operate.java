package io.cattleguard.operate;

import io.cattleguard.edge.operators.Operators;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.operator.AnswerAddress;
import io.cattleguard.events.operator.CommandButton;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorCommand.Verb;
import io.cattleguard.events.operator.Question;
import io.cattleguard.events.operator.QuestionButton;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Decides which command a request from Slack gives. Responders ask the policy again before they
 * act; asking here gives the user an immediate answer.
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

  /** The details of a command. */
  private record Given(String why, Instant at, Optional<URI> answerTo, Optional<String> id) {}

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

  /**
   * Decides about a message over the WebSocket of Socket Mode, which only Slack can send.
   *
   * @param receivedAt when it came
   */
  public Decision decide(SocketMessage.Request request, Instant receivedAt) {
    try {
      return switch (request.type()) {
        case "interactive" -> {
          Optional<Press> press = Press.read(request.payload());
          yield press.isPresent() ? pressed(press.get(), receivedAt) : new Decision.Acknowledged();
        }
        case "slash_commands" ->
            typed(Form.of(request.payload()), receivedAt, Optional.of(request.key()));
        default -> new Decision.Acknowledged();
      };
    } catch (ContractViolation e) {
      return new Decision.Rejected(400, "unreadable", String.valueOf(e.getMessage()));
    }
  }

  private Decision genuine(SlackRequest request) {
    Instant signedAt = Signing.signedAt(request);
    try {
      Form form = Form.read(request.body());
      if (form.field("payload").isPresent()) {
        Optional<Press> press = Press.read(SlackJson.object("payload", form.text("payload")));
        return press.isPresent() ? pressed(press.get(), signedAt) : new Decision.Acknowledged();
      }
      if (form.field("command").isPresent()) {
        return typed(form, signedAt, Optional.empty());
      }
      return new Decision.Rejected(400, "unreadable", "neither a button nor a slash command");
    } catch (ContractViolation e) {
      return new Decision.Rejected(400, "unreadable", String.valueOf(e.getMessage()));
    }
  }

  private Decision pressed(Press press, Instant sentAt) {
    Optional<URI> answerTo = press.answerTo();
    boolean late = Duration.between(press.at(), sentAt).abs().compareTo(Signing.WINDOW) > 0;
    Optional<CommandButton> button =
        press.actionId().startsWith(OURS) ? read(press) : Optional.empty();
    if (late) {
      return new Decision.Rejected(
          401,
          "late",
          "Slack sent an old press again",
          button.flatMap(
              one ->
                  report(
                      press.person(),
                      one,
                      given(press, one),
                      "it was pressed more than "
                          + Signing.WINDOW.toMinutes()
                          + " min before it came: a recorded press was sent again, or a clock is"
                          + " wrong")),
          answerTo.map(address -> new Decision.Told(Words.late(button), address)));
    }
    Optional<QuestionButton> question =
        press.actionId().startsWith(QuestionButton.ACTION_ID)
            ? QuestionButton.read(press.value())
            : Optional.empty();
    if (question.isPresent()) {
      return asked(press.person(), question.get().question(), press.at(), answerTo, true);
    }
    return button.isPresent()
        ? command(press.person(), button.get(), given(press, button.get()))
        : answered(Words.NOT_OURS, answerTo);
  }

  private static Optional<CommandButton> read(Press press) {
    try {
      return Optional.of(CommandButton.read(press.value()));
    } catch (ContractViolation e) {
      return Optional.empty();
    }
  }

  private static Given given(Press press, CommandButton button) {
    return new Given(
        press.reason().orElseGet(() -> Words.ofButton(button.command())),
        press.at(),
        press.answerTo(),
        Optional.empty());
  }

  /**
   * Slack gives a slash command no time of its own, so its signature's time is taken, or the time
   * at which it arrived.
   *
   * @param key of what the user did, if it can come again at another time
   */
  private Decision typed(Form form, Instant at, Optional<String> key) {
    Person person =
        new Person(
            form.text("user_id"),
            form.field("user_name"),
            form.field("team_id").or(() -> form.field("enterprise_id")).stream()
                .collect(Collectors.toSet()));
    String text = form.text("text");
    try {
      Optional<Question> question = TypedQuestion.read(TypedCommand.unescaped(text));
      if (question.isPresent()) {
        return asked(
            person, question.get(), at, AnswerAddress.read(form.text("response_url")), false);
      }
      Optional<TypedCommand> typed = TypedCommand.read(text, TypedQuestion.WORDS);
      return typed.isPresent()
          ? command(
              person,
              typed.get().button(),
              new Given(
                  typed.get().reason(),
                  at,
                  Optional.empty(),
                  key.map(one -> Fingerprint.hash("slack\n" + person.userId() + "\n" + one))))
          : answered(TypedQuestion.HELP + TypedCommand.HELP, Optional.empty());
    } catch (TypedCommand.Mistake e) {
      return answered(Words.mistake(String.valueOf(e.getMessage())), Optional.empty());
    }
  }

  private boolean isForeign(Person person) {
    return !teams.isEmpty() && (person.teams().isEmpty() || !teams.containsAll(person.teams()));
  }

  private Decision asked(
      Person person, Question question, Instant at, Optional<URI> answerTo, boolean pressed) {
    boolean foreign = isForeign(person);
    if (foreign || !operators.allowAnything(person.identity())) {
      return new Decision.Answered(
          foreign ? Words.foreign() : Words.mayNotAsk(person),
          pressed ? answerTo : Optional.empty(),
          Optional.of(
              new Decision.Refused(
                  person.identity(),
                  question.kind().jsonName(),
                  true,
                  foreign ? "another workspace" : "may not give commands",
                  Optional.empty())));
    }
    return new Decision.Asked(question, person.who(), at, answerTo, pressed);
  }

  private Decision command(Person person, CommandButton button, Given given) {
    Verb verb = button.command();
    Optional<URI> answerTo = given.answerTo();
    if (isForeign(person)) {
      return new Decision.Answered(
          Words.foreign(),
          answerTo,
          refused(
              person,
              button,
              given,
              "another workspace",
              "its workspace is not one of those that command this Cattleguard"));
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
          refused(person, button, given, objection.get(), objection.get()));
    }
    OperatorCommand command;
    try {
      command = given(person, button, given);
    } catch (ContractViolation e) {
      return answered(Words.NOT_OURS, answerTo);
    }
    return new Decision.Commanded(command, Words.onItsWay(command), answerTo);
  }

  private static OperatorCommand given(Person person, CommandButton button, Given given) {
    OperatorCommand command =
        button.pressed(person.who(), HostileText.visible(given.why(), REASON), given.at());
    return named(given.id().map(command::identified).orElse(command));
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

  private static Optional<Decision.Refused> refused(
      Person person, CommandButton button, Given given, String reason, String told) {
    return Optional.of(
        new Decision.Refused(
            person.identity(),
            button.command().jsonName(),
            false,
            reason,
            report(person, button, given, told)));
  }

  /** Empty for a button whose command cannot be read. */
  private static Optional<Report> report(
      Person person, CommandButton button, Given given, String reason) {
    try {
      return Optional.of(new Report(given(person, button, given), reason));
    } catch (ContractViolation e) {
      return Optional.empty();
    }
  }

  /** The answer to a user whose question was published, or was not. */
  public static String asked(Decision.Asked asked, boolean published) {
    return published ? Words.ASKED : Words.notAsked(asked.question());
  }

  private static Decision answered(String text, Optional<URI> answerTo) {
    return new Decision.Answered(text, answerTo, Optional.empty());
  }

  /** The answer to a user whose command could not be published. */
  public static String notPublished(Decision.Commanded commanded) {
    return Words.notPublished(commanded.command(), commanded.answerTo().isPresent());
  }
}
