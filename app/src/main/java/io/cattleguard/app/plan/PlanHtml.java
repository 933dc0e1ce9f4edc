package io.cattleguard.app.plan;

import io.cattleguard.app.report.Document;
import io.cattleguard.app.report.HtmlReport;
import io.cattleguard.app.terminal.Screen;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A plan as one HTML file. */
final class PlanHtml {
  private PlanHtml() {}

  static String of(PlanView plan) {
    List<Document.Section> sections = new ArrayList<>();
    sections.add(
        new Document.Section(
            "Where",
            List.of("Found"),
            plan.remarks().stream().map(one -> List.of(one.text())).toList(),
            ""));
    List<List<String>> idle = new ArrayList<>();
    for (ClusterPlan.Steps steps : plan.playbooks()) {
      List<List<String>> rows = rows(plan, steps.playbook());
      if (rows.isEmpty()) {
        idle.add(
            List.of(
                steps.playbook(),
                steps.actions().isEmpty()
                    ? "none of its steps acts in " + plan.place()
                    : "it applies to nothing here"));
      } else {
        sections.add(
            new Document.Section(
                "Playbook " + steps.playbook() + ", mode " + steps.mode(),
                List.of("Object", "Step", "Could act", "Guards that object"),
                rows,
                ""));
      }
    }
    if (!idle.isEmpty()) {
      sections.add(
          new Document.Section(
              "Playbooks that would do nothing", List.of("Playbook", "Why"), idle, ""));
    }
    return HtmlReport.of(
        new Document(
            "Cattleguard plan: " + plan.title(),
            plan.note(),
            List.of(
                new Document.Cell(Screen.format("%,d", plan.places().size()), "objects"),
                new Document.Cell(
                    Screen.format("%,d", plan.places().stream().filter(PlanHtml::acts).count()),
                    "objects on which a step could act")),
            sections));
  }

  private static boolean acts(ClusterPlan.Place place) {
    return place.answers().stream().anyMatch(ClusterPlan.Answer::acts);
  }

  private static List<List<String>> rows(PlanView plan, String playbook) {
    List<List<String>> rows = new ArrayList<>();
    for (ClusterPlan.Place place : plan.places()) {
      for (ClusterPlan.Answer answer : place.answers()) {
        if (answer.playbook().equals(playbook)) {
          rows.add(
              List.of(
                  place.name(),
                  answer.action(),
                  answer.acts() ? "yes" : "no",
                  answer.objections().stream()
                      .map(one -> one.guard() + ": " + one.because())
                      .collect(Collectors.joining("; "))));
        }
      }
    }
    return rows;
  }
}
