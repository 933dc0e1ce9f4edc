package io.cattleguard.deduplicate;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertFields;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.Fingerprint;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The suppressions of a policy, in the order of its file. */
public final class Suppressions {
  /** The file of the policy directory that holds them. */
  public static final String FILE = "suppressions.yaml";

  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration SHORTEST_WINDOW = Duration.ofMinutes(1);
  static final Duration LONGEST_WINDOW = Duration.ofDays(7);

  /** The fields that a pattern may use. Counts, objects and scores are not known yet. */
  private static final Set<String> FIELDS =
      Stream.concat(
              AlertFields.SCORED.stream()
                  .filter(field -> field.startsWith("alert.") && !field.equals("alert.notes")),
              Stream.of("fingerprint"))
          .collect(Collectors.toUnmodifiableSet());

  private final List<Suppression> all;

  /** Uses the given suppressions. */
  public Suppressions(List<Suppression> all) {
    this.all = List.copyOf(all);
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
        entry.mapping("name", "owner", "reason", "expires", "cap", "window", "when", "tests");
    PolicyNode name = keys.required("name");
    if (!names.add(name.text())) {
      throw name.wrong("a suppression named '" + name.text() + "' exists already");
    }
    return new Suppression(
        name.text(),
        filled(keys.required("owner")),
        filled(keys.required("reason")),
        instant(keys.required("expires")),
        keys.required("cap").wholeNumber(1, 1_000_000),
        keys.optional("window").map(Suppressions::window).orElse(DAY),
        keys.required("when").pattern(FIELDS, AlertFields.VALUES));
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

  private static Instant instant(PolicyNode node) {
    String text = node.text();
    try {
      return text.length() == "2026-01-31".length()
          ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
          : Instant.parse(text);
    } catch (DateTimeException e) {
      throw node.wrong(
          "expected a date such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z, found '"
              + text
              + "'");
    }
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
    JsonNode event = matchable(alert);
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
  Optional<Suppression> hiding(Arrival arrival) {
    JsonNode event = matchable(arrival.alert());
    for (Suppression suppression : all) {
      if (suppression.idle(arrival.at()).isEmpty() && suppression.when().matches(event)) {
        return Optional.of(suppression);
      }
    }
    return Optional.empty();
  }

  private static JsonNode matchable(Alert alert) {
    return AlertJson.matchable(alert).put("fingerprint", Fingerprint.of(alert));
  }
}
