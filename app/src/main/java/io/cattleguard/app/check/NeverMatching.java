package io.cattleguard.app.check;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.fields.AlertFields;
import io.cattleguard.events.text.ClosestWord;
import io.cattleguard.respond.kubernetes.actions.KubernetesScope;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds the patterns of a policy that never match, because no event has the value that they name.
 *
 * <p>The functions accept such a policy, so an upgrade that knows more never stops them.
 */
final class NeverMatching {
  private static final List<String> FILES =
      List.of(
          "suppressions.yaml", "scoring.yaml", "routes.yaml", "inhibitions.yaml", "owners.yaml");

  /** The classes of findings that have an owner. */
  private static final FieldKind OWNED =
      FieldKind.named(
          new FieldKind.Words("the class", "no finding with an owner has the class", ""),
          List.of("configuration", "vulnerability"));

  private static final int LONGEST = 60;

  private final PatternCheck rules;
  private final PatternCheck tests;
  private final Map<String, FieldKind> outcomes;
  private final DetectedRules detected;
  private final Findings found;

  private NeverMatching(PolicyFiles files, Policy policy, Findings found) {
    this.outcomes = KnownFields.ofTests(files, policy);
    this.rules = new PatternCheck(KnownFields.ofRules(files, policy), AlertFields.ALWAYS, found);
    this.tests = new PatternCheck(outcomes, found);
    this.detected = new DetectedRules(policy.detections().names(), found);
    this.found = found;
  }

  /** All that a policy has no effect with: errors and warnings with file and line. */
  static Findings in(Path directory, Policy policy) {
    Findings found = new Findings();
    PolicyFiles files = new PolicyFiles(directory);
    NeverMatching search = new NeverMatching(files, policy, found);
    Stream.of(
            FILES.stream().flatMap(name -> files.file(name).stream()),
            files.folder("playbooks").stream())
        .flatMap(all -> all)
        .forEach(search::search);
    files.file("owners.yaml").ifPresent(search::owners);
    files.folder("detections").forEach(search::detection);
    files
        .folder("sources")
        .forEach(file -> file.anyMapping().optional("tests").ifPresent(search::tests));
    SettingCheck.of(files, found);
    Unreached unreached = new Unreached(protectedNamespaces(files), found);
    files.file("owners.yaml").ifPresent(unreached::owners);
    files.file("routes.yaml").ifPresent(unreached::routes);
    files.folder("playbooks").forEach(unreached::playbook);
    PolicyFolder.check(directory, found);
    return found;
  }

  /** The namespaces that a guard protects from every action on a pod. */
  private static Set<String> protectedNamespaces(PolicyFiles files) {
    return Stream.concat(
            KubernetesScope.ALWAYS_PROTECTED.stream(),
            files.file("settings.yaml").stream()
                .flatMap(file -> file.anyMapping().optional("protected-namespaces").stream())
                .flatMap(list -> list.items().stream())
                .map(PolicyNode::text))
        .collect(Collectors.toUnmodifiableSet());
  }

  private void search(PolicyNode node) {
    if (node.isList()) {
      node.items().forEach(this::search);
    } else if (node.isMapping()) {
      PolicyNode.Mapping entries = node.anyMapping();
      for (String key : entries.keys()) {
        PolicyNode value = entries.required(key);
        switch (key) {
          case "tests" -> tests(value);
          case "when", "mutes" -> rule(value);
          default -> search(value);
        }
      }
    }
  }

  private void rule(PolicyNode pattern) {
    rules.check(pattern);
    detected.check(pattern);
  }

  private void tests(PolicyNode list) {
    if (list.isList()) {
      for (PolicyNode test : list.items()) {
        Stream.of("expect", "expect-not")
            .flatMap(key -> test.anyMapping().optional(key).stream())
            .filter(PolicyNode::isMapping)
            .forEach(this::outcome);
      }
    }
  }

  /** An unknown field would be absent from every outcome. */
  private void outcome(PolicyNode pattern) {
    tests.check(pattern);
    List<String> known =
        outcomes.keySet().stream()
            .map(field -> field.split("\\.", 2)[0])
            .distinct()
            .sorted()
            .toList();
    PolicyNode.Mapping entries = pattern.anyMapping();
    for (String key : entries.keys()) {
      if (!key.equals("$or") && !known.contains(key)) {
        found.error(
            entries.required(key),
            "a test has no outcome '"
                + HostileText.visible(key, LONGEST)
                + "'"
                + ClosestWord.hint(key, known)
                + " (known: "
                + String.join(", ", known)
                + ")");
      }
    }
  }

  private void owners(PolicyNode file) {
    PatternCheck owned = new PatternCheck(Map.of("alert.class", OWNED), found);
    file.anyMapping().optional("owners").stream()
        .flatMap(list -> list.items().stream())
        .flatMap(owner -> owner.anyMapping().optional("when").stream())
        .forEach(owned::check);
  }

  private void detection(PolicyNode file) {
    PolicyNode.Mapping keys = file.anyMapping();
    String source = keys.required("source").text();
    PatternCheck raw = new PatternCheck(RawFields.OF.getOrDefault(source, Map.of()), found);
    PatternCheck usual = new PatternCheck(RawFields.USUAL.getOrDefault(source, Map.of()), found);
    for (String key : List.of("when", "unless")) {
      keys.optional(key)
          .ifPresent(
              pattern -> {
                raw.check(pattern);
                usual.check(pattern);
                objects(source, pattern);
              });
    }
    keys.optional("tests").ifPresent(this::tests);
  }

  /** The known fields of an object of a source's events; empty if they are not known. */
  private static List<String> known(String source, String object) {
    return source.equals("kubernetes-audit")
        ? RawFields.AUDIT_OBJECTS.getOrDefault(object, List.of())
        : object.equals("userIdentity") ? RawFields.CALLER : List.of();
  }

  private void objects(String source, PolicyNode pattern) {
    PolicyNode.Mapping entries = pattern.anyMapping();
    for (String key : entries.keys()) {
      PolicyNode value = entries.required(key);
      List<String> known = known(source, key);
      if (key.equals("$or") && value.isList()) {
        value.items().forEach(one -> objects(source, one));
      } else if (!known.isEmpty() && value.isMapping()) {
        fields(source, key, value.anyMapping(), known);
      }
    }
  }

  private void fields(String source, String object, PolicyNode.Mapping fields, List<String> known) {
    for (String field : fields.keys()) {
      if (!field.equals("$or") && !known.contains(field)) {
        PolicyNode at = fields.required(field);
        String message =
            object
                + " of "
                + source
                + " has no '"
                + HostileText.visible(field, LONGEST)
                + "'"
                + ClosestWord.hint(field, known)
                + " (known: "
                + String.join(", ", known)
                + ")";
        if (source.equals("kubernetes-audit")) {
          found.error(at, message);
        } else {
          found.warn(at, message);
        }
      }
    }
  }
}
