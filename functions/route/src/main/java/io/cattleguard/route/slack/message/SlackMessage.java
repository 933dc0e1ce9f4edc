package io.cattleguard.route.slack.message;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Incident;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Told;
import io.cattleguard.route.ocsf.AttackNames;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
  private static final int NAME = 200;
  private static final int LINE = 300;
  private static final int LONG = 2_000;
  private static final int HEADING = 145;
  private static final Pattern QUESTION_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,300}");

  /** A part of a message. */
  public sealed interface Part {}

  /** The headline. */
  public record Heading(String text) implements Part {}

  /** Labels with values. */
  public record Fields(List<Field> fields) implements Part {}

  /** A label with its value. */
  public record Field(String label, String value) {}

  /** A text shown verbatim. */
  public record Code(String label, String text) implements Part {}

  /** One or more sentences under a label. */
  public record Lines(String label, List<String> lines) implements Part {}

  /** Details in small print. */
  public record Footnote(String text) implements Part {}

  /** Copies the parts. */
  public SlackMessage {
    parts = List.copyOf(parts);
  }

  /**
   * The message of an incident: what became of it, its gravest alert, its rules, its kill chain and
   * the responses. It must have been told of an alert.
   */
  public static SlackMessage incident(Told told) {
    ScoredAlert scored = told.gravest().orElseThrow();
    Alert alert = scored.alert();
    String begin =
        state(told)
            + " · "
            + told.severity().map(one -> capitalised(one.jsonName())).orElse("Severity unknown")
            + " · score "
            + told.score()
            + " of 100 · ";
    String heading = begin + SlackText.bounded(title(alert), HEADING - begin.length());
    List<Part> parts = new ArrayList<>();
    parts.add(new Heading(heading));
    parts.add(new Fields(where(alert)));
    String commandLine = alert.process().commandLine();
    if (commandLine != null) {
      parts.add(new Code("Command line", SlackText.bounded(commandLine, LONG / 2)));
    }
    if (!told.responses().isEmpty()) {
      parts.add(new Lines("Responses", bounded(responses(told), LONG / 2)));
    }
    if (told.problems().size() > 1) {
      parts.add(
          new Lines(
              told.problems().size() + " kinds of alerts", bounded(problems(told), LONG / 2)));
    }
    List<String> chain = told.incident().map(SlackMessage::killChain).orElse(List.of());
    if (chain.size() > 1) {
      parts.add(new Lines("Kill chain", bounded(chain, LONG / 2)));
    }
    parts.add(new Lines("Why score " + scored.score(), reasons(scored)));
    parts.add(new Footnote(counts(scored) + of(told)));
    return new SlackMessage(heading + place(alert), parts);
  }

  private static String state(Told told) {
    return switch (told.state()) {
      case OPEN -> "Open";
      case BLOCKED -> "Blocked";
      case OBSERVED -> "Open, observe mode";
      case REFUSED -> "Open, action refused";
      case RELEASED -> "Released";
      case AWAITING_APPROVAL -> "Waiting for approval";
      case REQUESTED -> "Open, action NOT confirmed";
      case FAILED -> "Open, action FAILED";
      case PARTLY_CONTAINED -> "Partly contained";
      case CONTAINED -> "Contained";
    };
  }

  private static List<String> responses(Told told) {
    List<String> lines = new ArrayList<>();
    for (Told.Response response : told.responses().reversed()) {
      Instant leaseUntil = response.leaseUntil();
      boolean done =
          response.outcome() == ResponseOutcome.TAKEN
              && !response.decidedAt().isBefore(response.alertAt());
      lines.add(
          response.outcome().jsonName()
              + "  "
              + response.action()
              + (done
                  ? ", "
                      + Duration.between(response.alertAt(), response.decidedAt()).toSeconds()
                      + " s after its alert"
                  : "")
              + (leaseUntil == null ? "" : ", until " + time(leaseUntil))
              + ": "
              + response.target());
    }
    return lines;
  }

  private static List<String> problems(Told told) {
    return told.problems().stream()
        .map(
            problem ->
                String.format(
                    Locale.ROOT,
                    "%,6d x  %s: %s%s%s",
                    problem.count(),
                    problem.source(),
                    problem.rule() == null ? "(no rule name)" : problem.rule(),
                    problem.targets() > 1 ? ", " + problem.targets() + " objects" : "",
                    problem.isBlocked() ? ", blocked" : ""))
        .toList();
  }

  /** One line per tactic, with its first step and the number of others. */
  private static List<String> killChain(Incident incident) {
    List<String> lines = new ArrayList<>();
    incident
        .killChain()
        .forEach(
            (tactic, steps) -> {
              Incident.Step first = steps.getFirst();
              lines.add(
                  AttackNames.of(tactic).orElse(tactic)
                      + "  "
                      + time(first.at())
                      + "  "
                      + first.source()
                      + ": "
                      + (first.rule() == null ? "(no rule name)" : first.rule())
                      + (steps.size() > 1 ? " and " + (steps.size() - 1) + " more" : ""));
            });
    return lines;
  }

  private static String of(Told told) {
    return told.incident()
        .map(
            incident ->
                " · incident "
                    + SlackText.bounded(incident.id(), NAME)
                    + " about "
                    + SlackText.bounded(incident.subject(), NAME)
                    + (incident.joined().isEmpty()
                        ? ""
                        : ", joined: "
                            + SlackText.bounded(String.join(", ", incident.joined()), LINE)))
        .orElse("");
  }

  /** The message of an alert: the problem, its place, its score with the reasons, and its count. */
  public static SlackMessage alert(ScoredAlert scored) {
    return alert(scored, "");
  }

  /** The message of an alert on its own, which says whether it is graver than before. */
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
    parts.add(new Footnote(counts(scored)));
    return new SlackMessage(heading + place(alert), parts);
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
      add(fields, "Undone automatically at", time(leaseUntil));
    }
    ResponseDecided.Approval question = decided.approval();
    if (question != null) {
      add(fields, question.by() == null ? "Expires at" : "Decided by", expiryOrDecision(question));
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
    parts.add(new Footnote("decided " + time(decided.decidedAt())));
    return new SlackMessage(heading + " · " + SlackText.bounded(decided.target(), LINE), parts);
  }

  private static String expiryOrDecision(ResponseDecided.Approval question) {
    String by = question.by();
    return by == null ? time(question.until()) : by + ": " + question.why();
  }

  private static String byDefault(ResponseDecided.Approval question) {
    return question.actsByDefault() ? "the action is taken" : "no action is taken";
  }

  /** The alert in short: people decide from it. */
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

  /** What to type. An id with another character than an id has could be a command of its own. */
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

  /** The message of a notice in a channel with threads: an outcome is a reply to its alert. */
  public static SlackMessage of(Notice notice) {
    return switch (notice) {
      case Notice.Scored scored -> notice(scored.scored());
      case Notice.Decided decided -> outcome(decided.decided());
      case Notice.Commanded commanded -> command(commanded.command());
    };
  }

  /** The message of a notice in a channel without threads: an outcome repeats its alert. */
  public static SlackMessage whole(Notice notice) {
    return switch (notice) {
      case Notice.Scored scored -> notice(scored.scored());
      case Notice.Decided decided -> alertWithOutcome(decided.decided());
      case Notice.Commanded commanded -> command(commanded.command());
    };
  }

  /** What a person commanded for the whole deployment. */
  private static SlackMessage command(OperatorCommand command) {
    boolean stops = command.command() == OperatorCommand.Verb.STOP && command.applied();
    String heading = heading(command);
    List<Field> fields = new ArrayList<>();
    add(fields, "By", command.who().inWords());
    add(fields, "Reason", command.why());
    command.about().containment().ifPresent(id -> add(fields, "About", id));
    List<Part> parts = new ArrayList<>();
    parts.add(new Heading(heading));
    parts.add(new Fields(fields));
    command.ignored().ifPresent(why -> parts.add(new Lines("Nothing was changed", List.of(why))));
    if (stops) {
      parts.add(
          new Lines(
              "Effect",
              List.of(
                  "No action is taken and nothing is released. Alerts are still scored and"
                      + " told.")));
      parts.add(new Code("To turn it off", "./cattleguard resume --reason 'why'"));
    }
    parts.add(new Footnote("given " + time(command.observedAt())));
    return new SlackMessage(
        heading + " · " + SlackText.bounded(command.who().inWords(), NAME), parts);
  }

  /** What was carried out, what was only asked for, and what was ignored. */
  private static String heading(OperatorCommand command) {
    String verb = capitalised(command.command().jsonName());
    if (command.ignored().isPresent()) {
      return verb + " was IGNORED";
    }
    if (!command.applied()) {
      return verb + " requested";
    }
    return switch (command.command()) {
      case STOP -> "Kill switch ON";
      case RESUME -> "Kill switch off";
      case APPROVE, REJECT, UNDO, EXTEND, SILENCE, UNSILENCE -> verb;
    };
  }

  private static String title(Alert alert) {
    String rule = alert.rule();
    return rule == null ? "Alert without a rule name, from " + alert.source() : rule;
  }

  private static String severity(Alert alert) {
    Severity severity = alert.severity();
    return severity == null ? "Severity unknown" : capitalised(severity.jsonName());
  }

  private static String capitalised(String word) {
    return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }

  private static String place(Alert alert) {
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

  private static List<Field> where(Alert alert) {
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
      fields.add(new Field(label, SlackText.bounded(value, NAME)));
    }
  }

  private static List<String> reasons(ScoredAlert scored) {
    List<String> lines = new ArrayList<>();
    for (Points points : scored.reasons()) {
      lines.add(String.format(Locale.ROOT, "%+4d  %s", points.value(), points.reason()));
    }
    lines.add(String.format(Locale.ROOT, "%4d  total", scored.score()));
    return bounded(lines, LONG);
  }

  /** As many bounded lines as fit, and the number of omitted lines. */
  private static List<String> bounded(List<String> lines, int budget) {
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

  private static String counts(ScoredAlert scored) {
    long count = scored.accepted().count();
    int targets = scored.accepted().targets();
    Instant first = scored.accepted().firstAt();
    Instant last = scored.accepted().lastAt();
    String seen =
        String.format(
            Locale.ROOT,
            "Seen %s on %s · first %s",
            count == 1 ? "once" : String.format(Locale.ROOT, "%,d times", count),
            targets == 1 ? "one object" : targets + " objects",
            time(first));
    if (Duration.between(first, last).toSeconds() > 0) {
      seen += " · last " + time(last);
    }
    return seen + " · " + SlackText.bounded(scored.accepted().fingerprint(), NAME);
  }

  private static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static String word(ResponseDecided decided) {
    return switch (decided.outcome()) {
      case TAKEN -> "Action taken and verified";
      case REQUESTED -> "Action requested, effect NOT confirmed";
      case OBSERVED -> "Observed only: no action taken";
      case REFUSED -> "Action refused";
      case AWAITING_APPROVAL -> "Waiting for approval";
      case FAILED -> "Action FAILED";
      case RELEASED -> "Action undone";
      case EXTENDED -> "Lease extended";
    };
  }
}
