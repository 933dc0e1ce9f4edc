package io.cattleguard.local;

import io.cattleguard.local.Screen.Style;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** What a replay found, for people. */
final class ReplayReport {
  private static final int SHOWN = 25;
  private static final int PLACES = 3;
  private static final int DETAIL = 15;

  private final Screen screen;

  ReplayReport(Screen screen) {
    this.screen = screen;
  }

  void print(Replay replay) {
    List<Incident> incidents =
        replay.incidents().stream()
            .sorted(Comparator.comparingInt(Incident::score).reversed())
            .toList();
    printBooks(replay.books());
    if (!incidents.isEmpty()) {
      printIncidents(incidents);
      printMeaning(replay, incidents);
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
      incident.responses().forEach(this::printResponse);
    }
    if (incidents.size() > SHOWN) {
      screen.line(
          Style.FAINT,
          Screen.format("%14s %,d more; --json has them all", "…", incidents.size() - SHOWN));
    }
  }

  private void printResponse(Incident.Response response) {
    screen.field(
        DETAIL,
        0,
        "",
        Style.PLAIN,
        response.playbook()
            + ": "
            + response.action()
            + " on "
            + response.target()
            + " "
            + response.explanation());
    response
        .objections()
        .forEach(objection -> screen.field(DETAIL, 2, "-", Style.FAINT, objection));
  }

  private void printMeaning(Replay replay, List<Incident> incidents) {
    long answered = incidents.stream().filter(one -> !one.responses().isEmpty()).count();
    screen.blank();
    screen.line(
        Style.STRONG,
        answered == 0
            ? "No incident would have been answered by a playbook."
            : Screen.format(
                "%,d of %,d incidents would have been answered by a playbook.",
                answered, incidents.size()));
    if (answered > 0) {
      screen.line(
          "A rehearsal has no cluster to ask: guard-rails that look at the live pod, its owner, its"
              + " replicas and its disruption budgets were not asked, and may still refuse.");
    }
    String told =
        incidents.stream()
            .flatMap(incident -> incident.destinations().stream())
            .collect(Collectors.groupingBy(name -> name, Collectors.counting()))
            .entrySet()
            .stream()
            .sorted(java.util.Map.Entry.comparingByKey())
            .map(entry -> Screen.format("%s of %,d", entry.getKey(), entry.getValue()))
            .collect(Collectors.joining(", "));
    if (!told.isEmpty()) {
      screen.line("Would have been told, of so many incidents: " + told + ".");
    }
    long left = replay.books().received() - incidents.size();
    if (left > 0) {
      screen.line(
          Screen.format(
              "%,d of %,d events needed nobody's eyes beyond that.",
              left, replay.books().received()));
    }
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
