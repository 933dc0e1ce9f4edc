package io.cattleguard.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.events.operator.Question;
import io.cattleguard.record.ActionRecord;
import io.cattleguard.record.ActionStep;
import io.cattleguard.record.IncidentRecord;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.record.Problem;
import io.cattleguard.record.RecordedIncidents;
import io.cattleguard.reviewed.DeviationPatch;
import io.cattleguard.route.slack.message.SlackList;
import io.cattleguard.route.slack.message.SlackList.Item;
import io.cattleguard.route.slack.message.SlackMessage;
import io.cattleguard.route.slack.message.SlackMessage.At;
import io.cattleguard.route.slack.message.SlackMessage.Piece;
import io.cattleguard.route.slack.message.SlackMessage.Value;
import io.cattleguard.route.slack.message.SlackMessage.Words;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/** Answers questions of people in Slack, from the records that the command line reads too. */
public final class Answers {
  /** The answer if the records cannot be read. */
  public static final String UNREADABLE =
      "The records cannot be read now, so nothing is shown. The log says why. Ask again in a"
          + " minute.";

  private static final int RULES = 5;
  private static final String ONE = "To see one of them: /cattleguard incident ID";

  private final RecordedIncidents incidents;
  private final Function<Instant, Listing> contained;
  private final Function<Instant, Listing> silences;
  private final BiFunction<AcceptableEntry, Instant, DeviationPatch> patches;

  /**
   * Takes what is read.
   *
   * @param contained lists what is in force, at a time
   * @param silences lists what is silenced, at a time
   * @param patches what accepting a deviation would change in the policy's models, at a time
   */
  public Answers(
      RecordedIncidents incidents,
      Function<Instant, Listing> contained,
      Function<Instant, Listing> silences,
      BiFunction<AcceptableEntry, Instant, DeviationPatch> patches) {
    this.incidents = incidents;
    this.contained = contained;
    this.silences = silences;
    this.patches = patches;
  }

  /**
   * The answer.
   *
   * @throws io.cattleguard.edge.port.Unavailable if the records cannot be read
   */
  public SlackMessage answer(Question question, Instant now) {
    return switch (question.kind()) {
      case INCIDENTS -> incidents(question, now);
      case INCIDENT -> incident(question.incident(), now);
      case CONTAINED ->
          listed("Contained now", contained.apply(now), "To end one: /cattleguard undo ID REASON");
      case SILENCES ->
          listed("Silences", silences.apply(now), "To end one: /cattleguard unsilence ID REASON");
      case ACCEPT -> PatchMessage.of(patches.apply(question.entry().orElseThrow(), now));
    };
  }

  private SlackMessage incidents(Question question, Instant now) {
    Instant from = now.minus(question.since());
    List<IncidentSummary> holding = incidents.holding(RecordedIncidents.LIMIT);
    List<IncidentSummary> held =
        holding.stream().map(one -> one.asOf(now)).filter(IncidentSummary::holding).toList();
    List<IncidentSummary> latest = incidents.latest(from, RecordedIncidents.LIMIT);
    List<IncidentSummary> all =
        Stream.concat(
                held.stream(),
                latest.stream()
                    .map(one -> one.asOf(now))
                    .filter(one -> held.stream().noneMatch(two -> two.id().equals(one.id()))))
            .toList();
    String since = IncidentWords.time(from) + " UTC";
    if (all.isEmpty()) {
      return SlackList.of(
          "No incident since " + since + ", and nothing is contained or waiting",
          List.of(),
          "More: /cattleguard incidents 7d");
    }
    long recent = all.stream().filter(one -> !one.lastAt().isBefore(from)).count();
    String heading =
        (recent == 0
                ? "No incident"
                : number(recent, latest) + (recent == 1 ? " incident" : " incidents"))
            + " since "
            + since
            + "; "
            + (held.isEmpty() ? "none" : number(held.size(), holding))
            + " contained or waiting for you";
    return SlackList.of(heading, all.stream().map(one -> item(one, now)).toList(), ONE);
  }

  /** There may be more than were read. */
  private static String number(long counted, List<IncidentSummary> read) {
    return counted + (read.size() < RecordedIncidents.LIMIT ? "" : " or more");
  }

  private static Item item(IncidentSummary one, Instant now) {
    return new Item(
        capital(IncidentWords.state(one, now)),
        List.of(
            List.of(new At(one.lastAt()), new Words(" · " + IncidentWords.weight(one))),
            line("what", one.title() + " (" + IncidentWords.count(one.alerts(), "alert") + ")"),
            line("where", IncidentWords.where(one)),
            line("done", IncidentWords.done(one)),
            line("id", one.id())));
  }

  private SlackMessage incident(String id, Instant now) {
    Optional<IncidentRecord> found = incidents.named(id).map(one -> one.asOf(now));
    if (found.isEmpty()) {
      return SlackList.of(
          "No incident, or several, begin with that id",
          List.of(),
          "List them: /cattleguard incidents 7d");
    }
    IncidentRecord record = found.get();
    IncidentSummary summary = IncidentSummary.of(record);
    List<Item> items = new ArrayList<>();
    List<List<Piece>> facts = new ArrayList<>();
    facts.add(
        List.of(
            new Words("from "),
            new At(record.firstAt()),
            new Words(" to "),
            new At(record.lastAt())));
    facts.add(List.of(new Words(IncidentWords.weight(summary))));
    facts.add(line("what", summary.title()));
    facts.add(line("where", IncidentWords.where(summary)));
    record
        .timeToContain()
        .ifPresent(
            took ->
                facts.add(
                    List.of(
                        new Words("contained " + IncidentWords.took(took) + " after the alert"))));
    IncidentWords.notified(record).ifPresent(text -> facts.add(line("notified people", text)));
    record.silencedBy().forEach(by -> facts.add(line("hidden from people by", by)));
    record.continuedAs().forEach(next -> facts.add(line("merged into", next)));
    facts.add(line("id", record.id()));
    items.add(new Item(capital(IncidentWords.state(summary, now)), facts));
    if (record.actions().isEmpty()) {
      items.add(
          new Item(
              "Nothing was done",
              List.of(
                  List.of(
                      new Words(
                          "No playbook matched these alerts, or no responder has answered"
                              + " yet.")))));
    }
    record.actions().values().stream()
        .sorted(ActionRecord.FOR_PEOPLE)
        .forEach(one -> items.add(item(one)));
    items.add(problems(record));
    return SlackList.of(
        "Incident " + record.id(), items, "All of it: ./cattleguard incident ID, or the board");
  }

  private static Item item(ActionRecord action) {
    ActionStep now = action.now();
    List<List<Piece>> lines = new ArrayList<>();
    lines.add(line("on", action.target()));
    lines.add(List.of(new At(now.at()), new Words(" · playbook "), new Value(now.playbook())));
    action.leaseUntil().ifPresent(at -> lines.add(List.of(new Words("until "), new At(at))));
    lines.add(List.of(new Value(now.explanation())));
    now.objections().stream()
        .filter(objection -> !now.explanation().contains(objection))
        .forEach(objection -> lines.add(line("guard", objection)));
    if (now.outcome() == ResponseOutcome.AWAITING_APPROVAL && !now.approval().isEmpty()) {
      lines.add(line("to answer", "/cattleguard approve " + now.approval() + " REASON"));
    }
    return new Item(
        capital(now.outcome().jsonName().replace('-', ' ')) + ": " + action.action(), lines);
  }

  private static Item problems(IncidentRecord record) {
    return new Item(
        IncidentWords.count(record.alerts(), "alert")
            + " of "
            + IncidentWords.count(record.problems().size(), "problem"),
        record.problems().values().stream()
            .sorted(Comparator.comparingLong(Problem::alerts).reversed())
            .limit(RULES)
            .map(
                one ->
                    List.<Piece>of(
                        new Words(one.alerts() + " "),
                        new Value(one.rule()),
                        new Words(" fingerprint "),
                        new Value(one.fingerprint())))
            .toList());
  }

  /** What the command line shows, each entry as an item. */
  private static SlackMessage listed(String heading, Listing listing, String note) {
    List<Item> items =
        listing.entries().stream()
            .map(one -> new Item(title(one.object()), columns(one.line())))
            .toList();
    long switches = listing.entries().stream().filter(Answers::isKillSwitch).count();
    boolean any = items.size() > switches;
    List<String> notes =
        Stream.of(
                Optional.of(note).filter(one -> any),
                Optional.of("To turn the kill switch off: /cattleguard resume REASON")
                    .filter(one -> switches > 0))
            .flatMap(Optional::stream)
            .toList();
    return SlackList.of(
        any ? heading : listing.note().orElse(heading + ": nothing"),
        items,
        notes.isEmpty() ? "More: /cattleguard help" : String.join(". ", notes));
  }

  /**
   * The first column and the rest, each as a line. Without a regular expression, which takes a
   * hundred times as long for a long text of an attacker.
   */
  private static List<List<Piece>> columns(String line) {
    int gap = line.indexOf("  ");
    return gap < 0
        ? List.of(List.of(new Value(line)))
        : List.of(
            List.of(new Value(line.substring(0, gap))),
            List.of(new Value(line.substring(gap + 2))));
  }

  private static boolean isKillSwitch(Listing.Entry entry) {
    return entry.object().has("killSwitch");
  }

  private static String title(ObjectNode object) {
    if (object.has("killSwitch")) {
      return "Kill switch";
    }
    if (object.has("action")) {
      return object.path("action").asText();
    }
    return object.has("trouble")
        ? "Attention"
        : object.path("active").asBoolean() ? "Silence" : "Silence that has ended";
  }

  private static List<Piece> line(String label, String text) {
    return List.of(new Words(label + " "), new Value(text));
  }

  private static String capital(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }
}
