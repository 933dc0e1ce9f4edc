package io.cattleguard.app.replay;

import io.cattleguard.app.models.RecordedDeviations;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.road.EventCounts;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Prints the report of a replay for people. */
final class ReplayReport {
  private static final int SHOWN = 25;
  private static final int PLACES = 3;
  private static final int DETAIL = 15;

  /** The width that a rule's name has in every terminal. */
  private static final int RULE = 20;

  private final Screen screen;
  private final Policy policy;
  private final LocalDate today;

  /**
   * Prints to a screen.
   *
   * @param today from when on the suppression to paste hides
   */
  ReplayReport(Screen screen, Policy policy, LocalDate today) {
    this.screen = screen;
    this.policy = policy;
    this.today = today;
  }

  void print(Replay replay) {
    List<Incident> incidents =
        replay.incidents().stream()
            .sorted(Comparator.comparingInt(Incident::score).reversed())
            .toList();
    printCounts(replay.counts());
    if (!incidents.isEmpty()) {
      printIncidents(incidents);
      printMeaning(replay.counts(), incidents);
      printNoisiest(incidents);
    }
    printDeviations(replay.deviations());
    printSkipped("Unreadable", replay.unreadable());
    printSkipped("Ignored: not alerts", replay.ignored());
  }

  private void printCounts(EventCounts counts) {
    screen.line(Style.STRONG, events(counts.received()) + " received");
    printCount(counts, EventCounts.Column.OPENED, "opened an incident");
    printCount(counts, EventCounts.Column.SPREAD, "spread an incident to a new object");
    printCount(counts, EventCounts.Column.MERGED, "merged: repeats of a known problem");
    printCount(counts, EventCounts.Column.SUPPRESSED, "suppressed by the policy");
    printCount(counts, EventCounts.Column.IGNORED, "ignored: not alerts");
    printCount(counts, EventCounts.Column.UNREADABLE, "unreadable");
  }

  private void printCount(EventCounts counts, EventCounts.Column column, String meaning) {
    if (counts.of(column) > 0) {
      screen.line(Screen.format("%,9d  %s", counts.of(column), meaning));
    }
  }

  private void printIncidents(List<Incident> incidents) {
    int longest =
        incidents.stream().limit(SHOWN).mapToInt(one -> one.rule().length()).max().orElse(0);
    int rule = Math.min(longest, Math.max(RULE, (screen.widest() - DETAIL - 2) / 2));
    screen.blank();
    screen.cut(
        Style.STRONG,
        Screen.format("%5s %7s  %s  %s", "score", "alerts", Screen.pad("rule", rule), "where"));
    for (Incident incident : incidents.subList(0, Math.min(SHOWN, incidents.size()))) {
      String objects = incident.targetCount() > 1 ? ", " + incident.targetCount() + " objects" : "";
      screen.cut(
          incident.responses().isEmpty() ? Style.PLAIN : Style.WARN,
          Screen.format(
              "%5d %,7d  %s  %s",
              incident.score(),
              incident.count(),
              Screen.pad(Screen.shortened(incident.rule(), rule), rule),
              incident.place() + objects));
      printResponses(incident);
    }
    if (incidents.size() > SHOWN) {
      screen.line(
          Style.FAINT,
          Screen.format("%14s %,d more; --json prints all", "…", incidents.size() - SHOWN));
    }
  }

  /** Prints one line per playbook and object: the steps that it would have run. */
  private void printResponses(Incident incident) {
    Map<String, List<Incident.Response>> answers = new LinkedHashMap<>();
    for (Incident.Response response : incident.responses()) {
      answers
          .computeIfAbsent(response.playbook() + "\n" + response.target(), key -> new ArrayList<>())
          .add(response);
    }
    answers.values().stream().limit(PLACES).forEach(this::printAnswer);
    if (answers.size() > PLACES) {
      screen.field(
          DETAIL, 0, "", Style.FAINT, Screen.format("… and %,d more", answers.size() - PLACES));
    }
  }

  private void printAnswer(List<Incident.Response> steps) {
    List<String> objections =
        steps.stream().flatMap(step -> step.objections().stream()).distinct().toList();
    screen.field(
        DETAIL,
        0,
        "",
        Style.PLAIN,
        "playbook "
            + steps.get(0).playbook()
            + decision(steps.get(0), objections)
            + steps.stream().map(Incident.Response::action).collect(Collectors.joining(", then "))
            + " on "
            + steps.get(0).target());
    objections.forEach(objection -> screen.field(DETAIL, 2, "-", Style.FAINT, objection));
  }

  private static String decision(Incident.Response step, List<String> objections) {
    if (!objections.isEmpty()) {
      return ": would be refused: ";
    }
    return step.asks() ? ": would ask for approval of " : ": would run ";
  }

  private void printMeaning(EventCounts counts, List<Incident> incidents) {
    long answered = incidents.stream().filter(one -> !one.responses().isEmpty()).count();
    screen.blank();
    screen.line(
        Style.STRONG,
        answered == 0
            ? "No playbook matches any incident."
            : Screen.format(
                "Playbooks match %,d of %,d %s.",
                answered, incidents.size(), incidents.size() == 1 ? "incident" : "incidents"));
    if (answered > 0) {
      screen.line(
          "Replay has no cluster: guards that check the live pod, its owner, replicas and"
              + " disruption budgets were not evaluated. They may still refuse an action.");
      String observing = observing(incidents);
      if (!observing.isEmpty()) {
        screen.line(
            "Playbooks in observe mode take no action: "
                + observing
                + ". To enforce one, set 'mode: enforce' in its file.");
      }
    }
    long shown =
        incidents.stream()
            .filter(one -> one.destinations().stream().anyMatch(policy::isReadByPeople))
            .map(Incident::incident)
            .distinct()
            .count();
    long alerts =
        counts.received()
            - counts.of(EventCounts.Column.IGNORED)
            - counts.of(EventCounts.Column.UNREADABLE);
    screen.line(
        Screen.format(
            "People would have received %,d %s from %,d %s.",
            shown,
            shown == 1 ? "incident" : "incidents",
            alerts,
            alerts == 1 ? "alert" : "alerts"));
  }

  /** Prints how to hide the problem with the most notifications that no playbook answers. */
  private void printNoisiest(List<Incident> incidents) {
    incidents.stream()
        .filter(one -> one.count() > 1 && one.responses().isEmpty())
        .filter(one -> one.destinations().stream().anyMatch(policy::isReadByPeople))
        .max(Comparator.comparingLong(Incident::count))
        .ifPresent(
            noisiest -> {
              screen.blank();
              screen.line(
                  Screen.format(
                      "Most alerts of which people are notified and that no playbook answers: %s in"
                          + " %s, %,d. If it is noise, paste below suppressions: in"
                          + " suppressions.yaml:",
                      noisiest.rule(), noisiest.place(), noisiest.count()));
              noisiest
                  .suppression()
                  .lines(today, noisiest.count())
                  .forEach(line -> screen.verbatim(Style.PLAIN, line));
            });
  }

  /** The playbooks that match an incident in a place where they only observe. */
  private String observing(List<Incident> incidents) {
    return policy.playbooks().all().stream()
        .filter(
            playbook ->
                incidents.stream()
                    .flatMap(incident -> incident.responses().stream())
                    .filter(response -> response.mode() == Mode.OBSERVE)
                    .anyMatch(response -> response.playbook().equals(playbook.name())))
        .map(Playbook::name)
        .collect(Collectors.joining(", "));
  }

  private void printDeviations(RecordedDeviations deviations) {
    if (!deviations.hasModels()) {
      return;
    }
    List<RecordedDeviations.Found> found = deviations.found();
    screen.blank();
    screen.line(Style.STRONG, DeviationWords.heading(deviations));
    for (RecordedDeviations.Found each : found.subList(0, Math.min(SHOWN, found.size()))) {
      screen.field(
          0,
          11,
          Screen.format("%,9d", each.count()),
          Style.PLAIN,
          each.first().severity().jsonName()
              + ", "
              + each.first().rule()
              + " in "
              + DeviationWords.workload(each)
              + ": "
              + each.first().why());
    }
    long more = found.size() - Math.min(SHOWN, found.size()) + deviations.more();
    if (more > 0) {
      screen.line(
          Style.FAINT,
          Screen.format("%11s%,d more; model test prints all that it keeps", "", more));
    }
    if (!found.isEmpty()) {
      screen.line(DeviationWords.MEANING);
    }
  }

  private void printSkipped(String title, SkippedEvents skipped) {
    if (skipped.all().isEmpty()) {
      return;
    }
    screen.blank();
    screen.line(Style.STRONG, title);
    List<List<SkippedEvents.SkippedEvent>> groups = skipped.byReason();
    for (List<SkippedEvents.SkippedEvent> group :
        groups.subList(0, Math.min(SHOWN, groups.size()))) {
      screen.field(0, 11, Screen.format("%,9d", group.size()), Style.PLAIN, group.get(0).reason());
      for (SkippedEvents.SkippedEvent one : group.subList(0, Math.min(PLACES, group.size()))) {
        screen.verbatim(Style.FAINT, " ".repeat(11) + one.place());
      }
      if (group.size() > PLACES) {
        screen.field(
            11,
            0,
            "",
            Style.FAINT,
            Screen.format("… %,d more; --json prints all", group.size() - PLACES));
      }
    }
    if (groups.size() > SHOWN) {
      screen.line(
          Style.FAINT,
          Screen.format("%11s%,d more reasons; --json prints all", "", groups.size() - SHOWN));
    }
  }

  private static String events(long count) {
    return Screen.format(count == 1 ? "%,d event" : "%,d events", count);
  }
}
