package io.cattleguard.deduplicate;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.deduplicate.silence.HidingPattern;
import io.cattleguard.edge.pattern.PatternSet;
import io.cattleguard.edge.policy.Dates;
import io.cattleguard.edge.policy.Durations;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.fields.AlertFields;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The suppressions of a policy, in the order of its file. */
public final class Suppressions {
  /** The file of the policy directory that holds them. */
  public static final String FILE = "suppressions.yaml";

  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration SHORTEST_WINDOW = Duration.ofMinutes(1);
  static final Duration LONGEST_WINDOW = Duration.ofDays(7);

  private final List<Suppression> all;
  private final PatternSet<Suppression> patterns;

  /** Uses the given suppressions. */
  public Suppressions(List<Suppression> all) {
    this.all = List.copyOf(all);
    this.patterns = new PatternSet<>(this.all, Suppression::when);
  }

  /** No suppressions. */
  public static Suppressions none() {
    return new Suppressions(List.of());
  }

  /**
   * Reads {@code suppressions.yaml}; a policy without the file has none.
   *
   * @throws io.cattleguard.edge.policy.PolicyException listing every error with its file and line
   */
  public static Suppressions read(PolicyFiles policy) {
    Optional<PolicyNode> file = policy.file(FILE);
    if (file.isEmpty()) {
      return none();
    }
    List<PolicyNode> entries = file.get().mapping("suppressions").required("suppressions").items();
    Set<String> names = new HashSet<>();
    return new Suppressions(
        PolicyFiles.eachCollectingErrors(entries, entry -> suppression(entry, names)));
  }

  private static Suppression suppression(PolicyNode entry, Set<String> names) {
    PolicyNode.Mapping keys =
        entry.mapping(
            "name",
            "owner",
            "reason",
            "since",
            "expires",
            "cap",
            "window",
            "hide-from",
            "when",
            "tests");
    PolicyNode name = keys.required("name");
    if (!names.add(name.text())) {
      throw name.wrong("a suppression named '" + name.text() + "' exists already");
    }
    Optional<Instant> since = keys.optional("since").map(Suppressions::since);
    return new Suppression(
        name.text(),
        filled(keys.required("owner")),
        filled(keys.required("reason")),
        since.orElse(Instant.MIN),
        expires(keys.required("expires"), since),
        keys.required("cap").wholeNumber(1, 1_000_000),
        keys.optional("window").map(Suppressions::window).orElse(DAY),
        keys.optional("hide-from")
            .map(from -> from.oneOf(Suppression.From.class))
            .orElse(Suppression.From.EVERYONE),
        keys.required("when").pattern(HidingPattern.FIELDS, AlertFields.VALUES));
  }

  private static String filled(PolicyNode node) {
    if (node.text().isBlank()) {
      throw node.wrong("is empty; name the owner and the reason");
    }
    return node.text();
  }

  private static Duration window(PolicyNode node) {
    Duration window = node.duration();
    if (window.compareTo(SHORTEST_WINDOW) < 0 || window.compareTo(LONGEST_WINDOW) > 0) {
      throw node.wrong("expected a duration from 1m to 7d, found '" + node.text() + "'");
    }
    return window;
  }

  private static Instant since(PolicyNode node) {
    return Dates.start(node.text())
        .orElseThrow(
            () -> node.wrong("expected " + Dates.EXPECTED_START + ", found '" + node.text() + "'"));
  }

  /** A duration needs a start: one that counted from each reading of the file would never end. */
  private static Instant expires(PolicyNode node, Optional<Instant> since) {
    String text = node.text();
    Optional<Instant> end =
        since.map(start -> Dates.end(text, start)).orElseGet(() -> Dates.end(text));
    if (end.isEmpty() && since.isEmpty() && Durations.parse(text).isPresent()) {
      throw node.wrong(
          "'"
              + text
              + "' has no start in a file: add since: 2026-01-31, or write the last day in place of"
              + " the duration");
    }
    Instant expires =
        end.orElseThrow(
            () -> node.wrong("expected " + Dates.EXPECTED_END + ", found '" + text + "'"));
    if (since.isPresent() && !expires.isAfter(since.get())) {
      throw node.wrong("ends before it begins");
    }
    return expires;
  }

  /** All suppressions. */
  public List<Suppression> all() {
    return all;
  }

  /** Whether there are no suppressions. */
  boolean isEmpty() {
    return all.isEmpty();
  }

  /** The verdict of each suppression on an alert of that time, without its cap. */
  public List<SuppressionVerdict> explain(Alert alert, Instant at) {
    JsonNode event = HidingPattern.matchable(alert);
    return all.stream()
        .map(
            suppression ->
                new SuppressionVerdict(
                    suppression,
                    Stream.concat(
                            suppression.idle(at).stream(), suppression.when().unmet(event).stream())
                        .toList()))
        .toList();
  }

  /** The first suppression that matches and is not expired. */
  Optional<Suppression> hiding(Arrival arrival, JsonNode event) {
    return patterns.matching(event).stream()
        .filter(suppression -> suppression.idle(arrival.at()).isEmpty())
        .findFirst();
  }
}
