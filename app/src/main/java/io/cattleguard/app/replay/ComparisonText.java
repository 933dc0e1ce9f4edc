package io.cattleguard.app.replay;

import io.cattleguard.app.replay.PolicyResult.Effect;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.Points;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Prints a comparison for people: on a terminal, or as Markdown for a pull request. */
final class ComparisonText {
  /** A comment on GitHub has at most 65,536 characters. */
  private static final int PROBLEMS = 40;

  private static final int ACTIONS = 5;
  private static final int FAILURES = 20;
  private static final int CHARACTERS = 200;

  private final Comparison comparison;
  private final long received;
  private final List<FailOn.Failure> failures;

  ComparisonText(Comparison comparison, long received, List<FailOn.Failure> failures) {
    this.comparison = comparison;
    this.received = received;
    this.failures = failures;
  }

  /** A line of the table of totals. */
  private record Total(String what, long before, long after) {}

  private List<Total> totals() {
    PolicyResult before = comparison.before();
    PolicyResult after = comparison.after();
    List<Total> totals = new ArrayList<>();
    totals.add(new Total("problems", before.problems().size(), after.problems().size()));
    totals.add(new Total("incidents of which people are notified", before.told(), after.told()));
    for (Effect effect : List.of(Effect.TAKEN, Effect.APPROVAL, Effect.OBSERVED, Effect.REFUSED)) {
      totals.add(
          new Total("actions " + effect.words(), before.actions(effect), after.actions(effect)));
    }
    return totals;
  }

  private static List<String> details(Comparison.Difference difference) {
    List<String> details = new ArrayList<>();
    difference.reasonsAdded().forEach(one -> details.add("now " + points(one)));
    difference.reasonsRemoved().forEach(one -> details.add("no more " + points(one)));
    if (!difference.added().isEmpty()) {
      details.add("notified now: " + String.join(", ", difference.added()));
    }
    if (!difference.removed().isEmpty()) {
      details.add("no longer notified: " + String.join(", ", difference.removed()));
    }
    difference.actions().stream().limit(ACTIONS).forEach(one -> details.add(one.words()));
    if (difference.actions().size() > ACTIONS) {
      details.add(
          Screen.format(
              "… and %,d more actions; --json prints all", difference.actions().size() - ACTIONS));
    }
    return details;
  }

  private static String points(Points points) {
    return Screen.format("%+d %s", points.value(), points.reason());
  }

  void print(Screen screen) {
    screen.line(Style.STRONG, Screen.format("%,d events received by both policies", received));
    screen.blank();
    screen.line(Style.FAINT, Screen.format("%-32s %9s %9s", "", "before", "after"));
    for (Total total : totals()) {
      screen.line(
          total.before == total.after ? Style.PLAIN : Style.WARN,
          Screen.format("%-32s %,9d %,9d", total.what, total.before, total.after));
    }
    if (!comparison.playbooks().isEmpty()) {
      screen.blank();
      screen.line(Style.STRONG, "Playbooks and settings that differ");
      comparison
          .playbooks()
          .forEach(one -> screen.field(2, 0, "", Style.PLAIN, one.subject() + ": " + one.words()));
    }
    screen.blank();
    if (comparison.problems().isEmpty()) {
      screen.line(Style.STRONG, "Both policies treat each recorded problem in the same way.");
    } else {
      screen.line(Style.STRONG, Screen.format("%,d problems differ", comparison.problems().size()));
    }
    for (Comparison.Difference difference : shown()) {
      screen.cut(
          difference.actions().isEmpty() ? Style.PLAIN : Style.WARN,
          "  score "
              + difference.score()
              + "  "
              + difference.incident().rule()
              + "  "
              + difference.incident().place());
      details(difference).forEach(one -> screen.field(6, 0, "", Style.FAINT, one));
    }
    more("  ").forEach(line -> screen.line(Style.FAINT, line));
    screen.line(
        Style.FAINT,
        "A replay has no cluster: guards that check live objects may still refuse an action.");
    failures().forEach(line -> screen.line(Style.ALARM, line));
  }

  private List<Comparison.Difference> shown() {
    List<Comparison.Difference> all = comparison.problems();
    return all.subList(0, Math.min(PROBLEMS, all.size()));
  }

  private List<String> more(String indent) {
    int more = comparison.problems().size() - PROBLEMS;
    return more > 0
        ? List.of(Screen.format("%s… %,d more; --json prints all", indent, more))
        : List.of();
  }

  private List<String> failures() {
    List<String> lines = new ArrayList<>();
    failures.stream()
        .limit(FAILURES)
        .forEach(one -> lines.add("--fail-on " + one.rule() + ": " + one.because()));
    if (failures.size() > FAILURES) {
      lines.add(Screen.format("… and %,d more", failures.size() - FAILURES));
    }
    return lines;
  }

  /** Prints Markdown in which text from events is code, so that it forms no link or mention. */
  void printMarkdown(PrintStream out) {
    out.println("### Policy change on " + Screen.format("%,d", received) + " recorded events");
    out.println();
    out.println("| | before | after |");
    out.println("|---|---:|---:|");
    for (Total total : totals()) {
      String bold = total.before == total.after ? "" : "**";
      out.println(
          Screen.format(
              "| %s | %,d | %s%,d%s |", total.what, total.before, bold, total.after, bold));
    }
    if (!comparison.playbooks().isEmpty()) {
      out.println();
      out.println("Playbooks and settings that differ:");
      out.println();
      comparison
          .playbooks()
          .forEach(one -> out.println("- " + code(one.subject()) + ": " + code(one.words())));
    }
    out.println();
    out.println(
        comparison.problems().isEmpty()
            ? "Both policies treat each recorded problem in the same way."
            : Screen.format("%,d problems differ:", comparison.problems().size()));
    out.println();
    for (Comparison.Difference difference : shown()) {
      out.println(
          "- score "
              + difference.score()
              + ": "
              + code(difference.incident().rule())
              + " in "
              + code(difference.incident().place()));
      details(difference).forEach(one -> out.println("  - " + code(one)));
    }
    more("").forEach(line -> out.println("\n" + line));
    out.println();
    out.println(
        "A replay has no cluster: guards that check live objects may still refuse an action.");
    if (!failures.isEmpty()) {
      out.println();
      out.println("**This change needs a review:**");
      out.println();
      failures().forEach(line -> out.println("- " + code(line)));
    }
  }

  private static String code(String text) {
    return "`" + HostileText.visible(text, CHARACTERS).replace('`', '\'') + "`";
  }
}
