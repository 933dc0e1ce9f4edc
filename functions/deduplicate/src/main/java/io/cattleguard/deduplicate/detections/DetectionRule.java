package io.cattleguard.deduplicate.detections;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.Severity;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.mapped.EventPath;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.Detection;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One detection of a policy.
 *
 * @param source whose events it matches
 * @param when matches the event as the source documents it
 * @param unless exempts events that would match
 * @param unlessSame exempts events in which these fields have the same text; empty, or two or more
 */
record DetectionRule(
    String source,
    Detection detection,
    EventPattern when,
    Optional<EventPattern> unless,
    List<EventPath> unlessSame) {
  /** Copies the list. */
  DetectionRule {
    unlessSame = List.copyOf(unlessSame);
  }

  /** The top-level fields of each source's events; another field would never match. */
  private static final Map<String, List<String>> FIELDS =
      Map.of(
          "kubernetes-audit",
          List.of(
              "$or",
              "level",
              "stage",
              "requestURI",
              "verb",
              "user",
              "impersonatedUser",
              "sourceIPs",
              "userAgent",
              "objectRef",
              "responseStatus",
              "requestObject",
              "responseObject",
              "annotations"),
          "cloudtrail",
          List.of(
              "$or",
              "eventSource",
              "eventName",
              "eventType",
              "eventCategory",
              "readOnly",
              "managementEvent",
              "userIdentity",
              "awsRegion",
              "sourceIPAddress",
              "userAgent",
              "errorCode",
              "errorMessage",
              "requestParameters",
              "responseElements",
              "additionalEventData",
              "resources",
              "recipientAccountId",
              "serviceEventDetails",
              "sessionCredentialFromConsole",
              "vpcEndpointId"));

  /** The traits that a call in a log can show. */
  private static final List<Trait> TRAITS = List.of(Trait.INTRUSION, Trait.PRIVILEGED);

  private static final List<String> SEVERITIES =
      Arrays.stream(Severity.values()).map(Severity::jsonName).toList();

  /** Reads a file. */
  static DetectionRule read(PolicyNode file) {
    PolicyNode.Mapping keys =
        file.mapping(
            "name",
            "title",
            "source",
            "severity",
            "attack",
            "traits",
            "when",
            "unless",
            "unless-same",
            "tests");
    PolicyNode source = keys.required("source");
    String name = source.oneOf(FIELDS.keySet().stream().sorted().toList());
    Behaviour behaviour = behaviour(keys.required("attack"));
    String severity = keys.required("severity").oneOf(SEVERITIES);
    return new DetectionRule(
        name,
        new Detection(
            keys.required("name").text(),
            keys.required("title").text(),
            Severity.named(severity).orElseThrow(),
            behaviour.tactics(),
            behaviour.techniques(),
            keys.optional("traits")
                .map(list -> list.items().stream().map(DetectionRule::trait).toList())
                .orElse(List.of())),
        pattern(keys.required("when"), name),
        keys.optional("unless").map(unless -> pattern(unless, name)),
        keys.optional("unless-same").map(same -> paths(same, name)).orElse(List.of()));
  }

  /** The fields of a list; a pattern cannot compare one field with another. */
  private static List<EventPath> paths(PolicyNode list, String source) {
    if (list.items().size() < 2) {
      throw list.wrong("expected two fields or more, such as requestParameters.userName");
    }
    return PolicyFiles.eachCollectingErrors(list.items(), one -> path(one, source));
  }

  private static EventPath path(PolicyNode field, String source) {
    EventPath path;
    try {
      path = EventPath.of(field.text());
    } catch (IllegalArgumentException e) {
      throw field.wrong(String.valueOf(e.getMessage()));
    }
    String first = path.pointer().getMatchingProperty();
    if (!FIELDS.getOrDefault(source, List.of()).contains(first)) {
      throw field.wrong("an event of " + source + " has no field " + first);
    }
    return path;
  }

  private static Trait trait(PolicyNode name) {
    return Trait.named(name.oneOf(Trait.ids(TRAITS))).orElseThrow();
  }

  private static Behaviour behaviour(PolicyNode attack) {
    return Behaviour.of(
        PolicyFiles.eachCollectingErrors(
            attack.items(),
            one -> {
              if (!Behaviour.of(List.of(one.text()))
                  .equals(Behaviour.of(List.of(one.text())).attack())) {
                throw one.wrong(
                    "expected an ATT&CK id such as TA0004 or T1098.006, found '"
                        + one.text()
                        + "'");
              }
              return one.text();
            }));
  }

  private static EventPattern pattern(PolicyNode pattern, String source) {
    pattern.mapping(FIELDS.getOrDefault(source, List.of()).toArray(String[]::new));
    return pattern.pattern();
  }

  private boolean areSame(JsonNode event) {
    JsonNode first =
        unlessSame.isEmpty() ? event.path("") : event.at(unlessSame.getFirst().pointer());
    return first.isTextual()
        && unlessSame.stream().allMatch(path -> first.equals(event.at(path.pointer())));
  }

  /** Whether the event, which matches, is exempt. */
  boolean exempts(JsonNode event) {
    return (unless.isPresent() && unless.get().matches(event)) || areSame(event);
  }
}
