package io.cattleguard.route.slack.message;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.route.Notice;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
    parts.add(new Fields(fields));
    parts.add(new Lines("What happened", bounded(List.of(decided.explanation()), LONG / 2)));
    if (!decided.objections().isEmpty()) {
      parts.add(new Lines("Objections", bounded(decided.objections(), LONG)));
    }
    parts.add(new Footnote("decided " + time(decided.decidedAt())));
    return new SlackMessage(heading + " · " + SlackText.bounded(decided.target(), LINE), parts);
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
    };
  }

  /** The message of a notice in a channel without threads: an outcome repeats its alert. */
  public static SlackMessage whole(Notice notice) {
    return switch (notice) {
      case Notice.Scored scored -> notice(scored.scored());
      case Notice.Decided decided -> alertWithOutcome(decided.decided());
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
