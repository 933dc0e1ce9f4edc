package io.cattleguard.app.board.page;

import io.cattleguard.answer.GuardWords;
import io.cattleguard.answer.IncidentWords;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.Target;
import io.cattleguard.record.ActionRecord;
import io.cattleguard.record.ActionStep;
import io.cattleguard.record.Headline;
import io.cattleguard.record.IncidentRecord;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.record.Problem;
import io.cattleguard.record.TimelineEntry;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One incident.
 *
 * @param facts what is known of it, each with its label
 * @param points the reasons of its score
 * @param heirs the incidents that this one was merged into
 * @param evidence what an action collected
 */
public record IncidentView(
    IncidentRow row,
    String id,
    List<Fact> facts,
    List<Point> points,
    List<Done> actions,
    List<Rule> rules,
    List<Moment> timeline,
    boolean isTimelineCut,
    boolean moreActions,
    List<Fact> heirs,
    Optional<EvidenceList> evidence) {
  /** Ids of other shapes come from an event's text, and no silence can name them. */
  private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{32}");

  /** A text with a label, and the address that it leads to. */
  public record Fact(String label, String text, Optional<String> href) {}

  /** A reason of the score. */
  public record Point(String value, String reason) {}

  /**
   * The outcome of an action.
   *
   * @param notes what it says besides its explanation
   */
  public record Done(
      Chip outcome,
      String action,
      String object,
      String playbook,
      String when,
      Optional<String> lease,
      String explanation,
      List<Fact> notes,
      List<Button> buttons) {
    /** Copies the lists. */
    public Done {
      notes = List.copyOf(notes);
      buttons = List.copyOf(buttons);
    }
  }

  /** A rule that fired. */
  public record Rule(
      String name,
      String source,
      Chip severity,
      String alerts,
      String fingerprint,
      List<Button> buttons) {
    /** Copies the list. */
    public Rule {
      buttons = List.copyOf(buttons);
    }
  }

  /** An entry of the timeline. */
  public record Moment(String time, String tone, String what, String who, String text) {}

  /** Copies the lists. */
  public IncidentView {
    facts = List.copyOf(facts);
    points = List.copyOf(points);
    actions = List.copyOf(actions);
    rules = List.copyOf(rules);
    timeline = List.copyOf(timeline);
    heirs = List.copyOf(heirs);
  }

  /**
   * The record as it is now, with the containments and approvals of the snapshot.
   *
   * @param runbooks by the name of their playbook
   */
  public static IncidentView of(
      IncidentRecord record,
      Snapshot snapshot,
      Map<String, URI> runbooks,
      Optional<EvidenceList> evidence) {
    IncidentSummary summary = IncidentSummary.of(record);
    return new IncidentView(
        IncidentRow.of(summary, snapshot.at()),
        Words.name(record.id()),
        facts(record, summary),
        record.headline().stream()
            .flatMap(headline -> headline.reasons().stream())
            .filter(one -> one.value() != 0)
            .map(
                one ->
                    new Point(
                        String.format(Locale.ROOT, "%+d", one.value()),
                        Words.sentence(one.reason())))
            .toList(),
        record.actions().values().stream()
            .sorted(ActionRecord.FOR_PEOPLE)
            .map(action -> done(action, record.id(), snapshot, runbooks))
            .toList(),
        record.problems().values().stream()
            .sorted(
                Comparator.comparingLong(Problem::alerts)
                    .reversed()
                    .thenComparing(Problem::fingerprint))
            .map(problem -> rule(problem, record.id()))
            .toList(),
        record.timeline().entries().reversed().stream().map(IncidentView::moment).toList(),
        !record.timeline().full().isEmpty(),
        record.moreActions(),
        record.continuedAs().stream()
            .map(
                heir -> new Fact("Goes on as", Words.name(heir), Optional.of(Links.incident(heir))))
            .toList(),
        evidence);
  }

  private static List<Fact> facts(IncidentRecord record, IncidentSummary summary) {
    List<Fact> facts = new ArrayList<>();
    record.headline().map(Headline::place).ifPresent(place -> facts.addAll(place(place)));
    facts.add(fact("First event", Words.time(record.firstAt()) + " UTC"));
    facts.add(fact("Latest event", Words.time(record.lastAt()) + " UTC"));
    record
        .timeToContain()
        .ifPresent(
            took -> facts.add(fact("Contained", IncidentWords.took(took) + " after the alert")));
    if (summary.uncontained() > 0) {
      facts.add(fact("Not contained", IncidentWords.count(summary.uncontained(), "object")));
    }
    IncidentWords.notified(record)
        .ifPresent(text -> facts.add(fact("Notified people", "by " + text)));
    record.silencedBy().forEach(by -> facts.add(fact("Hidden from people by", by)));
    return facts;
  }

  private static List<Fact> place(Target place) {
    return Stream.of(
            named("Cluster", place.cluster()),
            named("Namespace", place.namespace()),
            named("Workload", place.workload()),
            named("Pod", place.pod()),
            named("Container", place.containerName()),
            named("Image", place.image()),
            named("Node", place.node()),
            named("Account", place.account()),
            named("Region", place.region()),
            named("Instance", place.instance()),
            named("Security group", place.securityGroup()),
            named("Principal", place.principal()),
            named("Resource", place.resource()))
        .flatMap(Optional::stream)
        .toList();
  }

  private static Optional<Fact> named(String label, @Nullable String text) {
    return Optional.ofNullable(text).map(one -> fact(label, one));
  }

  private static Fact fact(String label, String text) {
    return new Fact(label, Words.name(text), Optional.empty());
  }

  private static Done done(
      ActionRecord action, String incident, Snapshot snapshot, Map<String, URI> runbooks) {
    ActionStep now = action.now();
    List<Fact> notes = new ArrayList<>();
    runbook(runbooks.get(now.playbook())).ifPresent(notes::add);
    notes.addAll(guards(action));
    if (!now.decidedBy().isEmpty()) {
      notes.add(fact("Decided by", now.decidedBy()));
    }
    if (action.isReleaseFailing()) {
      notes.add(fact("Release", "fails and is retried"));
    }
    verification(action).ifPresent(text -> notes.add(fact("Verification", text)));
    receipts(action)
        .forEach(
            step ->
                notes.add(new Fact("Receipt", Words.sentence(receipt(step)), Optional.empty())));
    return new Done(
        Chip.of(now.outcome()),
        Words.name(action.action()),
        Words.name(action.target()),
        Words.name(now.playbook()),
        Words.time(now.at()),
        action.leaseUntil().map(until -> Words.time(until) + " UTC"),
        Words.sentence(Words.capitalised(now.explanation())),
        notes,
        buttons(action, incident, snapshot));
  }

  private static Optional<Fact> runbook(@Nullable URI address) {
    return Optional.ofNullable(address)
        .map(one -> new Fact("Runbook", Words.name(one.toString()), Optional.of(one.toString())));
  }

  private static List<Fact> guards(ActionRecord action) {
    List<Fact> facts = new ArrayList<>();
    if (!action.answers().isAsked()) {
      guards(action.now()).ifPresent(text -> facts.add(fact("Guards", text)));
    }
    GuardWords.of(action)
        .forEach(
            line ->
                facts.add(new Fact(line.label(), Words.sentence(line.text()), Optional.empty())));
    return facts;
  }

  /** A record of an earlier version names only the guards that objected. */
  private static Optional<String> guards(ActionStep step) {
    return switch (step.outcome()) {
      case REFUSED, OBSERVED ->
          Optional.of(
              step.objections().isEmpty()
                  ? "none objected"
                  : IncidentWords.count(step.objections().size(), "guard") + " objected");
      case TAKEN, REQUESTED, EXTENDED, AWAITING_APPROVAL, FAILED, RELEASED -> Optional.empty();
    };
  }

  private static Optional<String> verification(ActionRecord action) {
    if (action.effect() == Effect.NONE) {
      return Optional.empty();
    }
    if (action.isRequestedOnly()) {
      return Optional.of("the effect was not seen");
    }
    return switch (action.now().outcome()) {
      case TAKEN, EXTENDED -> Optional.of("the effect was seen");
      case FAILED -> Optional.of("the effect was checked and not seen");
      case REQUESTED, OBSERVED, REFUSED, AWAITING_APPROVAL, RELEASED -> Optional.empty();
    };
  }

  /** One entry per kind of outcome, in the order of time. */
  private static List<ActionStep> receipts(ActionRecord action) {
    return Stream.of(action.first(), action.held(), action.ended(), action.answer())
        .flatMap(Optional::stream)
        .distinct()
        .sorted(Comparator.comparing(ActionStep::at))
        .toList();
  }

  private static String receipt(ActionStep step) {
    return step.outcome().jsonName() + " at " + Words.time(step.at()) + " UTC, event " + step.id();
  }

  private static List<Button> buttons(ActionRecord action, String incident, Snapshot snapshot) {
    String about = action.action() + " on " + action.target();
    if (action.isWaiting() && !action.now().approval().isEmpty()) {
      return Waiting.buttons(action.now().approval(), incident, about);
    }
    if (action.leaseUntil().isEmpty() && !action.isReleaseFailing()) {
      return List.of();
    }
    return snapshot.containments().all().stream()
        .filter(one -> Held.isAbout(one, action.action(), action.target()))
        .findFirst()
        .map(one -> Held.buttons(one.path("id").asText(), incident, about))
        .orElse(List.of());
  }

  private static Rule rule(Problem problem, String incident) {
    return new Rule(
        Words.name(problem.rule()),
        Words.name(problem.source()),
        Chip.of(problem.severity()),
        IncidentWords.count(problem.alerts(), "alert"),
        Words.name(problem.fingerprint()),
        buttons(problem, incident));
  }

  private static List<Button> buttons(Problem problem, String incident) {
    List<Button> buttons = new ArrayList<>();
    problem.acceptable().forEach(entry -> buttons.add(Button.accepting(entry, incident)));
    if (isFingerprint(problem.fingerprint())) {
      buttons.add(Button.of(Verb.SILENCE, problem.fingerprint(), incident, problem.rule()));
    }
    return buttons;
  }

  /** Whether a silence can name it. */
  public static boolean isFingerprint(String text) {
    return FINGERPRINT.matcher(text).matches();
  }

  private static Moment moment(TimelineEntry entry) {
    return new Moment(
        Words.time(entry.at()),
        switch (entry.kind()) {
          case ALERT -> "alert";
          case EFFECT -> "effect";
          case COMMAND -> "command";
          case REPEAT, ANSWER -> "faint";
        },
        Words.name(entry.what()),
        Words.name(entry.who()),
        Words.sentence(entry.text()));
  }
}
