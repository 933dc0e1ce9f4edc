package io.cattleguard.app.board.page;

import io.cattleguard.answer.IncidentWords;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.Severity;
import io.cattleguard.record.IncidentState;
import io.cattleguard.record.IncidentSummary;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

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

  /** As the record writes it, so that a copied text is found. */
  private static String bounded(String text) {
    String stripped = text.strip();
    return HostileText.visible(stripped.substring(0, Math.min(LONGEST, stripped.length())));
  }

  private static int page(String text) {
    return text.matches("[1-9][0-9]{0,5}") ? Integer.parseInt(text) : 1;
  }

  /**
   * Whether the list shows an incident. An incident with a containment in force always counts as
   * recent.
   *
   * @return a test for all incidents, because what is the same for each is computed once
   */
  Predicate<IncidentSummary> matching(Instant now) {
    Instant from = Period.named(since).from(now);
    return one ->
        (one.holding() || !one.lastAt().isBefore(from))
            && (state.isEmpty() || one.state() == state.get())
            && (severity.isEmpty() || isAtLeast(one, severity.get()))
            && (namespace.isEmpty() || one.isIn(namespace))
            && (text.isEmpty() || mentions(one));
  }

  private static boolean isAtLeast(IncidentSummary one, Severity lowest) {
    return one.severity().isPresent() && one.severity().get().compareTo(lowest) >= 0;
  }

  private boolean mentions(IncidentSummary one) {
    if (contains(one.title()) || contains(one.id()) || contains(IncidentWords.where(one))) {
      return true;
    }
    for (IncidentSummary.Rule rule : one.rules()) {
      if (contains(rule.rule())) {
        return true;
      }
    }
    for (IncidentSummary.Action action : one.actions()) {
      if (contains(action.target()) || contains(action.action())) {
        return true;
      }
    }
    return false;
  }

  /** In any case, and without a copy of each text in lower case. */
  private boolean contains(String in) {
    char lower = Character.toLowerCase(text.charAt(0));
    char upper = Character.toUpperCase(text.charAt(0));
    for (int at = 0; at <= in.length() - text.length(); at++) {
      char here = in.charAt(at);
      if ((here == lower || here == upper || Character.toLowerCase(here) == lower)
          && in.regionMatches(true, at, text, 0, text.length())) {
        return true;
      }
    }
    return false;
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
