package io.cattleguard.route.slack.message;

import io.cattleguard.events.Alert;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.route.slack.message.SlackMessage.At;
import io.cattleguard.route.slack.message.SlackMessage.Code;
import io.cattleguard.route.slack.message.SlackMessage.Field;
import io.cattleguard.route.slack.message.SlackMessage.Fields;
import io.cattleguard.route.slack.message.SlackMessage.Footnote;
import io.cattleguard.route.slack.message.SlackMessage.Heading;
import io.cattleguard.route.slack.message.SlackMessage.Lines;
import io.cattleguard.route.slack.message.SlackMessage.Part;
import io.cattleguard.route.slack.message.SlackMessage.Words;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What a message says of a response: what was done, or why nothing was done. */
final class OutcomeMessage {
  private OutcomeMessage() {}

  /** The reply in an alert's thread: what was done, or why nothing was done. */
  static SlackMessage reply(ResponseDecided decided) {
    String heading =
        word(decided) + " · " + SlackText.bounded(decided.action(), SlackMessage.HEADING - 60);
    List<Part> parts = new ArrayList<>();
    parts.add(new Heading(heading));
    List<Field> fields = new ArrayList<>();
    SlackMessage.add(fields, "Target", decided.target());
    SlackMessage.add(fields, "Playbook", decided.playbook());
    Instant leaseUntil = decided.leaseUntil();
    if (leaseUntil != null) {
      fields.add(new Field("Undone automatically at", new At(leaseUntil)));
    }
    ResponseDecided.Approval question = decided.approval();
    if (question != null) {
      String by = question.by();
      if (by == null) {
        fields.add(new Field("Expires at", new At(question.until())));
      } else {
        SlackMessage.add(fields, "Decided by", by + ": " + question.why());
      }
      SlackMessage.add(fields, "Then", question.by() == null ? byDefault(question) : null);
      SlackMessage.add(fields, "Incident", decided.scored().incidentId());
    }
    parts.add(new Fields(fields));
    parts.add(
        new Lines(
            "What happened",
            SlackMessage.bounded(List.of(decided.explanation()), SlackMessage.LONG / 2)));
    if (question != null
        && question.by() == null
        && decided.outcome() == ResponseOutcome.AWAITING_APPROVAL) {
      parts.add(new Lines("Why", because(decided.scored())));
      parts.addAll(commands(question));
    }
    if (!decided.objections().isEmpty()) {
      parts.add(
          new Lines("Objections", SlackMessage.bounded(decided.objections(), SlackMessage.LONG)));
    }
    parts.add(new Footnote(List.of(new Words("decided "), new At(decided.decidedAt()))));
    return new SlackMessage(
        heading + " · " + SlackText.bounded(decided.target(), SlackMessage.LINE), parts);
  }

  /** Alert and outcome in one message, for channels without threads. */
  static SlackMessage withItsAlert(ResponseDecided decided) {
    SlackMessage outcome = reply(decided);
    SlackMessage alert = AlertMessage.of(decided.scored());
    List<Part> parts = new ArrayList<>(outcome.parts());
    // Omit the reasons: both at full length would be too long, and the alert had its own message.
    alert.parts().stream().filter(part -> !(part instanceof Lines)).forEach(parts::add);
    return new SlackMessage(outcome.summary(), parts);
  }

  private static String byDefault(ResponseDecided.Approval question) {
    return question.actsByDefault() ? "the action is taken" : "no action is taken";
  }

  /** The alert in short: people decide from it. */
  private static List<String> because(ScoredAlert scored) {
    Alert alert = scored.alert();
    List<String> lines = new ArrayList<>();
    lines.add(
        AlertMessage.severity(alert)
            + ", score "
            + scored.score()
            + " of 100: "
            + AlertMessage.title(alert));
    String commandLine = alert.process().commandLine();
    if (commandLine != null) {
      lines.add("command line: " + commandLine);
    }
    return SlackMessage.bounded(lines, SlackMessage.LONG / 2);
  }

  /** What to type. An id with another character than an id has could be a command of its own. */
  private static List<Part> commands(ResponseDecided.Approval question) {
    String id = question.id();
    return SlackMessage.QUESTION_ID.matcher(id).matches()
        ? List.of(
            new Code("To approve", "./cattleguard approve " + id + " --reason 'why'"),
            new Code("To reject", "./cattleguard reject " + id + " --reason 'why'"))
        : List.of();
  }

  private static String word(ResponseDecided decided) {
    return switch (decided.outcome()) {
      case TAKEN -> "Action taken and verified";
      case REQUESTED -> "Action requested, effect NOT confirmed";
      case OBSERVED -> "Observed only: no action taken";
      case REFUSED -> "Action refused";
      case AWAITING_APPROVAL -> "Waiting for approval";
      case FAILED -> "Action FAILED";
      case RELEASED -> "Action ended";
      case EXTENDED -> "Lease extended";
    };
  }
}
