package io.cattleguard.route.slack.message;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What people read in Slack, as parts; {@link #toJson} writes them in Slack's Block Kit, {@link
 * SlackPreview} for a terminal.
 *
 * <p>Every text is visible and bounded when it gets here, and escaped where it is written. The
 * bounds keep the whole below 12,000 characters: Slack documents 3,000 a section and 50 blocks, and
 * refuses blocks above some 13,200 characters in all.
 *
 * @param summary one line, for notifications and screen readers
 * @see <a href="https://docs.slack.dev/reference/block-kit/blocks">Block Kit</a>
 */
public record SlackMessage(String summary, List<Part> parts) {
  private static final int NAME = 200;
  private static final int LINE = 300;
  private static final int LONG = 2_000;
  private static final int HEADING = 145;
  private static final int FIELDS_A_SECTION = 10;
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** A piece of a message. */
  sealed interface Part {}

  /** A line that stands out. */
  record Heading(String text) implements Part {}

  /** Names with values. */
  record Fields(List<Field> fields) implements Part {}

  /** A name with its value. */
  record Field(String label, String value) {}

  /** A text that is shown letter by letter. */
  record Code(String label, String text) implements Part {}

  /** A list of sentences, or of one. */
  record Lines(String label, List<String> lines) implements Part {}

  /** What few read. */
  record Footnote(String text) implements Part {}

  /** Copies the parts. */
  public SlackMessage {
    parts = List.copyOf(parts);
  }

  /** The message of an alert: the problem, its score with the reasons, where, and how often. */
  public static SlackMessage alert(ScoredAlert scored) {
    Alert alert = scored.alert();
    String title = SlackText.bounded(title(alert), HEADING - 40);
    String heading = severity(alert) + " · score " + scored.score() + " of 100 · " + title;
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

  /** The reply in an alert's thread: what was done about it, or why nothing was. */
  public static SlackMessage outcome(ResponseDecided decided) {
    String heading = word(decided) + " · " + SlackText.bounded(decided.action(), HEADING - 60);
    List<Part> parts = new ArrayList<>();
    parts.add(new Heading(heading));
    List<Field> fields = new ArrayList<>();
    add(fields, "Target", decided.target());
    add(fields, "Playbook", decided.playbook());
    Instant leaseUntil = decided.leaseUntil();
    if (leaseUntil != null) {
      add(fields, "Undone by itself at", time(leaseUntil));
    }
    parts.add(new Fields(fields));
    parts.add(new Lines("What happened", bounded(List.of(decided.explanation()), LONG / 2)));
    if (!decided.objections().isEmpty()) {
      parts.add(new Lines("Objections", bounded(decided.objections(), LONG)));
    }
    parts.add(new Footnote("decided " + time(decided.decidedAt())));
    return new SlackMessage(heading + " · " + SlackText.bounded(decided.target(), LINE), parts);
  }

  /** Alert and outcome in one message, for where there are no threads. */
  public static SlackMessage alertWithOutcome(ResponseDecided decided) {
    SlackMessage outcome = outcome(decided);
    SlackMessage alert = alert(decided.scored());
    List<Part> parts = new ArrayList<>(outcome.parts());
    // Both at full length would be refused as too long; the alert had its own message.
    alert.parts().stream().filter(part -> !(part instanceof Lines)).forEach(parts::add);
    return new SlackMessage(outcome.summary(), parts);
  }

  /** The arguments {@code text} and {@code blocks} that every way of posting takes. */
  public ObjectNode toJson() {
    ObjectNode message = JSON.objectNode();
    message.put("text", SlackText.escape(summary));
    ArrayNode blocks = message.putArray("blocks");
    for (Part part : parts) {
      switch (part) {
        case Heading heading ->
            blocks.addObject().put("type", "header").set("text", plain(heading.text()));
        case Fields fields -> addFields(blocks, fields.fields());
        case Code code ->
            blocks
                .addObject()
                .put("type", "section")
                .set("text", markdown(label(code.label()) + block(code.text())));
        case Lines lines ->
            blocks
                .addObject()
                .put("type", "section")
                .set("text", markdown(label(lines.label()) + block(joined(lines))));
        case Footnote footnote -> {
          ObjectNode context = blocks.addObject().put("type", "context");
          context.putArray("elements").add(plain(footnote.text()));
        }
      }
    }
    return message;
  }

  private static void addFields(ArrayNode blocks, List<Field> fields) {
    for (int from = 0; from < fields.size(); from += FIELDS_A_SECTION) {
      ArrayNode section = blocks.addObject().put("type", "section").putArray("fields");
      for (Field field : fields.subList(from, Math.min(fields.size(), from + FIELDS_A_SECTION))) {
        section.add(markdown(label(field.label()) + span(field.value())));
      }
    }
  }

  private static String joined(Lines lines) {
    return lines.lines().stream().collect(Collectors.joining("\n"));
  }

  private static String label(String label) {
    return "*" + label + "*\n";
  }

  private static String span(String text) {
    return "`" + SlackText.escape(text) + "`";
  }

  private static String block(String text) {
    return "```" + SlackText.escape(text) + "```";
  }

  private static ObjectNode plain(String text) {
    return JSON.objectNode()
        .put("type", "plain_text")
        .put("text", SlackText.escape(text))
        .put("emoji", false);
  }

  private static ObjectNode markdown(String text) {
    return JSON.objectNode().put("type", "mrkdwn").put("text", text).put("verbatim", true);
  }

  private static String title(Alert alert) {
    String rule = alert.rule();
    return rule == null ? "an alert without a rule, from " + alert.source() : rule;
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
    for (String part :
        new @Nullable String[] {
          target.cluster(), target.namespace(), target.pod(), target.instance(), target.principal()
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
    lines.add(String.format(Locale.ROOT, "%4d  in all", scored.score()));
    return bounded(lines, LONG);
  }

  /** As many lines as fit, each bounded; how many are left out is said. */
  private static List<String> bounded(List<String> lines, int budget) {
    List<String> kept = new ArrayList<>();
    int left = budget;
    for (int i = 0; i < lines.size(); i++) {
      String line = SlackText.bounded(lines.get(i), Math.min(budget, LINE));
      left -= SlackText.cost(line) + 2;
      if (left < 0) {
        kept.add("… [" + (lines.size() - i) + " more left out]");
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
      case TAKEN -> "Done, and seen to have worked";
      case OBSERVED -> "Would have been done (observe mode)";
      case REFUSED -> "Not done: a guard-rail objected";
      case AWAITING_APPROVAL -> "Waits for approval";
      case FAILED -> "FAILED";
      case RELEASED -> "Undone";
    };
  }
}
