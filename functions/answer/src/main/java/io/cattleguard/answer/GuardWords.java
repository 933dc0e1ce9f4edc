package io.cattleguard.answer;

import io.cattleguard.events.ResponseDecided.GuardAnswers;
import io.cattleguard.events.ResponseDecided.GuardAnswers.Answer;
import io.cattleguard.record.ActionRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What guards answered, for people. */
public final class GuardWords {
  private GuardWords() {}

  /**
   * A text with a label.
   *
   * @param text may be an attacker's in part
   */
  public record Line(String label, String text) {}

  /**
   * Which guards were asked about an action, and what each answered. Then the objections that are
   * of no guard. Empty if nothing is known.
   */
  public static List<Line> of(ActionRecord action) {
    GuardAnswers answers = action.answers();
    List<Line> lines = new ArrayList<>();
    if (answers.isAsked()) {
      lines.add(new Line("Guards", counts(answers)));
      answers.objected().forEach(one -> lines.add(line("Objected", one)));
      answers.notEvaluated().stream()
          .filter(one -> !one.why().isEmpty())
          .forEach(one -> lines.add(line("Not evaluated", one)));
      addNames(
          lines,
          "Not evaluated",
          answers.notEvaluated().stream()
              .filter(one -> one.why().isEmpty())
              .map(Answer::guard)
              .toList());
      addNames(lines, "Did not object", answers.clear());
    }
    List<String> ofGuards =
        Stream.concat(answers.objected().stream(), answers.notEvaluated().stream())
            .map(Answer::why)
            .toList();
    action.now().objections().stream()
        .filter(objection -> !ofGuards.contains(objection))
        .filter(objection -> !action.now().explanation().contains(objection))
        .forEach(objection -> lines.add(new Line("Objection", objection)));
    return lines;
  }

  private static String counts(GuardAnswers answers) {
    int objected = answers.objected().size();
    int not = answers.notEvaluated().size();
    int all = answers.clear().size() + objected + not;
    return all
        + " asked, "
        + (objected == 0 ? "none" : objected)
        + " objected"
        + (not == 0 ? "" : ", " + not + " could not be evaluated");
  }

  private static Line line(String label, Answer answer) {
    return new Line(label, answer.guard() + (answer.why().isEmpty() ? "" : ": " + answer.why()));
  }

  private static void addNames(List<Line> lines, String label, List<String> names) {
    if (!names.isEmpty()) {
      lines.add(new Line(label, String.join(", ", names)));
    }
  }
}
