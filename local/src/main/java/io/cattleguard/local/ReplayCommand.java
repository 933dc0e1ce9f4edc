package io.cattleguard.local;

import io.cattleguard.events.Alert;
import io.cattleguard.events.ResponseDecided;
import java.io.PrintStream;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what would have been contained, on yesterday's events. */
@Command(
    name = "replay",
    description = "Run recorded events through the road, with their own time; touches nothing.")
final class ReplayCommand implements Callable<Integer> {
  private static final int SHOWN = 20;

  @Mixin private final Surroundings surroundings = new Surroundings();

  @Option(names = "--json", description = "Print one JSON object instead of a report.")
  private boolean json;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "JSON, JSON arrays or JSON lines, in any mix; - is standard input.")
  private List<String> files = List.of();

  @Override
  public Integer call() {
    Replay replay = new Replay(surroundings.policy(), surroundings.patterns());
    Recordings.read(files, System.in, replay::take);
    if (json) {
      surroundings.out().println(replay.toJson());
    } else {
      report(replay, surroundings.out());
    }
    if (!replay.books().balance()) {
      System.err.println(
          "The books do not balance: this is a defect of Cattleguard; please report it.");
      return Main.NO;
    }
    return Main.DONE;
  }

  private static void report(Replay replay, PrintStream out) {
    Books books = replay.books();
    out.printf(
        "%,d events: %,d opened an incident, %,d were on a new object, %,d repeated what was"
            + " known,%n",
        books.receivedCount(), books.openedCount(), books.spreadCount(), books.mergedCount());
    out.printf(
        "%,d suppressed, %,d no alerts, %,d unreadable.%n",
        books.suppressedCount(), books.ignoredCount(), books.unreadableCount());
    List<Incident> incidents =
        replay.incidents().stream()
            .sorted(Comparator.comparingInt(Incident::score).reversed())
            .toList();
    if (!incidents.isEmpty()) {
      out.println();
      out.printf("%5s %7s  %-44s %s%n", "score", "alerts", "rule", "where");
      incidents.stream().limit(SHOWN).forEach(incident -> line(incident, out));
      if (incidents.size() > SHOWN) {
        out.printf("      … and %,d more; --json has them all%n", incidents.size() - SHOWN);
      }
      long answered = incidents.stream().filter(one -> !one.responses().isEmpty()).count();
      out.println();
      out.printf(
          "%,d of %,d incidents would have been answered by a playbook.%n",
          answered, incidents.size());
    }
    left("Not read", replay.unreadable(), out);
    left("Read, and no alert", replay.ignored(), out);
  }

  private static void line(Incident incident, PrintStream out) {
    Alert alert = incident.alert();
    String where = alert.target().namespace() == null ? "" : alert.target().namespace() + "/";
    String more = incident.targetCount() > 1 ? " (" + incident.targetCount() + " objects)" : "";
    out.printf(
        "%5d %,7d  %-44s %s%n",
        incident.score(),
        incident.count(),
        Layout.cut(alert.rule() == null ? "(no rule name)" : alert.rule(), 44),
        where + incident.workload() + more);
    for (ResponseDecided decided : incident.responses()) {
      out.printf("%15s%s %s: %s%n", "", decided.action(), decided.target(), decided.explanation());
      decided.objections().forEach(objection -> out.printf("%17s- %s%n", "", objection));
    }
  }

  private static void left(String title, List<Replay.Left> left, PrintStream out) {
    if (left.isEmpty()) {
      return;
    }
    Map<String, List<Replay.Left>> byReason = new LinkedHashMap<>();
    left.forEach(
        one -> byReason.computeIfAbsent(one.reason(), key -> new java.util.ArrayList<>()).add(one));
    out.println();
    out.println(title + ":");
    byReason.forEach(
        (reason, all) -> {
          out.printf("%,8d  %s%n", all.size(), reason);
          Replay.Left first = all.get(0);
          out.printf(
              "          %s:%d%s%n",
              first.file(),
              first.line(),
              all.size() > 1 ? " and " + (all.size() - 1) + " more" : "");
        });
  }
}
