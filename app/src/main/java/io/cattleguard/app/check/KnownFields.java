package io.cattleguard.app.check;

import io.cattleguard.app.check.FieldKind.Words;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.fields.AlertFields;
import io.cattleguard.events.fields.FieldTypes;
import io.cattleguard.events.text.FieldValues;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.parsing.AlertParser;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a policy's own patterns may expect of the fields of alerts and responses. */
final class KnownFields {
  /** A field of a mapping, and where it is in an alert. */
  private static final Map<String, String> MAPPED =
      Map.of(
          "namespace", "alert.target.namespace",
          "workload", "alert.target.workload",
          "account", "alert.target.account",
          "peer", "alert.network.peer",
          "process", "alert.process.name");

  /**
   * An AWS account has 12 digits, and a number without quotes loses a leading zero. Accounts of
   * other clouds may look like that.
   */
  private static final FieldValues ACCOUNTS =
      FieldValues.shaped("(?![0-9]{1,11}$).*", "\"012345678901\", in quotes");

  /** Fields of which a recorded event has another form than nearly all events. */
  private static final Set<String> LOOSE =
      Set.of(
          "alert.target.namespace",
          "alert.target.pod",
          "alert.target.podUid",
          "alert.target.containerId",
          "alert.target.instance",
          "alert.target.securityGroup",
          "alert.target.region",
          "alert.target.accessKey",
          "alert.process.name");

  /** An event leaves an empty text out. */
  private static final FieldValues NOT_EMPTY =
      FieldValues.shaped("(?s).+", "a text; an absent or empty field matches {exists: false}");

  private KnownFields() {}

  /** The fields of what the pattern of a rule matches. */
  static Map<String, FieldKind> ofRules(PolicyFiles files, Policy policy) {
    Map<String, FieldKind> kinds = new HashMap<>();
    AlertFields.DECIDED.forEach(field -> kinds.put(field, kind(field)));
    AlertFields.VALUES.forEach((field, values) -> kinds.put(field, FieldKind.of(field, values)));
    FieldTypes.FORMS.forEach((field, form) -> kinds.put(field, FieldKind.of(field, form)));
    for (String field : List.of("severity", "tactics")) {
      Optional.ofNullable(AlertFields.VALUES.get("alert." + field))
          .ifPresent(
              values ->
                  kinds.put(
                      "incident.steps." + field, FieldKind.of("incident.steps." + field, values)));
    }
    kinds.put("alert.target.account", FieldKind.of("alert.target.account", ACCOUNTS).uncertain());
    Set<String> sources = new TreeSet<>(AlertReader.names());
    policy.detections().parsers().stream().map(AlertParser::source).forEach(sources::add);
    FieldKind source =
        FieldKind.named(
            new Words("the source", "no event has the source", "; sources/ adds others"), sources);
    kinds.put("alert.source", source);
    kinds.put("incident.steps.source", source);
    kinds.put("alert.traits", FieldKind.named(Words.of("trait"), Trait.ids()));
    kinds.putAll(OwnTexts.of(policy.playbooks().actions()));
    kinds.put("response.action", FieldKind.named(Words.of("action"), actions(policy)));
    // A containment of a playbook that was removed is still released.
    kinds.put("response.playbook", FieldKind.named("playbook", playbooks(policy)).uncertain());
    Stream.concat(LOOSE.stream(), mapped(files).stream())
        .forEach(field -> kinds.computeIfPresent(field, (ignored, kind) -> kind.uncertain()));
    return kinds;
  }

  /** The fields of what a test of the policy expects. */
  static Map<String, FieldKind> ofTests(PolicyFiles files, Policy policy) {
    Map<String, FieldKind> kinds =
        ofRules(files, policy).entrySet().stream()
            .filter(entry -> AlertFields.ALERT.contains(entry.getKey()))
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, HashMap::new));
    kinds.put("score", kind("score"));
    kinds.put("ignored", FieldKind.text("ignored"));
    kinds.put(
        "suppressions",
        named("suppression", policy.suppressions().all().stream().map(one -> one.name())));
    kinds.put("routes", named("route", policy.routes().routes().stream().map(one -> one.name())));
    kinds.put("playbooks", FieldKind.named("playbook", playbooks(policy)));
    kinds.put("steps", FieldKind.named(Words.of("step"), actions(policy)));
    kinds.put("then", FieldKind.named(Words.of("step"), actions(policy)));
    List<String> inhibitions = policy.inhibitions().all().stream().map(one -> one.name()).toList();
    kinds.put("inhibits", FieldKind.named("inhibition", inhibitions));
    kinds.put("muted-by", FieldKind.named("inhibition", inhibitions));
    return kinds;
  }

  private static FieldKind named(String noun, Stream<String> names) {
    return FieldKind.named(noun, names.toList());
  }

  private static FieldKind kind(String field) {
    return Optional.ofNullable(FieldTypes.NUMBERS.get(field))
        .map(range -> FieldKind.number(field, range))
        .orElseGet(
            () ->
                FieldTypes.FLAGS.contains(field)
                    ? FieldKind.flag(field)
                    : FieldKind.of(field, NOT_EMPTY));
  }

  private static Collection<String> actions(Policy policy) {
    Actions actions = policy.playbooks().actions();
    return Stream.concat(
            actions.here().stream().map(one -> one.name()), actions.elsewhere().stream())
        .toList();
  }

  private static Collection<String> playbooks(Policy policy) {
    return policy.playbooks().all().stream().map(Playbook::name).toList();
  }

  /** The fields of an alert that a mapping of this policy fills with a source's own texts. */
  private static Set<String> mapped(PolicyFiles files) {
    Set<String> fields = new HashSet<>();
    for (PolicyNode file : files.folder("sources")) {
      file.anyMapping()
          .optional("fields")
          .filter(PolicyNode::isMapping)
          .ifPresent(
              node ->
                  node.anyMapping().keys().stream()
                      .flatMap(key -> Stream.ofNullable(MAPPED.get(key)))
                      .forEach(fields::add));
    }
    return fields;
  }
}
