package io.cattleguard.deduplicate.detections;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.pattern.PatternSet;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.Detection;
import io.cattleguard.sources.parsing.Detections;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a policy says of events: the detections among raw ones, and how other sources are read. All
 * detections of a source are matched in one pass.
 */
public final class DetectionRules implements Detections {
  /** The folder of the policy directory that holds them, one per file. */
  public static final String FOLDER = "detections";

  /** The folder of the policy directory that holds the mappings of other sources, one a file. */
  public static final String SOURCES = "sources";

  /** The most severe first; with equal severity by name, so that the result does not vary. */
  private static final Comparator<Detection> GRAVEST =
      Comparator.comparing(Detection::severity).reversed().thenComparing(Detection::name);

  private final Map<String, DetectionRule> rules;
  private final Map<String, PatternSet<DetectionRule>> patterns = new HashMap<>();

  private final List<AlertParser> parsers;

  private DetectionRules(Map<String, DetectionRule> rules, List<AlertParser> parsers) {
    this.rules = Map.copyOf(rules);
    this.parsers = List.copyOf(parsers);
    Map<String, List<DetectionRule>> bySource =
        rules.values().stream().collect(Collectors.groupingBy(DetectionRule::source));
    bySource.forEach(
        (source, ofSource) ->
            patterns.put(source, new PatternSet<>(ofSource, DetectionRule::when)));
  }

  /** No raw event is an alert, and no other source is known. */
  public static DetectionRules none() {
    return new DetectionRules(Map.of(), List.of());
  }

  /**
   * Reads the folders {@value #FOLDER} and {@value #SOURCES}; a policy without them has none.
   *
   * @throws io.cattleguard.edge.policy.PolicyException listing every error with its file and line
   */
  public static DetectionRules read(PolicyFiles policy) {
    Map<String, DetectionRule> rules = new HashMap<>();
    List<AlertParser> parsers = new ArrayList<>();
    PolicyFiles.eachCollectingErrors(
        List.of(FOLDER, SOURCES),
        folder -> {
          if (folder.equals(FOLDER)) {
            rules.putAll(rules(policy));
          } else {
            parsers.addAll(SourceMapping.readAll(policy, folder));
          }
          return folder;
        });
    return new DetectionRules(rules, parsers);
  }

  private static Map<String, DetectionRule> rules(PolicyFiles policy) {
    Map<String, DetectionRule> rules = new HashMap<>();
    policy.folder(
        FOLDER,
        file -> {
          DetectionRule rule = DetectionRule.read(file);
          if (rules.put(rule.detection().name(), rule) != null) {
            throw name(file)
                .wrong("a detection named '" + rule.detection().name() + "' exists already");
          }
          return rule;
        });
    return rules;
  }

  private static PolicyNode name(PolicyNode file) {
    return file.anyMapping().required("name");
  }

  /** The names of all detections, sorted. */
  public List<String> names() {
    return rules.keySet().stream().sorted().toList();
  }

  @Override
  public List<AlertParser> parsers() {
    return parsers;
  }

  @Override
  public Optional<Detection> of(String source, JsonNode event) {
    PatternSet<DetectionRule> ofSource = patterns.get(source);
    if (ofSource == null) {
      return Optional.empty();
    }
    List<Detection> matching =
        ofSource.matching(event).stream()
            .filter(rule -> !rule.exempts(event))
            .map(DetectionRule::detection)
            .sorted(GRAVEST)
            .toList();
    return matching.stream().reduce(DetectionRules::together);
  }

  /**
   * The first one, with the behaviour that only the second one names. The name has both: a
   * suppression of one detection must not hide an event that another one names too.
   */
  private static Detection together(Detection first, Detection second) {
    return new Detection(
        first.name() + "+" + second.name(),
        first.title(),
        first.severity(),
        Behaviour.joined(first.tactics(), second.tactics()),
        Behaviour.joined(first.techniques(), second.techniques()),
        Behaviour.joined(first.traits(), second.traits()));
  }
}
