package io.cattleguard.route.slack.message;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.events.operator.CommandButton;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorCommand.About;
import io.cattleguard.events.operator.OperatorCommand.Verb;
import io.cattleguard.events.operator.QuestionButton;
import io.cattleguard.route.Told;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The buttons with the commands that are possible for an incident now. */
final class IncidentButtons {
  private static final int QUESTIONS = 2;
  private static final int CONTAINMENTS = 3;

  /** Maximum number of rules that one press silences; the message says how many there are. */
  private static final int SILENCED = 8;

  private static final int TEXT = 75;
  private static final int TITLE = 100;
  private static final int QUESTION = 280;
  private static final Duration MORE = Duration.ofHours(4);
  private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{32}");
  private static final int SILENCE_ID = 8;

  private final Told told;
  private final Optional<String> cluster;
  private final Optional<String> incident;

  IncidentButtons(Told told) {
    this.told = told;
    this.cluster =
        told.gravest().map(scored -> Optional.ofNullable(scored.alert().target().cluster())).get();
    this.incident =
        told.gravest()
            .map(scored -> told.incident().map(one -> one.id()).orElse(scored.incidentId()));
  }

  /** The rows, the most urgent first. */
  List<SlackMessage.Buttons> rows() {
    List<SlackMessage.Buttons> rows = new ArrayList<>();
    List<Told.Response> asked = IncidentMessage.asked(told);
    asked.stream().limit(QUESTIONS).forEach(one -> add(rows, answers(one, asked.size() > 1)));
    List<Told.Response> live = IncidentMessage.live(told);
    live.stream().limit(CONTAINMENTS).forEach(one -> add(rows, changes(one, live.size() > 1)));
    add(rows, silences());
    add(rows, patches());
    return rows;
  }

  /** The button of a kill switch that is on. */
  static SlackMessage.Button resume(Optional<String> cluster) {
    return button(
            "Turn the kill switch off",
            new CommandButton(
                Verb.RESUME, cluster, Optional.empty(), About.DEPLOYMENT, Optional.empty()),
            SlackMessage.Style.DANGER,
            "Turn the kill switch off?",
            "Playbooks take actions again in "
                + cluster.orElse("all clusters and the account")
                + ", and leases that have ended are released.",
            "Turn off")
        .orElseThrow();
  }

  /** The button that ends a silence which is in force. */
  static Optional<SlackMessage.Button> unsilence(OperatorCommand silence) {
    return silence.command() == Verb.SILENCE
        ? button(
            "End the silence",
            new CommandButton(
                Verb.UNSILENCE,
                silence.cluster(),
                silence.incident(),
                About.silence(
                    silence.about().silence().orElse(""),
                    Optional.empty(),
                    Optional.empty(),
                    false),
                Optional.empty()),
            SlackMessage.Style.DANGER,
            "End the silence?",
            "Playbooks act on these alerts again, and people are notified of them.",
            "End it")
        : Optional.empty();
  }

  private static void add(List<SlackMessage.Buttons> rows, List<SlackMessage.Button> buttons) {
    if (!buttons.isEmpty()) {
      rows.add(new SlackMessage.Buttons(buttons));
    }
  }

  private List<SlackMessage.Button> answers(Told.Response response, boolean named) {
    Told.Question question = response.question();
    if (question == null) {
      return List.of();
    }
    String what = what(response, named);
    About about = About.approval(question.id());
    String on = on(response);
    List<SlackMessage.Button> buttons = new ArrayList<>();
    button(
            "Approve " + what,
            command(Verb.APPROVE, question.id(), about, Optional.empty()),
            SlackMessage.Style.PRIMARY,
            "Approve " + what(response, false) + "?",
            "The responder evaluates the guards again, then takes " + on,
            "Approve")
        .ifPresent(buttons::add);
    button(
            "Reject " + what,
            command(Verb.REJECT, question.id(), about, Optional.empty()),
            SlackMessage.Style.DANGER,
            "Reject " + what(response, false) + "?",
            "No action is taken, and the same problem does not ask for approval again: " + on,
            "Reject")
        .ifPresent(buttons::add);
    return buttons;
  }

  private List<SlackMessage.Button> changes(Told.Response response, boolean named) {
    String id = response.containment();
    if (id == null) {
      return List.of();
    }
    String what = what(response, named);
    About about = About.containment(id, Optional.empty());
    String on = on(response);
    List<SlackMessage.Button> buttons = new ArrayList<>();
    button(
            "Undo " + what,
            command(Verb.UNDO, id, about, Optional.empty()),
            SlackMessage.Style.DANGER,
            "Undo " + what(response, false) + "?",
            "An attack may continue there, and the action is not taken again. Undoes " + on,
            "Undo")
        .ifPresent(buttons::add);
    button(
            "Keep 4 h from now" + (named ? ": " + what : ""),
            command(Verb.EXTEND, id, about, Optional.of(MORE)),
            SlackMessage.Style.PLAIN,
            "Extend " + what(response, false) + "?",
            "The lease ends 4 hours from now, unless it ends later already: " + on,
            "Extend")
        .ifPresent(buttons::add);
    return buttons;
  }

  /** The action, with its object if there are several. */
  private static String what(Told.Response response, boolean named) {
    return named ? on(response) : SlackText.bounded(response.action(), TEXT);
  }

  private static String on(Told.Response response) {
    return SlackText.bounded(response.action(), TITLE)
        + " on "
        + SlackText.bounded(response.target(), QUESTION);
  }

  /** Each asks for the patch that accepts a deviation, and changes nothing. */
  private List<SlackMessage.Button> patches() {
    List<AcceptableEntry> entries = IncidentMessage.acceptable(told);
    return entries.stream()
        .map(
            entry ->
                new SlackMessage.Button(
                    SlackText.bounded(
                        "Patch to accept" + (entries.size() > 1 ? " " + entry.entry() : " it"),
                        TEXT),
                    QuestionButton.ACTION_ID,
                    new QuestionButton(entry).value(),
                    SlackMessage.Style.PLAIN,
                    Optional.empty()))
        .toList();
  }

  private List<SlackMessage.Button> silences() {
    List<Told.Problem> problems =
        told.problems().stream()
            .filter(problem -> FINGERPRINT.matcher(problem.fingerprint()).matches())
            .sorted(
                Comparator.comparingLong(Told.Problem::count)
                    .reversed()
                    .thenComparing(Told.Problem::fingerprint))
            .limit(SILENCED)
            .toList();
    if (problems.isEmpty() || incident.isEmpty()) {
      return List.of();
    }
    ArrayNode fingerprints = JsonNodeFactory.instance.arrayNode();
    problems.stream().map(Told.Problem::fingerprint).sorted().forEach(fingerprints::add);
    String match =
        JsonNodeFactory.instance
            .objectNode()
            .<com.fasterxml.jackson.databind.node.ObjectNode>set("fingerprint", fingerprints)
            .toString();
    String id = Fingerprint.hash(incident.get() + "\n" + match).substring(0, SILENCE_ID);
    About about = About.silence(id, Optional.empty(), Optional.of(match), false);
    List<SlackMessage.Button> buttons = new ArrayList<>();
    silence("1 h", Duration.ofHours(1), about, problems, SlackMessage.Style.PLAIN)
        .ifPresent(buttons::add);
    silence("24 h", Duration.ofDays(1), about, problems, SlackMessage.Style.PLAIN)
        .ifPresent(buttons::add);
    silence("14 d", Duration.ofDays(14), about, problems, SlackMessage.Style.DANGER)
        .ifPresent(buttons::add);
    return buttons;
  }

  private Optional<SlackMessage.Button> silence(
      String time,
      Duration lasts,
      About about,
      List<Told.Problem> problems,
      SlackMessage.Style style) {
    long alerts = problems.stream().mapToLong(Told.Problem::count).sum();
    int all = told.problems().size();
    return button(
        "Silence " + time,
        new CommandButton(
            Verb.SILENCE,
            clusterOf(about.silence().orElse("")),
            incident,
            about,
            Optional.of(lasts)),
        style,
        "Silence for " + time + "?",
        "Hides "
            + (problems.size() == all ? "" : "the " + problems.size() + " noisiest of ")
            + (all == 1 ? "1 kind of alert" : all + " kinds of alerts")
            + " from people ("
            + alerts
            + " so far). Responders still act, and people are still notified of more severe alerts"
            + " and of other alerts of the workload.",
        "Silence");
  }

  private CommandButton command(Verb verb, String id, About about, Optional<Duration> lasts) {
    return new CommandButton(verb, clusterOf(id), incident, about, lasts);
  }

  /** An id without the cluster is of an account, where one responder serves all clusters. */
  private Optional<String> clusterOf(String id) {
    return cluster.filter(name -> id.startsWith(name + "/"));
  }

  /** Empty if the command is too long for a button; people can use the command line. */
  private static Optional<SlackMessage.Button> button(
      String text,
      CommandButton command,
      SlackMessage.Style style,
      String title,
      String question,
      String yes) {
    return command
        .value()
        .map(
            value ->
                new SlackMessage.Button(
                    SlackText.bounded(text, TEXT),
                    command.actionId(),
                    value,
                    style,
                    Optional.of(
                        new SlackMessage.Question(
                            SlackText.bounded(title, TITLE),
                            SlackText.bounded(question, QUESTION),
                            yes))));
  }

  /** Whether a containment of that outcome is in force. */
  static boolean isLive(Told.Response response) {
    return response.leaseUntil() != null
        && response.outcome() != ResponseOutcome.RELEASED
        && response.outcome() != ResponseOutcome.OBSERVED;
  }
}
