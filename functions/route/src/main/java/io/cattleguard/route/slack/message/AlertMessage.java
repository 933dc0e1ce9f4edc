package io.cattleguard.route.slack.message;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Points;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.route.slack.message.SlackMessage.At;
import io.cattleguard.route.slack.message.SlackMessage.Code;
import io.cattleguard.route.slack.message.SlackMessage.Field;
import io.cattleguard.route.slack.message.SlackMessage.Fields;
import io.cattleguard.route.slack.message.SlackMessage.Footnote;
import io.cattleguard.route.slack.message.SlackMessage.Heading;
import io.cattleguard.route.slack.message.SlackMessage.Lines;
import io.cattleguard.route.slack.message.SlackMessage.Part;
import io.cattleguard.route.slack.message.SlackMessage.Piece;
import io.cattleguard.route.slack.message.SlackMessage.Words;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a message says of an alert; the message of an incident says parts of it too. */
final class AlertMessage {
  private AlertMessage() {}

  /** The message of an alert: the problem, its place, its score with the reasons, and its count. */
  static SlackMessage of(ScoredAlert scored) {
    return of(scored, "");
  }

  /** The message of an alert on its own, which says whether it is graver than before. */
  static SlackMessage ofNotice(ScoredAlert scored) {
    boolean graver = scored.accepted().acceptance() == Acceptance.ESCALATED;
    return of(scored, graver ? "Escalated · " : "");
  }

  private static SlackMessage of(ScoredAlert scored, String before) {
    Alert alert = scored.alert();
    String outcome = alert.has(Trait.BLOCKED) ? "Blocked · " : "";
    String title =
        SlackText.bounded(
            title(alert), SlackMessage.HEADING - 40 - before.length() - outcome.length());
    String heading =
        before + outcome + severity(alert) + " · score " + scored.score() + " of 100 · " + title;
    List<Part> parts = new ArrayList<>();
    parts.add(new Heading(heading));
    parts.add(new Fields(where(alert)));
    String commandLine = alert.process().commandLine();
    if (commandLine != null) {
      parts.add(new Code("Command line", SlackText.bounded(commandLine, SlackMessage.LONG)));
    }
    parts.add(new Lines("Why score " + scored.score(), reasons(scored)));
    AcceptableEntry.of(alert).ifPresent(entry -> parts.add(accepting(List.of(entry))));
    parts.add(new Footnote(counts(scored)));
    return new SlackMessage(heading + place(alert), parts);
  }

  /**
   * What to type to accept deviations. The command prints a patch of the model and changes nothing,
   * so pasting it decides nothing.
   */
  static Lines accepting(List<AcceptableEntry> entries) {
    List<String> commands = new ArrayList<>();
    int left = SlackMessage.LONG;
    for (AcceptableEntry entry : entries) {
      left -= SlackText.cost(entry.command()) + 2;
      if (left >= 0) {
        commands.add(entry.command()); // a command that is cut would be another one
      }
    }
    return new Lines("To accept it", commands);
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
        place
            .append(place.isEmpty() ? " · " : "/")
            .append(SlackText.bounded(part, SlackMessage.NAME / 2));
      }
    }
    return place.toString();
  }

  static List<Field> where(Alert alert) {
    Target target = alert.target();
    ObservedProcess process = alert.process();
    ObservedConnection network = alert.network();
    List<Field> fields = new ArrayList<>();
    SlackMessage.add(
        fields, "Outcome", alert.has(Trait.BLOCKED) ? "blocked by " + alert.source() : null);
    SlackMessage.add(fields, "Title", alert.title());
    SlackMessage.add(fields, "Workload", target.workload());
    SlackMessage.add(fields, "Pod", joined("/", target.namespace(), target.pod()));
    SlackMessage.add(fields, "Container", target.containerName());
    SlackMessage.add(fields, "Image", target.image());
    SlackMessage.add(fields, "Node", joined(" in ", target.node(), target.cluster()));
    SlackMessage.add(fields, "Account", joined(" ", target.account(), target.region()));
    SlackMessage.add(fields, "Instance", target.instance());
    SlackMessage.add(fields, "Security group", target.securityGroup());
    SlackMessage.add(fields, "Resource", target.resource());
    SlackMessage.add(fields, "Principal", target.principal());
    SlackMessage.add(
        fields, "Process", process.executable() == null ? process.name() : process.executable());
    SlackMessage.add(fields, "Parent process", process.parent());
    SlackMessage.add(fields, "User", process.user());
    SlackMessage.add(fields, "Peer", peer(network));
    SlackMessage.add(fields, "Domain", network.domain());
    SlackMessage.add(fields, "File", alert.file());
    SlackMessage.add(
        fields, "Class and source", alert.alertClass().jsonName() + " " + alert.source());
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

  static List<String> reasons(ScoredAlert scored) {
    List<String> lines = new ArrayList<>();
    for (Points points : scored.reasons()) {
      lines.add(String.format(Locale.ROOT, "%+4d  %s", points.value(), points.reason()));
    }
    lines.add(String.format(Locale.ROOT, "%4d  total", scored.score()));
    return SlackMessage.bounded(lines, SlackMessage.LONG);
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
    pieces.add(SlackMessage.value(scored.accepted().fingerprint(), SlackMessage.NAME));
    return pieces;
  }
}
