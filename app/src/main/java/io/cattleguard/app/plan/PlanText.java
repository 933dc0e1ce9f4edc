package io.cattleguard.app.plan;

import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Prints a plan for people. */
final class PlanText {
  private static final int NAMED = 4;

  private final Screen screen;
  private final PlanView plan;

  PlanText(Screen screen, PlanView plan) {
    this.screen = screen;
    this.plan = plan;
  }

  void print() {
    screen.line(Style.STRONG, plan.title());
    for (PlanView.Remark remark : plan.remarks()) {
      screen.line(
          switch (remark.kind()) {
            case PLAIN -> Style.PLAIN;
            case GOOD -> Style.GOOD;
            case WARNING -> Style.WARN;
            case ALARM -> Style.ALARM;
          },
          remark.text());
    }
    for (ClusterPlan.Steps steps : plan.playbooks()) {
      screen.blank();
      screen.line(Style.STRONG, "Playbook " + steps.playbook() + ", mode " + steps.mode());
      if (steps.actions().isEmpty()) {
        screen.line(Style.FAINT, "  none of its steps acts in " + plan.place());
      }
      steps.actions().forEach(action -> print(steps.playbook(), action));
    }
    screen.blank();
    screen.line(Style.FAINT, plan.note());
  }

  private void print(String playbook, String action) {
    List<String> acts = new ArrayList<>();
    Map<String, List<String>> objecting = new LinkedHashMap<>();
    Map<String, String> example = new LinkedHashMap<>();
    int all = 0;
    for (ClusterPlan.Place place : plan.places()) {
      for (ClusterPlan.Answer answer : place.answers()) {
        if (!answer.playbook().equals(playbook) || !answer.action().equals(action)) {
          continue;
        }
        all++;
        if (answer.acts()) {
          acts.add(place.name());
        }
        for (ClusterPlan.Objection objection : answer.objections()) {
          objecting.computeIfAbsent(objection.guard(), key -> new ArrayList<>()).add(place.name());
          example.putIfAbsent(objection.guard(), objection.because());
        }
      }
    }
    screen.field(
        2,
        28,
        action,
        acts.isEmpty() ? Style.FAINT : Style.WARN,
        all == 0
            ? "concerns nothing here"
            : Screen.format("could act on %,d of %,d%s", acts.size(), all, named(": ", acts)));
    objecting.forEach(
        (guard, names) ->
            screen.field(
                4,
                26,
                "not",
                Style.FAINT,
                Screen.format("%,d by guard '%s'%s", names.size(), guard, named(": ", names))
                    + " ("
                    + example.get(guard)
                    + ")"));
  }

  private static String named(String before, List<String> names) {
    if (names.isEmpty()) {
      return "";
    }
    String some = names.stream().limit(NAMED).collect(Collectors.joining(", "));
    int more = names.size() - NAMED;
    return before + some + (more > 0 ? Screen.format(" and %,d more", more) : "");
  }
}
