package io.cattleguard.route.slack.message;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.events.operator.CommandButton;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.QuestionButton;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Told;
import io.cattleguard.route.brief.Brief;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A Slack message as parts, rendered as Block Kit or, for a terminal, by {@link SlackPreview}.
 *
 * <p>Every text in it is visible and bounded; the renderer escapes it. The bounds keep the message
 * below 12,000 characters: Slack documents 3,000 characters per section and 50 blocks, and rejects
 * more than about 13,200 characters in total.
 *
 * @param summary one line, for notifications and screen readers
 * @see <a href="https://docs.slack.dev/reference/block-kit/blocks">Block Kit</a>
 */
public record SlackMessage(String summary, List<Part> parts) {
  static final int NAME = 200;
  static final int LINE = 300;
  static final int LONG = 2_000;
  static final int HEADING = 145;
  static final Pattern QUESTION_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,300}");

  /** A part of a message. */
  public sealed interface Part {}

  /** The headline. */
  public record Heading(String text) implements Part {}

  /** Labels with values. */
  public record Fields(List<Field> fields) implements Part {}

  /** A label with its value. */
  public record Field(String label, Piece value) {}

  /** A text shown verbatim. */
  public record Code(String label, String text) implements Part {}

  /** One or more sentences under a label. */
  public record Lines(String label, List<String> lines) implements Part {}

  /** Lines of pieces under a label; each piece is rendered by its type. */
  public record Facts(String label, List<List<Piece>> lines) implements Part {
    /** Copies the lines. */
    public Facts {
      lines = lines.stream().map(List::copyOf).toList();
    }
  }

  /** Details in small print. */
  public record Footnote(List<Piece> pieces) implements Part {
    /** Copies the pieces. */
    public Footnote {
      pieces = List.copyOf(pieces);
    }
  }

  /** A field in which the person who presses a button may write why. */
  public record ReasonInput(String label) implements Part {}

  /** Buttons in a row. */
  public record Buttons(List<Button> buttons) implements Part {
    /** Copies the buttons. */
    public Buttons {
      buttons = List.copyOf(buttons);
    }
  }

  /**
   * A button.
   *
   * @param actionId the same for all buttons with the same effect
   * @param value as {@link CommandButton#value} or {@link QuestionButton#value} wrote it
   * @param question shown for confirmation before the command is given; empty for a button that
   *     changes nothing
   */
  public record Button(
      String text, String actionId, String value, Style style, Optional<Question> question) {}

  /** The style of a button. */
  public enum Style {
    PLAIN,
    PRIMARY,
    DANGER
  }

  /** The confirmation for a person who pressed a button. */
  public record Question(String title, String text, String yes) {}

  /** A piece of a line. */
  public sealed interface Piece {}

  /** Trusted text. */
  public record Words(String text) implements Piece {}

  /** Trusted text that screen readers read first. */
  public record Strong(String text) implements Piece {}

  /** Text that an event may have brought, shown verbatim. */
  public record Value(String text) implements Piece {}

  /** A time, shown in the reader's time zone. */
  public record At(Instant at) implements Piece {}

  /** A link. Its address is complete and encoded. */
  public record Link(String label, URI address) implements Piece {}

  /** Copies the parts. */
  public SlackMessage {
    parts = List.copyOf(parts);
  }

  /**
   * The message of an incident: its state, its most severe alert, its rules, its kill chain, the
   * responses, and the commands that are possible now. The incident must have an alert.
   */
  public static SlackMessage incident(Told told, SlackView view) {
    return IncidentMessage.of(told, view);
  }

  /** The message of an alert: the problem, its place, its score with the reasons, and its count. */
  public static SlackMessage alert(ScoredAlert scored) {
    return alert(scored, "");
  }

  /** The message of an alert on its own, which says whether it is more severe than before. */
  private static SlackMessage notice(ScoredAlert scored) {
    boolean graver = scored.accepted().acceptance() == Acceptance.ESCALATED;
    return alert(scored, graver ? "Escalated · " : "");
  }

  private static SlackMessage alert(ScoredAlert scored, String before) {
    Alert alert = scored.alert();
    String outcome = alert.traits().contains(Alert.BLOCKED) ? "Blocked · " : "";
    String title =
        SlackText.bounded(title(alert), HEADING - 40 - before.length() - outcome.length());
    String heading =
        before + outcome + severity(alert) + " · score " + scored.score() + " of 100 · " + title;
    List<Part> parts = new ArrayList<>();
    parts.add(new Heading(heading));
    parts.add(new Fields(where(alert)));
    String commandLine = alert.process().commandLine();
    if (commandLine != null) {
      parts.add(new Code("Command line", SlackText.bounded(commandLine, LONG)));
    }
    parts.add(new Lines("Why score " + scored.score(), reasons(scored)));
    AcceptableEntry.of(alert).ifPresent(entry -> parts.add(accepting(List.of(entry))));
    parts.add(new Footnote(counts(scored)));
    return new SlackMessage(heading + place(alert), parts);
  }

  /**
   * The commands to type to accept deviations. Each prints a patch of the model and changes
   * nothing, so pasting it decides nothing.
   */
  static Lines accepting(List<AcceptableEntry> entries) {
    List<String> commands = new ArrayList<>();
    int left = LONG;
    for (AcceptableEntry entry : entries) {
      left -= SlackText.cost(entry.command()) + 2;
      if (left >= 0) {
        commands.add(entry.command()); // a truncated command would be a different one
      }
    }
    return new Lines("To accept it", commands);
  }

  /** The reply in an alert's thread: what was done, or why nothing was done. */
  public static SlackMessage outcome(ResponseDecided decided) {
    String heading = word(decided) + " · " + SlackText.bounded(decided.action(), HEADING - 60);
    List<Part> parts = new ArrayList<>();
    parts.add(new Heading(heading));
    List<Field> fields = new ArrayList<>();
    add(fields, "Target", decided.target());
    add(fields, "Playbook", decided.playbook());
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
        add(fields, "Decided by", by + ": " + question.why());
      }
      add(fields, "Then", question.by() == null ? byDefault(question) : null);
      add(fields, "Incident", decided.scored().incidentId());
    }
    parts.add(new Fields(fields));
    parts.add(new Lines("What happened", bounded(List.of(decided.explanation()), LONG / 2)));
    if (question != null
        && question.by() == null
        && decided.outcome() == ResponseOutcome.AWAITING_APPROVAL) {
      parts.add(new Lines("Why", because(decided.scored())));
      parts.addAll(commands(question));
    }
    if (!decided.objections().isEmpty()) {
      parts.add(new Lines("Objections", bounded(decided.objections(), LONG)));
    }
    parts.add(new Footnote(List.of(new Words("decided "), new At(decided.decidedAt()))));
    return new SlackMessage(heading + " · " + SlackText.bounded(decided.target(), LINE), parts);
  }

  private static String byDefault(ResponseDecided.Approval question) {
    return question.actsByDefault() ? "the action is taken" : "no action is taken";
  }

  /** A short form of the alert, from which people decide. */
  private static List<String> because(ScoredAlert scored) {
    Alert alert = scored.alert();
    List<String> lines = new ArrayList<>();
    lines.add(severity(alert) + ", score " + scored.score() + " of 100: " + title(alert));
    String commandLine = alert.process().commandLine();
    if (commandLine != null) {
      lines.add("command line: " + commandLine);
    }
    return bounded(lines, LONG / 2);
  }

  /**
   * The commands to type. An id with characters that ids do not have could be a command of its own.
   */
  private static List<Part> commands(ResponseDecided.Approval question) {
    String id = question.id();
    return QUESTION_ID.matcher(id).matches()
        ? List.of(
            new Code("To approve", "./cattleguard approve " + id + " --reason 'why'"),
            new Code("To reject", "./cattleguard reject " + id + " --reason 'why'"))
        : List.of();
  }

  /** Alert and outcome in one message, for channels without threads. */
  public static SlackMessage alertWithOutcome(ResponseDecided decided) {
    SlackMessage outcome = outcome(decided);
    SlackMessage alert = alert(decided.scored());
    List<Part> parts = new ArrayList<>(outcome.parts());
    // Omit the reasons: both at full length would be too long, and the alert had its own message.
    alert.parts().stream().filter(part -> !(part instanceof Lines)).forEach(parts::add);
    return new SlackMessage(outcome.summary(), parts);
  }

  /** The message of a notice in a channel with threads and without buttons. */
  public static SlackMessage of(Notice notice) {
    return of(notice, SlackView.PLAIN);
  }

  /** The message of a notice in a channel with threads: an outcome is a reply to its alert. */
  public static SlackMessage of(Notice notice, SlackView view) {
    return switch (notice) {
      case Notice.Scored scored -> notice(scored.scored());
      case Notice.Decided decided -> outcome(decided.decided());
      case Notice.Commanded commanded -> command(commanded.command(), view);
    };
  }

  /** The message of a notice in a channel without threads: an outcome repeats its alert. */
  public static SlackMessage whole(Notice notice) {
    return switch (notice) {
      case Notice.Scored scored -> notice(scored.scored());
      case Notice.Decided decided -> alertWithOutcome(decided.decided());
      case Notice.Commanded commanded -> command(commanded.command(), SlackView.PLAIN);
    };
  }

  /** The message of a person's command for the whole deployment. */
  private static SlackMessage command(OperatorCommand command, SlackView view) {
    boolean stops = command.command() == OperatorCommand.Verb.STOP && command.applied();
    String heading = Brief.heading(command);
    List<Field> fields = new ArrayList<>();
    add(fields, "By", command.who().inWords());
    add(fields, "Reason", command.why());
    command.about().containment().ifPresent(id -> add(fields, "About", id));
    if (command.concernsResponders()) {
      command.about().until().ifPresent(until -> fields.add(new Field("Until", new At(until))));
      command.about().silence().ifPresent(id -> add(fields, "Silence", id));
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
        heading + " · " + SlackText.bounded(command.who().inWords(), NAME), parts);
  }

  /** What a silence that hides alerts from responders covers, and how to end it. */
  private static List<Part> ofResponders(OperatorCommand command) {
    List<Part> parts = new ArrayList<>();
    OperatorCommand.About about = command.about();
    about
        .covers()
        .ifPresent(
            words -> parts.add(new Lines("Covers", List.of(SlackText.bounded(words, LINE)))));
    about
        .match()
        .ifPresent(match -> parts.add(new Code("Pattern", SlackText.bounded(match, LONG))));
    parts.add(new Lines("Effect", List.of(Brief.effect(command))));
    if (command.command() == OperatorCommand.Verb.SILENCE) {
      about
          .silence()
          .filter(id -> QUESTION_ID.matcher(id).matches())
          .ifPresent(
              id ->
                  parts.add(
                      new Code("To end it", "./cattleguard unsilence " + id + " --reason 'why'")));
    }
    return parts;
  }

  static String title(Alert alert) {
    String rule = alert.rule();
    return rule == null ? "Alert without a rule name, from " + alert.source() : rule;
  }

  static String severity(Alert alert) {
    Severity severity = alert.severity();
    return severity == null ? "Severity unknown" : capitalised(severity.jsonName());
  }

  static String capitalised(String word) {
    return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }

  static String place(Alert alert) {
    Target target = alert.target();
    StringBuilder place = new StringBuilder();
    String resource = target.pod() == null && target.instance() == null ? target.resource() : null;
    for (String part :
        new @Nullable String[] {
          target.cluster(),
          target.namespace(),
          target.pod(),
          target.instance(),
          resource,
          target.principal()
        }) {
      if (part != null) {
        place.append(place.isEmpty() ? " · " : "/").append(SlackText.bounded(part, NAME / 2));
      }
    }
    return place.toString();
  }

  static List<Field> where(Alert alert) {
    Target target = alert.target();
    ObservedProcess process = alert.process();
    ObservedConnection network = alert.network();
    List<Field> fields = new ArrayList<>();
    add(
        fields,
        "Outcome",
        alert.traits().contains(Alert.BLOCKED) ? "blocked by " + alert.source() : null);
    add(fields, "Title", alert.title());
    add(fields, "Workload", target.workload());
    add(fields, "Pod", joined("/", target.namespace(), target.pod()));
    add(fields, "Container", target.containerName());
    add(fields, "Image", target.image());
    add(fields, "Node", joined(" in ", target.node(), target.cluster()));
    add(fields, "Account", joined(" ", target.account(), target.region()));
    add(fields, "Instance", target.instance());
    add(fields, "Security group", target.securityGroup());
    add(fields, "Resource", target.resource());
    add(fields, "Principal", target.principal());
    add(fields, "Process", process.executable() == null ? process.name() : process.executable());
    add(fields, "Parent process", process.parent());
    add(fields, "User", process.user());
    add(fields, "Peer", peer(network));
    add(fields, "Domain", network.domain());
    add(fields, "File", alert.file());
    add(fields, "Class and source", alert.alertClass().jsonName() + " " + alert.source());
    return fields;
  }

  private static @Nullable String peer(ObservedConnection network) {
    Integer port = network.port();
    String peer = joined(" port ", network.peer(), port == null ? null : port.toString());
    return joined(" ", network.direction(), joined(" ", network.protocol(), peer));
  }

  private static @Nullable String joined(
      String between, @Nullable String first, @Nullable String second) {
    if (first == null || second == null) {
      return first == null ? second : first;
    }
    return first + between + second;
  }

  private static void add(List<Field> fields, String label, @Nullable String value) {
    if (value != null && !value.isBlank()) {
      fields.add(new Field(label, value(value, NAME)));
    }
  }

  static List<String> reasons(ScoredAlert scored) {
    List<String> lines = new ArrayList<>();
    for (Points points : scored.reasons()) {
      lines.add(String.format(Locale.ROOT, "%+4d  %s", points.value(), points.reason()));
    }
    lines.add(String.format(Locale.ROOT, "%4d  total", scored.score()));
    return bounded(lines, LONG);
  }

  /** As many bounded lines as fit, and the number of omitted lines. */
  static List<String> bounded(List<String> lines, int budget) {
    List<String> kept = new ArrayList<>();
    int left = budget;
    for (int i = 0; i < lines.size(); i++) {
      String line = SlackText.bounded(lines.get(i), Math.min(budget, LINE));
      left -= SlackText.cost(line) + 2;
      if (left < 0) {
        kept.add("… [" + (lines.size() - i) + " more omitted]");
        break;
      }
      kept.add(line);
    }
    return kept;
  }

  static List<Piece> counts(ScoredAlert scored) {
    long count = scored.accepted().count();
    int targets = scored.accepted().targets();
    Instant first = scored.accepted().firstAt();
    Instant last = scored.accepted().lastAt();
    List<Piece> pieces = new ArrayList<>();
    pieces.add(
        new Words(
            String.format(
                Locale.ROOT,
                "Seen %s on %s · first ",
                count == 1 ? "once" : String.format(Locale.ROOT, "%,d times", count),
                targets == 1 ? "one object" : targets + " objects")));
    pieces.add(new At(first));
    if (Duration.between(first, last).toSeconds() > 0) {
      pieces.add(new Words(" · last "));
      pieces.add(new At(last));
    }
    pieces.add(new Words(" · fingerprint "));
    pieces.add(value(scored.accepted().fingerprint(), NAME));
    return pieces;
  }

  /** A bounded value. */
  static Value value(String text, int limit) {
    return new Value(SlackText.bounded(text, limit));
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
