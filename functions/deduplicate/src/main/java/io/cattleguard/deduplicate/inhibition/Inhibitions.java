package io.cattleguard.deduplicate.inhibition;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.deduplicate.silence.HidingPattern;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Silenced;
import io.cattleguard.events.fields.AlertFields;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** The inhibitions of a policy, in the order of its file. */
public final class Inhibitions {
  /** The file of the policy directory that holds them. */
  public static final String FILE = "inhibitions.yaml";

  /** The longest window. */
  static final Duration LONGEST = Duration.ofHours(24);

  private static final Duration SHORTEST = Duration.ofMinutes(1);

  /** A cluster or a region alone is no object whose trouble explains that of all others. */
  private static final Set<String> TOO_LARGE = Set.of("cluster", "region");

  private static final List<String> SHARED =
      List.of(
          "cluster",
          "node",
          "namespace",
          "workload",
          "account",
          "region",
          "instance",
          "principal",
          "resource");

  private final List<Inhibition> all;

  /** Uses the given inhibitions. */
  public Inhibitions(List<Inhibition> all) {
    this.all = List.copyOf(all);
  }

  /** No inhibitions. */
  public static Inhibitions none() {
    return new Inhibitions(List.of());
  }

  /**
   * Reads {@value #FILE}; a policy without the file has none.
   *
   * @throws io.cattleguard.edge.policy.PolicyException listing every error with its file and line
   */
  public static Inhibitions read(PolicyFiles policy) {
    Optional<PolicyNode> file = policy.file(FILE);
    if (file.isEmpty()) {
      return none();
    }
    List<PolicyNode> entries = file.get().mapping("inhibitions").required("inhibitions").items();
    Set<String> names = new HashSet<>();
    return new Inhibitions(
        PolicyFiles.eachCollectingErrors(entries, entry -> inhibition(entry, names)));
  }

  private static Inhibition inhibition(PolicyNode entry, Set<String> names) {
    PolicyNode.Mapping keys =
        entry.mapping("name", "reason", "when", "mutes", "same", "window", "tests");
    PolicyNode name = keys.required("name");
    if (!names.add(name.text())) {
      throw name.wrong("an inhibition named '" + name.text() + "' exists already");
    }
    PolicyNode same = keys.required("same");
    List<String> fields = same.items().stream().map(field -> field.oneOf(SHARED)).toList();
    if (TOO_LARGE.containsAll(fields)) {
      throw same.wrong("name an object that both share, such as node or account");
    }
    PolicyNode window = keys.required("window");
    Duration length = window.duration();
    if (length.compareTo(SHORTEST) < 0 || length.compareTo(LONGEST) > 0) {
      throw window.wrong("expected a duration from 1m to 24h, found '" + window.text() + "'");
    }
    return new Inhibition(
        name.text(),
        keys.required("reason").text(),
        keys.required("when").pattern(HidingPattern.FIELDS, AlertFields.VALUES),
        keys.required("mutes").pattern(HidingPattern.FIELDS, AlertFields.VALUES),
        fields,
        length);
  }

  /** All inhibitions. */
  public List<Inhibition> all() {
    return all;
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return all.isEmpty();
  }

  /** The names of the inhibitions whose larger object an alert is about. */
  public List<String> inhibiting(Alert alert) {
    JsonNode event = HidingPattern.matchable(alert);
    return all.stream()
        .filter(one -> one.inhibitor(alert, event, Instant.EPOCH).isPresent())
        .map(Inhibition::name)
        .toList();
  }

  /** The names of the inhibitions of which an alert may be a symptom. */
  public List<String> muting(Alert alert) {
    JsonNode event = HidingPattern.matchable(alert);
    return all.stream()
        .filter(one -> one.mutes().matches(event) && !one.when().matches(event))
        .map(Inhibition::name)
        .toList();
  }

  /**
   * The inhibitors that an alert is, if people are notified of it.
   *
   * @param event what {@link HidingPattern#matchable} returns of the alert; it is costly, so it is
   *     asked for only if the alert may be one
   */
  public List<Inhibitor> inhibitors(Alert alert, Supplier<ObjectNode> event, Instant now) {
    if (all.isEmpty() || !Inhibition.mayInhibit(alert)) {
      return List.of();
    }
    List<Inhibitor> found = new ArrayList<>();
    for (Inhibition one : all) {
      one.inhibitor(alert, event.get(), now).ifPresent(found::add);
    }
    return found;
  }

  /** The mark on an alert that is a symptom of one of the inhibitors. */
  public Optional<Silenced> mark(
      Alert alert, Supplier<ObjectNode> event, List<Inhibitor> inhibitors, Instant now) {
    return all.stream()
        .flatMap(one -> one.mutedUntil(alert, event, inhibitors, now).map(one::mark).stream())
        .findFirst();
  }
}
