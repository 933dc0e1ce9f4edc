package io.cattleguard.app.board.page;

import io.cattleguard.answer.IncidentWords;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.Severity;
import io.cattleguard.record.IncidentState;
import io.cattleguard.record.IncidentSummary;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Which incidents a list shows.
 *
 * @param since the word of a period
 * @param severity the lowest severity
 * @param text part of the title, the place, a rule or the id, in any case
 * @param page from 1
 */
public record IncidentFilter(
    String since,
    Optional<IncidentState> state,
    Optional<Severity> severity,
    String namespace,
    String text,
    int page) {
  private static final int LONGEST = 200;

  /** What a person entered; a value that means nothing is ignored. */
  public static IncidentFilter of(Map<String, String> query) {
    return new IncidentFilter(
        Period.named(query.getOrDefault("since", "")).word(),
        IncidentState.named(query.getOrDefault("state", "")),
        Severity.named(query.getOrDefault("severity", "")),
        bounded(query.getOrDefault("namespace", "")),
        bounded(query.getOrDefault("text", "")),
        page(query.getOrDefault("page", "")));
  }

  /** As the record has it, so that what a person copied is found. */
  private static String bounded(String text) {
    String stripped = text.strip();
    return HostileText.visible(stripped.substring(0, Math.min(LONGEST, stripped.length())));
  }

  private static int page(String text) {
    return text.matches("[1-9][0-9]{0,5}") ? Integer.parseInt(text) : 1;
  }

  /** Whether the list shows it. What holds something is always recent enough. */
  boolean matches(IncidentSummary one, Instant now) {
    return (one.holding() || !one.lastAt().isBefore(Period.named(since).from(now)))
        && state.filter(wanted -> one.state() != wanted).isEmpty()
        && severity
            .filter(lowest -> one.severity().filter(has -> has.compareTo(lowest) >= 0).isEmpty())
            .isEmpty()
        && (namespace.isEmpty() || one.isIn(namespace))
        && (text.isEmpty() || mentions(one, text.toLowerCase(Locale.ROOT)));
  }

  private static boolean mentions(IncidentSummary one, String part) {
    return contains(one.title(), part)
        || contains(one.id(), part)
        || contains(IncidentWords.where(one), part)
        || one.rules().stream().anyMatch(rule -> contains(rule.rule(), part))
        || one.actions().stream()
            .anyMatch(action -> contains(action.target(), part) || contains(action.action(), part));
  }

  private static boolean contains(String text, String part) {
    return text.toLowerCase(Locale.ROOT).contains(part);
  }

  /** The address of the list. */
  String href() {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("since", since);
    state.ifPresent(one -> values.put("state", one.jsonName()));
    severity.ifPresent(one -> values.put("severity", one.jsonName()));
    if (!namespace.isEmpty()) {
      values.put("namespace", namespace);
    }
    if (!text.isEmpty()) {
      values.put("text", text);
    }
    if (page > 1) {
      values.put("page", Integer.toString(page));
    }
    return Links.query("/incidents", values);
  }

  IncidentFilter at(int other) {
    return new IncidentFilter(since, state, severity, namespace, text, other);
  }
}
