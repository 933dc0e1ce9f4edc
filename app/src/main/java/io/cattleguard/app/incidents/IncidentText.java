package io.cattleguard.app.incidents;

import io.cattleguard.answer.GuardWords;
import io.cattleguard.answer.IncidentWords;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.events.Points;
import io.cattleguard.events.Target;
import io.cattleguard.record.ActionRecord;
import io.cattleguard.record.ActionStep;
import io.cattleguard.record.Headline;
import io.cattleguard.record.IncidentRecord;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.record.Problem;
import io.cattleguard.record.TimelineEntry;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Prints one incident, for a person who did not follow it. */
final class IncidentText {
  private static final int LABEL = 11;
  private static final int RULES = 8;

  private final Screen screen;
  private final String program;

  /**
   * Prints to a screen.
   *
   * @param program how a person starts Cattleguard in a shell
   */
  IncidentText(Screen screen, String program) {
    this.screen = screen;
    this.program = program;
  }

  void print(IncidentRecord record, List<NextSteps.Step> next, Instant now) {
    IncidentSummary summary = IncidentSummary.of(record);
    screen.verbatim(Screen.Style.STRONG, "Incident " + record.id());
    field("state", IncidentWords.state(summary, now));
    field("what", summary.title());
    field("where", IncidentWords.where(summary));
    record.headline().ifPresent(headline -> field("object", object(headline.place())));
    field(
        "when",
        IncidentWords.time(record.firstAt())
            + " to "
            + IncidentWords.time(record.lastAt())
            + " UTC");
    record
        .timeToContain()
        .ifPresent(took -> field("contained", IncidentWords.took(took) + " after the alert"));
    field(
        "severity",
        IncidentWords.weight(summary) + record.headline().map(this::because).orElse(""));
    IncidentWords.notified(record).ifPresent(text -> field("notified", "people, by " + text));
    record.silencedBy().forEach(by -> field("silenced", "hidden from people by " + by));
    record.continuedAs().forEach(id -> field("merged into", id));
    rules(record);
    actions(record);
    timeline(record);
    screen.blank();
    screen.line(Screen.Style.STRONG, "What you can do next");
    screen.commands(
        next.stream()
            .map(step -> Map.entry(step.purpose(), program + " " + step.command()))
            .toList());
    screen.flush();
  }

  private void field(String label, String text) {
    screen.field(2, LABEL, label, Screen.Style.PLAIN, text);
  }

  private String because(Headline headline) {
    return " = "
        + headline.reasons().stream()
            .filter(one -> one.value() != 0 || headline.reasons().size() == 1)
            .map(IncidentText::points)
            .collect(Collectors.joining(", "));
  }

  private static String points(Points one) {
    return String.format(Locale.ROOT, "%+d %s", one.value(), one.reason());
  }

  private static String object(Target place) {
    return Stream.of(
            named("cluster", place.cluster()),
            named("namespace", place.namespace()),
            named("workload", place.workload()),
            named("pod", place.pod()),
            named("container", place.containerName()),
            named("node", place.node()),
            named("account", place.account()),
            named("region", place.region()),
            named("instance", place.instance()),
            named("security group", place.securityGroup()),
            named("principal", place.principal()),
            named("resource", place.resource()))
        .flatMap(Optional::stream)
        .collect(Collectors.joining(", "));
  }

  private static Optional<String> named(String label, @Nullable String value) {
    return Optional.ofNullable(value).map(text -> label + " " + text);
  }

  private void rules(IncidentRecord record) {
    screen.blank();
    screen.line(
        Screen.Style.STRONG,
        IncidentWords.count(record.alerts(), "alert")
            + " of "
            + IncidentWords.count(record.problems().size(), "problem"));
    record.problems().values().stream()
        .sorted(
            Comparator.comparingLong(Problem::alerts)
                .reversed()
                .thenComparing(Problem::fingerprint))
        .limit(RULES)
        .forEach(
            one ->
                field(
                    String.format(Locale.ROOT, "%,9d", one.alerts()),
                    one.rule() + " (" + one.source() + ", fingerprint " + one.fingerprint() + ")"));
  }

  private void actions(IncidentRecord record) {
    screen.blank();
    if (record.actions().isEmpty()) {
      screen.line(Screen.Style.STRONG, "Nothing was done");
      field("why", "no playbook matched these alerts, or no responder has answered yet");
      return;
    }
    screen.line(Screen.Style.STRONG, "What was done, or why not");
    record.actions().values().stream().sorted(ActionRecord.FOR_PEOPLE).forEach(this::action);
  }

  private void action(ActionRecord action) {
    ActionStep now = action.now();
    String outcome = now.outcome().jsonName().replace('-', ' ');
    screen.field(
        2,
        LABEL,
        outcome.length() < LABEL ? outcome : "waiting",
        IncidentWords.isGood(now.outcome()) ? Screen.Style.GOOD : Screen.Style.WARN,
        action.action()
            + " on "
            + action.target()
            + action.leaseUntil().map(at -> ", until " + IncidentWords.time(at) + " UTC").orElse("")
            + (action.isReleaseFailing() ? ", its release fails and is retried" : "")
            + ", playbook "
            + now.playbook());
    field("", now.explanation());
    GuardWords.of(action)
        .forEach(line -> field("", line.label().toLowerCase(Locale.ROOT) + ": " + line.text()));
    if (!now.decidedBy().isEmpty()) {
      field("", "decided by " + now.decidedBy());
    }
  }

  private void timeline(IncidentRecord record) {
    screen.blank();
    screen.line(Screen.Style.STRONG, "Timeline (UTC)");
    for (TimelineEntry entry : record.timeline().entries()) {
      screen.field(
          2,
          21,
          IncidentWords.time(entry.at()),
          switch (entry.kind()) {
            case ALERT, EFFECT -> Screen.Style.PLAIN;
            case COMMAND -> Screen.Style.STRONG;
            case REPEAT, ANSWER -> Screen.Style.FAINT;
          },
          entry.what() + ", " + entry.who() + (entry.text().isEmpty() ? "" : ": " + entry.text()));
    }
    if (!record.timeline().full().isEmpty()) {
      screen.line(Screen.Style.FAINT, "  Entries beyond the limit of their kind are not kept.");
    }
  }
}
