package io.cattleguard.app.check;

import io.cattleguard.edge.policy.NamePattern;
import io.cattleguard.edge.policy.PolicyNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds parts of a policy that another part keeps from ever having an effect. */
final class Unreached {
  /** The classes of findings that developers fix; no pager gets them. */
  private static final Set<String> OF_DEVELOPERS = Set.of("configuration", "vulnerability");

  /** The classes that the guard of each action refuses. */
  private static final Set<String> WITHOUT_ACTION =
      Set.of("configuration", "vulnerability", "health");

  /** The actions that the guard of protected namespaces refuses. */
  private static final Set<String> ON_PODS =
      Set.of(
          "isolate-pod", "delete-pod", "pause-workload", "block-egress", "revoke-service-account");

  private static final List<String> PLACES = List.of("clusters", "accounts", "namespaces");

  private final Set<String> protectedNamespaces;
  private final Findings found;

  Unreached(Set<String> protectedNamespaces, Findings found) {
    this.protectedNamespaces = Set.copyOf(protectedNamespaces);
    this.found = found;
  }

  /** The first owner that matches a finding gets it. */
  void owners(PolicyNode file) {
    List<PolicyNode> owners = items(file, "owners").toList();
    for (int i = 0; i + 1 < owners.size(); i++) {
      PolicyNode.Mapping keys = owners.get(i).anyMapping();
      if (keys.optional("when").isEmpty() && keys.optional("tags").isEmpty()) {
        found.error(
            owners.get(i),
            "this owner has neither 'when' nor 'tags', so it gets every finding and the owners"
                + " below it get none; move it to the end");
      }
    }
  }

  /** A pager gets no findings that developers fix, whatever its routes say. */
  void routes(PolicyNode file) {
    Set<String> pagers =
        items(file, "destinations")
            .map(PolicyNode::anyMapping)
            .filter(keys -> keys.required("type").text().equals("pagerduty"))
            .map(keys -> keys.required("name").text())
            .collect(Collectors.toUnmodifiableSet());
    items(file, "routes")
        .map(PolicyNode::anyMapping)
        .filter(keys -> classes(keys.required("when"), OF_DEVELOPERS).isPresent())
        .flatMap(keys -> keys.required("to").items().stream())
        .filter(to -> pagers.contains(to.text()))
        .forEach(
            to ->
                found.error(
                    to,
                    "a pager gets no alert of the classes configuration and vulnerability; route"
                        + " them to another destination"));
  }

  /** The classes of a pattern, if it names no others than these. */
  private static Optional<PolicyNode> classes(PolicyNode when, Set<String> these) {
    return child(when, "alert")
        .flatMap(alert -> child(alert, "class"))
        .filter(PolicyNode::isList)
        .filter(
            classes ->
                classes.items().stream()
                    .allMatch(one -> one.isText() && these.contains(one.text())));
  }

  /** A guard refuses every action for some classes, so such a playbook never acts. */
  void playbook(PolicyNode file) {
    PolicyNode.Mapping keys = file.anyMapping();
    classes(keys.required("when"), WITHOUT_ACTION)
        .ifPresent(
            classes ->
                found.error(
                    classes,
                    "alerts of class "
                        + classes.items().stream()
                            .map(PolicyNode::text)
                            .collect(Collectors.joining(", "))
                        + " never cause an action; use runtime or audit"));
    items(file, "steps")
        .flatMap(step -> step.anyMapping().keys().stream())
        .filter(ON_PODS::contains)
        .findFirst()
        .ifPresent(action -> namespaces(file, action));
    modes(items(file, "modes").toList());
    boolean asks =
        Stream.concat(Stream.of(keys), items(file, "modes").map(PolicyNode::anyMapping))
            .flatMap(modes -> modes.optional("mode").stream())
            .anyMatch(mode -> mode.text().equals("approve"));
    keys.optional("approval")
        .filter(approval -> !asks)
        .ifPresent(
            approval -> found.warn(approval, "'approval' has no effect until a mode is approve"));
  }

  /** Warns of namespaces in which no pod is ever changed. */
  private void namespaces(PolicyNode file, String action) {
    Stream.concat(
            child(file.anyMapping().required("when"), "alert")
                .flatMap(alert -> child(alert, "target"))
                .flatMap(target -> child(target, "namespace"))
                .filter(PolicyNode::isList)
                .stream(),
            items(file, "modes")
                .map(PolicyNode::anyMapping)
                .filter(rule -> !rule.required("mode").text().equals("observe"))
                .flatMap(rule -> rule.optional("namespaces").stream()))
        .flatMap(list -> list.items().stream())
        .filter(PolicyNode::isText)
        .filter(one -> protectedNamespaces.contains(one.text()))
        .forEach(
            one ->
                found.warn(
                    one,
                    "the namespace '"
                        + one.text()
                        + "' is protected, so a guard refuses "
                        + action
                        + " there"));
  }

  /** The first rule that applies decides, so a rule that an earlier one covers never does. */
  private void modes(List<PolicyNode> rules) {
    for (int later = 1; later < rules.size(); later++) {
      PolicyNode.Mapping keys = rules.get(later).anyMapping();
      if (rules.subList(0, later).stream().anyMatch(one -> covers(one.anyMapping(), keys))) {
        found.warn(
            rules.get(later), "a rule above applies wherever this one does; move this one up");
      }
    }
  }

  private static boolean covers(PolicyNode.Mapping first, PolicyNode.Mapping other) {
    return PLACES.stream()
        .allMatch(
            key -> {
              List<NamePattern> all = first.optional(key).map(NamePattern::list).orElse(List.of());
              List<NamePattern> some = other.optional(key).map(NamePattern::list).orElse(List.of());
              return all.isEmpty()
                  || (!some.isEmpty()
                      && some.stream()
                          .allMatch(
                              one -> all.stream().anyMatch(wider -> wider.matches(one.text()))));
            });
  }

  private static Optional<PolicyNode> child(PolicyNode node, String key) {
    return node.isMapping() ? node.anyMapping().optional(key) : Optional.empty();
  }

  private static Stream<PolicyNode> items(PolicyNode file, String list) {
    return file.anyMapping().optional(list).stream().flatMap(all -> all.items().stream());
  }
}
