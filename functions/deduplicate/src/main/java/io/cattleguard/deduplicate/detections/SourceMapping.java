package io.cattleguard.deduplicate.detections;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Severity;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.mapped.EventPath;
import io.cattleguard.sources.mapped.MappedField;
import io.cattleguard.sources.mapped.MappedParser;
import io.cattleguard.sources.mapped.MappedSeverity;
import io.cattleguard.sources.parsing.AlertParser;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Reads the mappings of a policy, which say how events of other sources are read. */
final class SourceMapping {
  /** Each mapping may be asked about each unknown event. */
  private static final int MOST = 50;

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,39}");

  /** The name of our own alerts. */
  private static final String OWN = "cattleguard";

  private static final int HIGHEST_LEVEL = 1_000_000;

  private static final List<String> SEVERITIES =
      Arrays.stream(Severity.values()).map(Severity::jsonName).toList();

  private static final Map<String, Long> UNITS =
      Map.of(
          "seconds", 1L,
          "milliseconds", 1_000L,
          "microseconds", 1_000_000L,
          "nanoseconds", 1_000_000_000L);

  private SourceMapping() {}

  /**
   * The parsers of a folder's files, in the order of their names.
   *
   * @throws io.cattleguard.edge.policy.PolicyException listing every error with its file and line
   */
  static List<AlertParser> readAll(PolicyFiles policy, String folder) {
    Set<String> taken = new HashSet<>(AlertReader.sources());
    taken.add(OWN);
    int others = taken.size();
    return policy.folder(
        folder,
        file -> {
          if (taken.size() - others >= MOST) {
            throw file.wrong("more than " + MOST + " mappings");
          }
          return read(file, taken);
        });
  }

  private static AlertParser read(PolicyNode file, Set<String> taken) {
    PolicyNode.Mapping keys =
        file.mapping("name", "class", "when", "ignore", "severity", "fields", "time-unit", "tests");
    PolicyNode name = keys.required("name");
    if (!NAME.matcher(name.text()).matches()) {
      throw name.wrong("expected lower-case letters, digits and '-', at most 40");
    }
    if (!taken.add(name.text())) {
      throw name.wrong("a source named '" + name.text() + "' exists already");
    }
    Map<MappedField, EventPath> fields = fields(keys.required("fields"));
    if (!fields.containsKey(MappedField.RULE)) {
      throw keys.required("fields").wrong("key 'rule' is missing");
    }
    return new MappedParser(
        name.text(),
        keys.required("class").oneOf(AlertClass.class),
        keys.required("when").pattern()::matches,
        keys.optional("ignore").map(SourceMapping::matches).orElse(event -> false),
        severity(keys.required("severity")),
        fields,
        keys.optional("time-unit")
            .map(unit -> unit.oneOf(UNITS.keySet().stream().sorted().toList()))
            .map(unit -> UNITS.getOrDefault(unit, 1L))
            .orElse(1L));
  }

  private static Predicate<JsonNode> matches(PolicyNode pattern) {
    return pattern.pattern()::matches;
  }

  private static Map<MappedField, EventPath> fields(PolicyNode node) {
    Map<MappedField, EventPath> fields = new EnumMap<>(MappedField.class);
    PolicyNode.Mapping keys = node.mapping(MappedField.keys().toArray(String[]::new));
    PolicyFiles.eachCollectingErrors(
        keys.keys(),
        key -> {
          EventPath path = path(keys.required(key));
          fields.put(MappedField.named(key), path);
          return path;
        });
    return fields;
  }

  private static EventPath path(PolicyNode node) {
    try {
      return EventPath.of(node.text());
    } catch (IllegalArgumentException e) {
      throw node.wrong(String.valueOf(e.getMessage()));
    }
  }

  private static MappedSeverity severity(PolicyNode node) {
    PolicyNode.Mapping keys = node.mapping("path", "words", "least", "otherwise");
    if (keys.optional("path").isEmpty() && keys.optional("otherwise").isEmpty()) {
      throw node.wrong("expected 'path', 'otherwise' or both");
    }
    Map<String, Severity> words = new HashMap<>();
    keys.optional("words")
        .map(PolicyNode::anyMapping)
        .ifPresent(
            all ->
                all.entries()
                    .forEach(
                        (word, value) -> words.put(word.toLowerCase(Locale.ROOT), named(value))));
    Map<Severity, Long> least = new EnumMap<>(Severity.class);
    keys.optional("least")
        .map(numbers -> numbers.mapping(SEVERITIES.toArray(String[]::new)))
        .ifPresent(
            all ->
                all.entries()
                    .forEach(
                        (severity, number) ->
                            least.put(
                                Severity.named(severity).orElseThrow(),
                                (long) number.wholeNumber(0, HIGHEST_LEVEL))));
    Optional<EventPath> path = keys.optional("path").map(SourceMapping::path);
    return new MappedSeverity(
        path, words, least, keys.optional("otherwise").map(SourceMapping::named));
  }

  private static Severity named(PolicyNode node) {
    return Severity.named(node.oneOf(SEVERITIES)).orElseThrow();
  }
}
