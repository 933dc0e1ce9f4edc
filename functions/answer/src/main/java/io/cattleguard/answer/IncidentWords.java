package io.cattleguard.answer;

import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import io.cattleguard.record.IncidentRecord;
import io.cattleguard.record.IncidentState;
import io.cattleguard.record.IncidentSummary;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The words that all outputs share. */
public final class IncidentWords {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private IncidentWords() {}

  /** A time to the second, in UTC. */
  public static String time(Instant at) {
    return TIME.format(at);
  }

  /** A number of things, with the plural of the word. */
  public static String count(long number, String word) {
    return String.format(Locale.ROOT, "%,d %s", number, number == 1 ? word : word + "s");
  }

  /**
   * How many messages notified people of an incident, such as {@code 3 messages (pager 2, channel
   * 1)}; empty if none is recorded.
   */
  public static Optional<String> notified(IncidentRecord record) {
    int number = record.notified().size();
    return number == 0
        ? Optional.empty()
        : Optional.of(
            (number < IncidentRecord.NOTIFIED ? "" : "at least ")
                + count(number, "message")
                + record.notifications().entrySet().stream()
                    .map(one -> one.getKey() + " " + one.getValue())
                    .collect(Collectors.joining(", ", " (", ")")));
  }

  /** A duration: {@code 0.8 s}, {@code 42 s}, {@code 3 min}, {@code 2 h}. */
  public static String took(Duration took) {
    if (took.toMillis() < 10_000) {
      return String.format(Locale.ROOT, "%.1f s", took.toMillis() / 1000.0);
    }
    if (took.toSeconds() < 120) {
      return took.toSeconds() + " s";
    }
    return took.toMinutes() < 120 ? took.toMinutes() + " min" : took.toHours() + " h";
  }

  /** The state with what limits it. A lease that has ended was not reported as released. */
  public static String state(IncidentSummary one, Instant now) {
    String state = one.state().jsonName().replace('-', ' ');
    String until =
        one.leaseUntil()
            .map(
                at ->
                    at.isBefore(now)
                        ? ", its lease ended at " + time(at) + " UTC and no release was reported"
                        : " until " + time(at) + " UTC")
            .orElse("");
    String more = one.moreActions() ? ", more actions than are listed" : "";
    String part =
        one.uncontained() > 0
                && (one.state() == IncidentState.CONTAINED
                    || one.state() == IncidentState.REQUESTED)
            ? " in part (" + count(one.uncontained(), "object") + " not contained)"
            : "";
    return state + part + until + more;
  }

  /** Severity and score. */
  public static String weight(IncidentSummary one) {
    return one.severity().map(Severity::jsonName).orElse("no severity") + ", score " + one.score();
  }

  /** Where it happened. */
  public static String where(IncidentSummary one) {
    if (!one.subject().isEmpty()) {
      return one.subject();
    }
    String cluster = one.place().cluster();
    String name = TargetWords.of(one.place());
    return cluster == null || name.equals("cluster " + cluster) ? name : name + " in " + cluster;
  }

  /** What was done, or why nothing was: the action that says most. */
  public static String done(IncidentSummary one) {
    Optional<String> silenced = one.silencedBy().stream().findFirst();
    String hidden = silenced.map(by -> "; hidden from people by " + by).orElse("");
    if (one.actions().isEmpty()) {
      return "no playbook acted" + hidden;
    }
    IncidentSummary.Action action = one.actions().getFirst();
    String took = one.timeToContain().map(time -> " after " + took(time)).orElse("");
    String what =
        switch (action.outcome()) {
          case TAKEN, EXTENDED -> action.action() + took + ": " + action.why();
          case REQUESTED -> action.action() + ", effect not seen: " + action.why();
          case RELEASED -> action.action() + " was released: " + action.why();
          case FAILED -> action.action() + " failed: " + action.why();
          case REFUSED -> action.action() + " refused: " + action.why();
          case OBSERVED -> observed(action.action(), action.objected(), action.why());
          case AWAITING_APPROVAL -> action.action() + ": " + withoutGuards(action.why());
        };
    return what + " (" + action.target() + ")" + hidden;
  }

  /**
   * What would have been done of an action in observe mode: {@code observe mode: isolate-pod would
   * have been refused (…)}.
   *
   * @param why the objections, or else the responder's explanation
   */
  public static String observed(String action, boolean objected, String why) {
    String would = "would have been " + (objected ? "refused" : "taken");
    String rest = why.startsWith(would) ? why.substring(would.length()) : " (" + why + ")";
    return "observe mode: "
        + action
        + " "
        + would
        + (rest.startsWith(": ") ? " (" + rest.substring(2) + ")" : rest);
  }

  /** A list has no room for the names of all guards; the incident's own page has them. */
  private static String withoutGuards(String why) {
    int at = why.indexOf(". No guard objects: ");
    return at < 0 ? why : why.substring(0, at) + "; no guard objects";
  }

  /** Whether an outcome is good news. */
  public static boolean isGood(ResponseOutcome outcome) {
    return outcome == ResponseOutcome.TAKEN || outcome == ResponseOutcome.EXTENDED;
  }
}
