package io.cattleguard.app.replay;

import static io.cattleguard.app.replay.ReplayDocument.cut;
import static io.cattleguard.app.replay.ReplayDocument.number;

import io.cattleguard.answer.IncidentWords;
import io.cattleguard.app.replay.ReplayedIncidents.Group;
import io.cattleguard.app.replay.ReplayedIncidents.Step;
import io.cattleguard.app.report.Document;
import io.cattleguard.events.Severity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The sections about incidents: severity, containments, refusals and owners. */
final class IncidentSections {
  private static final int SHOWN = 25;
  private static final int NAMED = 3;

  private final ReplayedIncidents incidents;

  IncidentSections(ReplayedIncidents incidents) {
    this.incidents = incidents;
  }

  List<Document.Section> all() {
    return List.of(
        severities(), playbooks(), contained(), refused(), leftToPeople(), forDevelopers());
  }

  private Document.Section severities() {
    Map<Severity, List<Group>> groups = new TreeMap<>(Comparator.reverseOrder());
    List<Group> without = new ArrayList<>();
    for (Group group : incidents.all()) {
      group
          .severity()
          .map(severity -> groups.computeIfAbsent(severity, key -> new ArrayList<>()))
          .orElse(without)
          .add(group);
    }
    List<List<String>> rows = new ArrayList<>();
    groups.forEach((severity, of) -> rows.add(row(severity.jsonName(), of)));
    if (!without.isEmpty()) {
      rows.add(row("the source gives none", without));
    }
    return new Document.Section(
        "Incidents by severity",
        "The highest severity that a source gave to an alert of the incident.",
        List.of("Severity", "Incidents", "Told to people", "A playbook would contain"),
        rows,
        "No incident.");
  }

  private static List<String> row(String severity, List<Group> groups) {
    return List.of(
        severity,
        number(groups.size()),
        number(groups.stream().filter(Group::isTold).count()),
        number(groups.stream().filter(Group::isContained).count()));
  }

  private Document.Section playbooks() {
    Map<String, Totals> totals = new TreeMap<>();
    for (Group group : incidents.all()) {
      group
          .containing()
          .forEach(
              (playbook, steps) ->
                  totals.computeIfAbsent(playbook, key -> new Totals()).add(group, steps));
    }
    return new Document.Section(
        "What would have been contained, by which playbook, and how fast",
        "Time is what a recording can know: from the first alert of the incident to the alert that"
            + " the playbook answers, by the events' own time. It contains neither the way of the"
            + " alert to Cattleguard nor the action itself; cattleguard drill measures both in your"
            + " deployment. A replay has no cluster and no account: guards that look at live"
            + " objects, such as the last serving replica, were not evaluated and may refuse an"
            + " action. Budgets and hourly caps are not used up.",
        List.of(
            "Playbook",
            "Incidents",
            "Objects",
            "With its present mode",
            "Median after the first alert",
            "Longest"),
        totals.entrySet().stream().map(one -> one.getValue().row(one.getKey())).toList(),
        "No playbook would contain an incident of this recording.");
  }

  /** What one playbook does in all incidents. */
  private static final class Totals {
    private final Set<String> objects = new HashSet<>();
    private final Set<PolicyResult.Effect> effects = new TreeSet<>();
    private final List<Duration> times = new ArrayList<>();
    private long incidents;

    private void add(Group group, List<Step> steps) {
      incidents++;
      for (Step step : steps) {
        objects.add(step.response().target());
        effects.add(step.effect());
      }
      group.afterFirst(steps.getFirst()).ifPresent(times::add);
    }

    private List<String> row(String playbook) {
      times.sort(Comparator.naturalOrder());
      return List.of(
          cut(playbook),
          number(incidents),
          number(objects.size()),
          effects.stream().map(IncidentSections::words).collect(Collectors.joining("; ")),
          times.isEmpty() ? "unknown" : IncidentWords.took(times.get((times.size() - 1) / 2)),
          times.isEmpty() ? "unknown" : IncidentWords.took(times.getLast()));
    }
  }

  private static String words(PolicyResult.Effect effect) {
    return switch (effect) {
      case NONE -> "not considered";
      case REFUSED -> "refused";
      case OBSERVED -> "observes: no action until it enforces";
      case APPROVAL -> "waits for a person's approval";
      case TAKEN -> "acts";
    };
  }

  private Document.Section contained() {
    List<Group> contained = incidents.all().stream().filter(Group::isContained).toList();
    List<List<String>> rows = new ArrayList<>();
    for (Group group : contained.subList(0, Math.min(SHOWN, contained.size()))) {
      group.containing().forEach((playbook, steps) -> rows.add(row(group, playbook, steps)));
    }
    return new Document.Section(
        "The incidents that a playbook would contain" + ofMany(contained.size()),
        List.of("Incident", "Where", "Playbook", "Steps", "On", "After the first alert"),
        rows,
        "None.");
  }

  private static List<String> row(Group group, String playbook, List<Step> steps) {
    Incident why = steps.getFirst().problem();
    Set<String> actions = new LinkedHashSet<>();
    Set<String> targets = new LinkedHashSet<>();
    steps.forEach(
        step -> {
          actions.add(step.response().action());
          targets.add(step.response().target());
        });
    return List.of(
        cut(why.rule()) + ", score " + why.score(),
        cut(why.place()),
        cut(playbook),
        String.join(", then ", actions),
        named(targets),
        group.afterFirst(steps.getFirst()).map(IncidentWords::took).orElse("unknown"));
  }

  private Document.Section refused() {
    Map<String, Refusals> reasons = new LinkedHashMap<>();
    for (Group group : incidents.all()) {
      for (Step step : group.steps()) {
        for (String objection : step.response().objections()) {
          reasons.computeIfAbsent(objection, key -> new Refusals(step)).groups.add(group);
        }
      }
    }
    List<Map.Entry<String, Refusals>> sorted = new ArrayList<>(reasons.entrySet());
    sorted.sort(Comparator.comparingInt(one -> -one.getValue().groups.size()));
    return new Document.Section(
        "What was refused, and why" + ofMany(sorted.size()),
        List.of("Reason", "Incidents", "Example"),
        sorted.stream()
            .limit(SHOWN)
            .map(
                one ->
                    List.of(
                        cut(one.getKey()),
                        number(one.getValue().groups.size()),
                        cut(
                            one.getValue().example.response().playbook()
                                + ": "
                                + one.getValue().example.response().action()
                                + " on "
                                + one.getValue().example.response().target())))
            .toList(),
        "No guard that needs no cluster refused an action.");
  }

  /** The incidents with one objection, and a step that it refuses. */
  private static final class Refusals {
    private final Set<Group> groups = new HashSet<>();
    private final Step example;

    private Refusals(Step example) {
      this.example = example;
    }
  }

  private Document.Section leftToPeople() {
    List<Group> left =
        incidents.all().stream()
            .filter(group -> group.isTold() && !group.isContained() && !group.isForDevelopers())
            .toList();
    return new Document.Section(
        "Left to people: told, and no playbook would contain it" + ofMany(left.size()),
        List.of("Incident", "Severity", "Alerts", "Where"),
        left.stream()
            .limit(SHOWN)
            .map(
                group ->
                    List.of(
                        cut(group.gravest().rule()) + ", score " + group.gravest().score(),
                        group.severity().map(Severity::jsonName).orElse("none"),
                        number(group.problems().stream().mapToLong(Incident::count).sum()),
                        cut(group.gravest().place())))
            .toList(),
        "None.");
  }

  /** An owner and what the owner fixes. */
  private record Control(String owner, String alertClass, String source, String rule) {}

  private Document.Section forDevelopers() {
    Map<Control, List<Incident>> controls = new LinkedHashMap<>();
    for (Group group : incidents.all()) {
      for (Incident problem : group.problems()) {
        if (ReplayedIncidents.isForDevelopers(problem)) {
          controls
              .computeIfAbsent(
                  new Control(
                      problem.owner().orElse("no owner"),
                      problem.alertClass().jsonName(),
                      problem.source(),
                      problem.rule()),
                  key -> new ArrayList<>())
              .add(problem);
        }
      }
    }
    List<Map.Entry<Control, List<Incident>>> sorted = new ArrayList<>(controls.entrySet());
    sorted.sort(
        Comparator.comparing((Map.Entry<Control, List<Incident>> one) -> one.getKey().owner())
            .thenComparingInt(one -> -one.getValue().size()));
    return new Document.Section(
        "What only developers need to see" + ofMany(sorted.size()),
        "Findings about configuration and vulnerabilities, by owner and control. They are never"
            + " contained. The owner is the first in owners.yaml that matches, and gets them once"
            + " a day.",
        List.of("Owner", "Control", "Class", "Source", "Problems", "For example"),
        sorted.stream()
            .limit(SHOWN)
            .map(
                one ->
                    List.of(
                        one.getKey().owner(),
                        cut(one.getKey().rule()),
                        one.getKey().alertClass(),
                        cut(one.getKey().source()),
                        number(one.getValue().size()),
                        cut(one.getValue().getFirst().place())))
            .toList(),
        "No finding about configuration or a vulnerability.");
  }

  private static String ofMany(int all) {
    return all > SHOWN ? ": the first " + SHOWN + " of " + number(all) : "";
  }

  private static String named(Set<String> targets) {
    String first =
        targets.stream().limit(NAMED).map(ReplayDocument::cut).collect(Collectors.joining(", "));
    return targets.size() > NAMED
        ? first + " and " + number(targets.size() - NAMED) + " more"
        : first;
  }
}
