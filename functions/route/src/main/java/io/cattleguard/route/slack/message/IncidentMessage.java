package io.cattleguard.route.slack.message;

import io.cattleguard.events.Alert;
import io.cattleguard.events.Incident;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.route.Told;
import io.cattleguard.route.ocsf.AttackNames;
import io.cattleguard.route.slack.message.SlackMessage.At;
import io.cattleguard.route.slack.message.SlackMessage.Part;
import io.cattleguard.route.slack.message.SlackMessage.Piece;
import io.cattleguard.route.slack.message.SlackMessage.Strong;
import io.cattleguard.route.slack.message.SlackMessage.Words;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The message of an incident: its state first, and the possible commands last. */
final class IncidentMessage {
  private static final int RESPONSES = 5;
  private static final int ACTION = 60;
  private static final int TARGET = 110;
  private static final int RULE = 60;
  private static final int TACTICS = 14;
  private static final int ACCEPTABLE = 3;

  /** Characters of links, below Slack's 3,000 per section. */
  private static final int LINKS = 2_800;

  private static final int SHORT = 600;

  /** Maximum characters of the blocks; Slack rejects more than about 13,200. */
  private static final int ALL = 11_500;

  private static final Pattern POD = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");
  private static final Pattern INSTANCE = Pattern.compile("i-[0-9a-f]{8,17}");
  private static final Pattern REGION = Pattern.compile("[a-z]{2}(-[a-z]+)+-\\d");

  private final Told told;
  private final SlackView view;
  private final ScoredAlert scored;
  private final Alert alert;
  private final String incident;

  private IncidentMessage(Told told, SlackView view) {
    this.told = told;
    this.view = view;
    this.scored = told.gravest().orElseThrow();
    this.alert = scored.alert();
    this.incident = told.incident().map(Incident::id).orElse(scored.incidentId());
  }

  static SlackMessage of(Told told, SlackView view) {
    return new IncidentMessage(told, view).message();
  }

  /** The actions that wait for a person, latest first. */
  static List<Told.Response> asked(Told told) {
    return told.responses().reversed().stream().filter(one -> one.question() != null).toList();
  }

  /** The containments in force, latest first. */
  static List<Told.Response> live(Told told) {
    return told.responses().reversed().stream().filter(IncidentButtons::isLive).toList();
  }

  /** A part and how soon it is left out of a message that is too long; 0 is never left out. */
  private record Ranked(Part part, int rank) {}

  private SlackMessage message() {
    String begin =
        state()
            + " · "
            + told.severity()
                .map(one -> AlertMessage.capitalised(one.jsonName()))
                .orElse("Severity unknown")
            + " · score "
            + told.score()
            + " of 100 · ";
    String heading =
        begin + SlackText.bounded(AlertMessage.title(alert), SlackMessage.HEADING - begin.length());
    List<Ranked> parts = new ArrayList<>();
    parts.add(new Ranked(new SlackMessage.Heading(heading), 0));
    List<List<Piece>> status = status();
    if (!status.isEmpty()) {
      parts.add(new Ranked(new SlackMessage.Facts("Now", status), 0));
    }
    parts.add(new Ranked(new SlackMessage.Fields(AlertMessage.where(alert)), 0));
    String commandLine = alert.process().commandLine();
    if (commandLine != null) {
      parts.add(
          new Ranked(
              new SlackMessage.Code("Command line", SlackText.bounded(commandLine, SHORT)), 3));
    }
    if (told.problems().size() > 1) {
      parts.add(
          new Ranked(
              new SlackMessage.Lines(
                  told.problems().size() + " kinds of alerts",
                  SlackMessage.bounded(problems(), SHORT)),
              4));
    }
    List<List<Piece>> chain = told.incident().map(IncidentMessage::killChain).orElse(List.of());
    if (chain.size() > 1) {
      parts.add(new Ranked(new SlackMessage.Facts("Kill chain", chain), 5));
    }
    parts.add(
        new Ranked(
            new SlackMessage.Lines(
                "Why score " + scored.score(),
                SlackMessage.bounded(AlertMessage.reasons(scored), SHORT)),
            6));
    List<Piece> links = links();
    if (!links.isEmpty()) {
      parts.add(new Ranked(new SlackMessage.Facts("Links", List.of(links)), 2));
    }
    List<String> commands = commands();
    if (!commands.isEmpty()) {
      parts.add(new Ranked(new SlackMessage.Lines("To paste", commands), 1));
    }
    List<AcceptableEntry> acceptable = acceptable(told);
    if (!acceptable.isEmpty()) {
      parts.add(new Ranked(AlertMessage.accepting(acceptable), 2));
    }
    parts.add(new Ranked(new SlackMessage.Footnote(footnote()), 0));
    if (view.buttons()) {
      List<SlackMessage.Buttons> rows = new IncidentButtons(told).rows();
      if (!rows.isEmpty()) {
        parts.add(new Ranked(new SlackMessage.ReasonInput("Reason (for a button below)"), 0));
      }
      rows.forEach(row -> parts.add(new Ranked(row, 0)));
    }
    return new SlackMessage(heading + AlertMessage.place(alert), fitting(parts));
  }

  /** Leaves out parts that people can read elsewhere before parts that they need to act. */
  private static List<Part> fitting(List<Ranked> parts) {
    List<Ranked> kept = new ArrayList<>(parts);
    while (kept.stream().mapToInt(one -> PartSize.of(one.part())).sum() > ALL) {
      Optional<Ranked> least = kept.stream().max(Comparator.comparingInt(Ranked::rank));
      if (least.filter(one -> one.rank() > 0).isEmpty()) {
        return dropRows(kept);
      }
      kept.remove(least.get());
    }
    return kept.stream().map(Ranked::part).toList();
  }

  /** Leaves out rows of buttons, the last ones first: people can type each of their commands. */
  private static List<Part> dropRows(List<Ranked> parts) {
    List<Part> kept = new ArrayList<>(parts.stream().map(Ranked::part).toList());
    while (kept.stream().mapToInt(PartSize::of).sum() > ALL
        && kept.getLast() instanceof SlackMessage.Buttons) {
      kept.removeLast();
    }
    if (kept.getLast() instanceof SlackMessage.ReasonInput) {
      kept.removeLast();
    }
    return kept;
  }

  private String state() {
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

  /** The actions that were taken, that wait and that were not taken, the latest first. */
  private List<List<Piece>> status() {
    List<List<Piece>> lines = new ArrayList<>();
    List<Told.Response> ordered = new ArrayList<>(told.responses().reversed());
    ordered.sort(Comparator.comparingInt(IncidentMessage::urgency));
    for (Told.Response response : ordered) {
      if (lines.size() == RESPONSES) {
        lines.add(List.of(new Words("… " + (ordered.size() - RESPONSES) + " more in the thread")));
        break;
      }
      lines.add(line(response));
    }
    return lines;
  }

  private static int urgency(Told.Response response) {
    if (response.question() != null) {
      return 0;
    }
    return IncidentButtons.isLive(response) ? 1 : 2;
  }

  private static List<Piece> line(Told.Response response) {
    List<Piece> line = new ArrayList<>();
    line.add(new Strong(word(response)));
    line.add(new Words(" "));
    line.add(SlackMessage.value(response.action(), ACTION));
    line.add(new Words(" on "));
    line.add(SlackMessage.value(response.target(), TARGET));
    Instant takenAt = response.takenAt();
    Told.Question question = response.question();
    if (question != null) {
      line.add(new Words(" · until "));
      line.add(new At(question.until()));
      line.add(
          new Words(
              question.actsByDefault()
                  ? ", then the action is taken"
                  : ", then no action is taken"));
    } else if (takenAt != null && !takenAt.isBefore(response.alertAt())) {
      line.add(
          new Words(
              " · "
                  + Duration.between(response.alertAt(), takenAt).toSeconds()
                  + " s after its alert"));
    }
    Instant leaseUntil = response.leaseUntil();
    if (leaseUntil != null && IncidentButtons.isLive(response)) {
      line.add(new Words(" · lease ends "));
      line.add(new At(leaseUntil));
    } else if (question == null) {
      line.add(new Words(" · "));
      line.add(new At(response.decidedAt()));
    }
    String why = response.why();
    if (why != null) {
      line.add(new Words(" · "));
      line.add(SlackMessage.value(why, TARGET));
    }
    return line;
  }

  private static String word(Told.Response response) {
    return switch (response.outcome()) {
      case TAKEN -> "Done:";
      case EXTENDED -> "Done, lease extended:";
      case REQUESTED -> "Requested, effect NOT confirmed:";
      case OBSERVED -> "Not done, observe mode:";
      case REFUSED -> "Not done, refused:";
      case AWAITING_APPROVAL -> response.question() == null ? "Answered:" : "Waits for approval:";
      case FAILED -> "FAILED:";
      case RELEASED -> "Ended:";
    };
  }

  private List<String> problems() {
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
  private static List<List<Piece>> killChain(Incident incident) {
    List<List<Piece>> lines = new ArrayList<>();
    incident
        .killChain()
        .forEach(
            (tactic, steps) -> {
              Incident.Step first = steps.getFirst();
              Optional<String> name = AttackNames.of(tactic);
              lines.add(
                  List.of(
                      name.<Piece>map(Strong::new).orElseGet(() -> SlackMessage.value(tactic, 40)),
                      new Words("  "),
                      new At(first.at()),
                      new Words("  "),
                      SlackMessage.value(
                          first.source()
                              + ": "
                              + (first.rule() == null ? "(no rule name)" : first.rule()),
                          RULE),
                      new Words(steps.size() > 1 ? " and " + (steps.size() - 1) + " more" : "")));
            });
    return lines.size() <= TACTICS ? lines : lines.subList(0, TACTICS);
  }

  /** The links: runbooks of the playbooks that decided, the console, the settings' links. */
  private List<Piece> links() {
    List<SlackMessage.Link> links = new ArrayList<>();
    Set<String> playbooks = new LinkedHashSet<>();
    told.responses().reversed().forEach(one -> playbooks.add(one.playbook()));
    for (String playbook : playbooks) {
      URI runbook = view.runbooks().get(playbook);
      if (runbook != null && links.size() < 3) {
        links.add(new SlackMessage.Link("Runbook " + SlackText.bounded(playbook, 60), runbook));
      }
    }
    links.addAll(ConsoleLinks.of(alert.target()));
    for (LinkTemplate template : view.links()) {
      template
          .fill(scored, incident)
          .ifPresent(address -> links.add(new SlackMessage.Link(template.label(), address)));
    }
    List<Piece> pieces = new ArrayList<>();
    int left = LINKS;
    for (SlackMessage.Link link : links) {
      left -= PartSize.of(link) + 3;
      if (left > 0) {
        pieces.add(new Words(pieces.isEmpty() ? "" : " · "));
        pieces.add(link);
      }
    }
    return pieces;
  }

  /**
   * The commands to type. A name with characters that names do not have could be a command of its
   * own.
   */
  private List<String> commands() {
    List<String> commands = new ArrayList<>();
    Target target = alert.target();
    String namespace = String.valueOf(target.namespace());
    String pod = String.valueOf(target.pod());
    String instance = String.valueOf(target.instance());
    String region = String.valueOf(target.region());
    if (POD.matcher(namespace).matches() && POD.matcher(pod).matches() && target.pod() != null) {
      commands.add("kubectl -n " + namespace + " describe pod " + pod);
    } else if (INSTANCE.matcher(instance).matches() && REGION.matcher(region).matches()) {
      commands.add("aws ec2 describe-instances --region " + region + " --instance-ids " + instance);
    }
    if (SlackMessage.QUESTION_ID.matcher(incident).matches()) {
      commands.add("./cattleguard incident " + incident);
    }
    live(told).stream()
        .map(one -> String.valueOf(one.containment()))
        .filter(id -> id.contains("/") && SlackMessage.QUESTION_ID.matcher(id).matches())
        .findFirst()
        .ifPresent(id -> commands.add("./cattleguard undo " + id + " --reason 'why'"));
    return commands;
  }

  /** The first deviations from a model, that of the alert which is shown before the others. */
  static List<AcceptableEntry> acceptable(Told told) {
    String shown = told.gravest().map(one -> one.accepted().fingerprint()).orElse("");
    return told.problems().stream()
        .sorted(Comparator.comparing(problem -> !problem.fingerprint().equals(shown)))
        .flatMap(problem -> Stream.ofNullable(problem.acceptable()))
        .distinct()
        .limit(ACCEPTABLE)
        .toList();
  }

  private List<Piece> footnote() {
    List<Piece> pieces = new ArrayList<>(AlertMessage.counts(scored));
    told.incident()
        .ifPresent(
            one -> {
              pieces.add(new Words(" · incident "));
              pieces.add(SlackMessage.value(one.id(), SlackMessage.NAME));
              pieces.add(new Words(" about "));
              pieces.add(SlackMessage.value(one.subject(), SlackMessage.NAME));
              if (!one.joined().isEmpty()) {
                pieces.add(new Words(", joined: "));
                pieces.add(SlackMessage.value(String.join(", ", one.joined()), SlackMessage.NAME));
              }
            });
    return pieces;
  }
}
