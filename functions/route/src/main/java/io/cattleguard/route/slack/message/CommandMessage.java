package io.cattleguard.route.slack.message;

import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.route.brief.Brief;
import io.cattleguard.route.slack.message.SlackMessage.At;
import io.cattleguard.route.slack.message.SlackMessage.Buttons;
import io.cattleguard.route.slack.message.SlackMessage.Code;
import io.cattleguard.route.slack.message.SlackMessage.Field;
import io.cattleguard.route.slack.message.SlackMessage.Fields;
import io.cattleguard.route.slack.message.SlackMessage.Footnote;
import io.cattleguard.route.slack.message.SlackMessage.Heading;
import io.cattleguard.route.slack.message.SlackMessage.Lines;
import io.cattleguard.route.slack.message.SlackMessage.Part;
import io.cattleguard.route.slack.message.SlackMessage.ReasonInput;
import io.cattleguard.route.slack.message.SlackMessage.Words;
import java.util.ArrayList;
import java.util.List;

/** What a message says of a command that a person gave for the whole deployment. */
final class CommandMessage {
  private CommandMessage() {}

  /** What a person commanded for the whole deployment. */
  static SlackMessage of(OperatorCommand command, SlackView view) {
    boolean stops = command.command() == OperatorCommand.Verb.STOP && command.applied();
    String heading = Brief.heading(command);
    List<Field> fields = new ArrayList<>();
    SlackMessage.add(fields, "By", command.who().inWords());
    SlackMessage.add(fields, "Reason", command.why());
    command.about().containment().ifPresent(id -> SlackMessage.add(fields, "About", id));
    if (command.concernsResponders()) {
      command.about().until().ifPresent(until -> fields.add(new Field("Until", new At(until))));
      command.about().silence().ifPresent(id -> SlackMessage.add(fields, "Silence", id));
    }
    List<Part> parts = new ArrayList<>();
    parts.add(new Heading(heading));
    parts.add(new Fields(fields));
    command.ignored().ifPresent(why -> parts.add(new Lines("Nothing was changed", List.of(why))));
    if (stops) {
      parts.add(
          new Lines(
              "Effect",
              List.of(
                  "No action is taken and nothing is released. Alerts are still scored, and people"
                      + " are still notified.")));
      parts.add(new Code("To turn it off", "./cattleguard resume --reason 'why'"));
    }
    if (command.concernsResponders()) {
      parts.addAll(ofResponders(command));
    }
    parts.add(new Footnote(List.of(new Words("given "), new At(command.observedAt()))));
    if (command.concernsResponders() && view.buttons()) {
      IncidentButtons.unsilence(command)
          .ifPresent(
              button -> {
                parts.add(new ReasonInput("Reason (for the button below)"));
                parts.add(new Buttons(List.of(button)));
              });
    }
    if (stops && view.buttons()) {
      parts.add(new ReasonInput("Reason (for the button below)"));
      parts.add(new Buttons(List.of(IncidentButtons.resume(command.cluster()))));
    }
    return new SlackMessage(
        heading + " · " + SlackText.bounded(command.who().inWords(), SlackMessage.NAME), parts);
  }

  /** What a silence that hides alerts from responders covers, and how to end it. */
  private static List<Part> ofResponders(OperatorCommand command) {
    List<Part> parts = new ArrayList<>();
    OperatorCommand.About about = command.about();
    about
        .covers()
        .ifPresent(
            words ->
                parts.add(
                    new Lines("Covers", List.of(SlackText.bounded(words, SlackMessage.LINE)))));
    about
        .match()
        .ifPresent(
            match -> parts.add(new Code("Pattern", SlackText.bounded(match, SlackMessage.LONG))));
    parts.add(new Lines("Effect", List.of(Brief.effect(command))));
    if (command.command() == OperatorCommand.Verb.SILENCE) {
      about
          .silence()
          .filter(id -> SlackMessage.QUESTION_ID.matcher(id).matches())
          .ifPresent(
              id ->
                  parts.add(
                      new Code("To end it", "./cattleguard unsilence " + id + " --reason 'why'")));
    }
    return parts;
  }
}
