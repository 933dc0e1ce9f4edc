package io.cattleguard.app.explain;

import io.cattleguard.app.explain.Explanation.RuleResult;
import io.cattleguard.app.policy.SuppressionDraft;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Incident;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Points;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.parsing.Reading;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Prints an explanation for people: the alert, its score, and the rules that match it. */
final class ExplanationText {
  private static final int LABEL = 13;

  private final Screen screen;
  private final boolean all;
  private final LocalDate today;
  private boolean introduced;

  /**
   * Prints to a screen.
   *
   * @param all whether to print also why the other rules do not match
   * @param today from when on the suppression to paste hides
   */
  ExplanationText(Screen screen, boolean all, LocalDate today) {
    this.screen = screen;
    this.all = all;
    this.today = today;
  }

  private void introduce() {
    introduced = true;
    screen.line(
        Style.FAINT,
        "Each event is explained alone, as the first alert of its problem and without a live"
            + " cluster."
            + " Use replay to see events together.");
    screen.blank();
  }

  void print(String file, int line, Reading reading, Explainer explainer) {
    if (!introduced) {
      introduce();
    }
    screen.line(Style.STRONG, file + ":" + line);
    switch (reading) {
      case Reading.Read read -> print(explainer.explain(read.alert()));
      case Reading.Ignored ignored -> field("ignored", ignored.reason());
      case Reading.Unreadable unreadable -> field("unreadable", Style.ALARM, unreadable.reason());
    }
    screen.blank();
  }

  private void print(Explanation explanation) {
    printAlert(explanation.alert());
    field("fingerprint", explanation.fingerprint());
    field("score", Style.STRONG, explanation.scored().score() + " of 100");
    for (Points points : explanation.scored().reasons()) {
      field("", String.format(Locale.ROOT, "%+4d  %s", points.value(), points.reason()));
    }
    field("incident", incident(explanation.scored()));
    if (!explanation.suppressions().isEmpty()) {
      print("suppressions", explanation.suppressions());
    }
    print("routes", explanation.routes());
    print("playbooks", explanation.playbooks());
    field("suppress", "if it is noise, paste below suppressions: in suppressions.yaml");
    SuppressionDraft.of(explanation.alert(), explanation.fingerprint())
        .lines(today, explanation.alert().count())
        .forEach(line -> screen.verbatim(Style.PLAIN, line));
  }

  private static @Nullable String incident(ScoredAlert scored) {
    Incident incident = scored.incident();
    if (incident == null) {
      return null;
    }
    return scored.isOwnIncident()
        ? String.join("; ", incident.reasons())
        : "with the other alerts about " + incident.subject();
  }

  private void printAlert(Alert alert) {
    Severity severity = alert.severity();
    if (alert.has(Trait.BLOCKED)) {
      field("outcome", Style.GOOD, "blocked by " + alert.source());
    }
    field("rule", Style.STRONG, alert.rule() == null ? "unknown" : alert.rule());
    field("title", alert.title());
    field(
        "kind",
        alert.alertClass().jsonName()
            + " alert from "
            + alert.source()
            + ", severity "
            + (severity == null ? "unknown" : severity.jsonName()));
    field("when", alert.observedAt() == null ? "unknown" : alert.observedAt().toString());
    field("where", where(alert.target()));
    field("process", process(alert.process()));
    field("network", network(alert.network()));
    field("file", alert.file());
    List<String> attack = new ArrayList<>(alert.tactics());
    attack.addAll(alert.techniques());
    field("ATT&CK", String.join(", ", attack));
    field("traits", String.join(", ", alert.traits()));
    alert.notes().forEach(note -> field("note", Style.WARN, note));
  }

  private void print(String label, List<RuleResult> rules) {
    String next = label;
    for (RuleResult rule : rules) {
      if (rule.matches()) {
        String steps = rule.steps().isEmpty() ? "" : ": " + String.join(", then ", rule.steps());
        field(
            next,
            rule.objections().isEmpty() ? Style.GOOD : Style.WARN,
            "match: " + rule.name() + " (" + rule.key() + " " + rule.detail() + steps + ")");
        rule.objections()
            .forEach(objection -> field("", Style.WARN, "  would be refused: " + objection));
        next = "";
      }
    }
    if (next.equals(label)) {
      field(next, rules.isEmpty() ? "none: the policy has no " + label : "none");
    }
    List<RuleResult> others = others(rules);
    if (all) {
      others.forEach(this::printOther);
    } else if (!others.isEmpty()) {
      field(
          "",
          Style.FAINT,
          others.size()
              + (others.size() == 1 ? " other does" : " others do")
              + " not match; --all shows why");
    }
  }

  private void printOther(RuleResult rule) {
    field("", Style.FAINT, "no match: " + rule.name() + ": " + rule.because());
  }

  /** The rules that do not match, without those that match outcomes only. */
  private static List<RuleResult> others(List<RuleResult> rules) {
    return rules.stream()
        .filter(rule -> !rule.matches())
        .filter(rule -> rule.unmet().stream().noneMatch(one -> one.startsWith("response.")))
        .toList();
  }

  private static String where(Target target) {
    List<String> parts = new ArrayList<>();
    part(parts, "cluster ", target.cluster());
    part(parts, "namespace ", target.namespace());
    part(parts, "pod ", target.pod());
    part(parts, "uid ", target.podUid());
    part(parts, "workload ", target.workload());
    part(parts, "container ", target.containerName());
    part(parts, "container id ", target.containerId());
    part(parts, "image ", target.image());
    part(parts, "node ", target.node());
    part(parts, "labels ", target.labels().isEmpty() ? null : String.join(" ", target.labels()));
    part(parts, "account ", target.account());
    part(parts, "region ", target.region());
    part(parts, "instance ", target.instance());
    part(parts, "security group ", target.securityGroup());
    part(parts, "resource ", target.resource());
    part(parts, "principal ", target.principal());
    part(parts, "principal type ", target.principalType());
    part(parts, "access key ", target.accessKey());
    return parts.isEmpty() ? "unknown" : String.join(", ", parts);
  }

  private static String process(ObservedProcess process) {
    List<String> parts = new ArrayList<>();
    part(parts, "", process.commandLine());
    part(parts, "name ", process.name());
    part(parts, "executable ", process.executable());
    part(parts, "parent ", process.parent());
    part(parts, "user ", process.user());
    return String.join(", ", parts);
  }

  private static String network(ObservedConnection network) {
    List<String> parts = new ArrayList<>();
    part(parts, "", network.direction());
    part(parts, "", network.protocol());
    part(parts, "peer ", network.peer());
    part(parts, "domain ", network.domain());
    part(parts, "port ", Optional.ofNullable(network.port()).map(String::valueOf).orElse(null));
    return String.join(", ", parts);
  }

  private static void part(List<String> parts, String label, @Nullable String value) {
    if (value != null) {
      parts.add(label + value.strip());
    }
  }

  private void field(String label, @Nullable String text) {
    field(label, Style.PLAIN, text);
  }

  private void field(String label, Style style, @Nullable String text) {
    if (text != null && !text.isEmpty()) {
      screen.field(2, LABEL, label, style, text);
    }
  }
}
