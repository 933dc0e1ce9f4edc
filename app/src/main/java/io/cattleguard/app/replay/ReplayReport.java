package io.cattleguard.app.replay;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.road.Books;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What a replay found, for people. */
final class ReplayReport {
  private static final int SHOWN = 25;
  private static final int PLACES = 3;
  private static final int DETAIL = 15;

  private final Screen screen;
  private final Policy policy;

  ReplayReport(Screen screen, Policy policy) {
    this.screen = screen;
    this.policy = policy;
  }

  void print(Replay replay) {
    List<Incident> incidents =
        replay.incidents().stream()
            .sorted(Comparator.comparingInt(Incident::score).reversed())
            .toList();
    printBooks(replay.books());
    if (!incidents.isEmpty()) {
      printIncidents(incidents);
      printMeaning(replay.books(), incidents);
    }
    printLeftovers("Could not be read", replay.unreadable());
    printLeftovers("Read, and no alert", replay.ignored());
  }

  private void printBooks(Books books) {
    screen.line(Style.STRONG, events(books.received()) + " received");
    book(books, Books.Column.OPENED, "opened an incident");
    book(books, Books.Column.SPREAD, "were a known problem on a new object");
    book(books, Books.Column.MERGED, "repeated what was known: nobody had to read them");
    book(books, Books.Column.SUPPRESSED, "were suppressed by the policy");
    book(books, Books.Column.IGNORED, "are no alerts");
    book(books, Books.Column.UNREADABLE, "could not be read");
  }

  private void book(Books books, Books.Column column, String meaning) {
    if (books.of(column) > 0) {
      screen.line(Screen.format("%,9d  %s", books.of(column), meaning));
    }
  }

  private void printIncidents(List<Incident> incidents) {
    int rule = Math.min(48, (screen.columns() - DETAIL - 2) / 2);
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
          Screen.format("%14s %,d more; --json has them all", "…", incidents.size() - SHOWN));
    }
  }

  /** What each playbook would have done to each object, its steps in one line. */
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
        steps.get(0).playbook()
            + (objections.isEmpty() ? " would have taken: " : " would have been refused: ")
            + steps.stream().map(Incident.Response::action).collect(Collectors.joining(", then "))
            + " on "
            + steps.get(0).target());
    objections.forEach(objection -> screen.field(DETAIL, 2, "-", Style.FAINT, objection));
  }

  private void printMeaning(Books books, List<Incident> incidents) {
    long answered = incidents.stream().filter(one -> !one.responses().isEmpty()).count();
    screen.blank();
    screen.line(
        Style.STRONG,
        answered == 0
            ? "No incident is one that a playbook answers."
            : Screen.format("Playbooks answer %,d of %,d incidents.", answered, incidents.size()));
    if (answered > 0) {
      screen.line(
          "A rehearsal has no cluster to ask: guard-rails that look at the live pod, its owner, its"
              + " replicas and its disruption budgets were not asked, and may still refuse.");
      String observing = observing(incidents);
      if (!observing.isEmpty()) {
        screen.line(
            "As the policy stands, these would only have said so: "
                + observing
                + ". Set 'mode: enforce' in their files when you trust them.");
      }
    }
    long shown =
        incidents.stream()
            .filter(one -> one.destinations().stream().anyMatch(policy::isReadByPeople))
            .count();
    long alerts =
        books.received() - books.of(Books.Column.IGNORED) - books.of(Books.Column.UNREADABLE);
    screen.line(
        Screen.format(
            "Of %,d alerts, people would have been shown %,d incidents, and nobody had to read the"
                + " rest.",
            alerts, shown));
  }

  /** The playbooks that answered and do not act. */
  private String observing(List<Incident> incidents) {
    Set<String> answering =
        incidents.stream()
            .flatMap(incident -> incident.responses().stream())
            .map(Incident.Response::playbook)
            .collect(Collectors.toSet());
    return policy.playbooks().all().stream()
        .filter(playbook -> playbook.mode() != Mode.ENFORCE && answering.contains(playbook.name()))
        .map(Playbook::name)
        .collect(Collectors.joining(", "));
  }

  private void printLeftovers(String title, Leftovers leftovers) {
    if (leftovers.all().isEmpty()) {
      return;
    }
    screen.blank();
    screen.line(Style.STRONG, title);
    List<List<Leftovers.Leftover>> groups = leftovers.byReason();
    for (List<Leftovers.Leftover> group : groups.subList(0, Math.min(SHOWN, groups.size()))) {
      screen.field(0, 11, Screen.format("%,9d", group.size()), Style.PLAIN, group.get(0).reason());
      for (Leftovers.Leftover one : group.subList(0, Math.min(PLACES, group.size()))) {
        screen.verbatim(Style.FAINT, " ".repeat(11) + one.place());
      }
      if (group.size() > PLACES) {
        screen.field(
            11,
            0,
            "",
            Style.FAINT,
            Screen.format("… %,d more; --json has them all", group.size() - PLACES));
      }
    }
    if (groups.size() > SHOWN) {
      screen.line(
          Style.FAINT,
          Screen.format("%11s%,d more reasons; --json has them all", "", groups.size() - SHOWN));
    }
  }

  private static String events(long count) {
    return Screen.format(count == 1 ? "%,d event" : "%,d events", count);
  }
}
