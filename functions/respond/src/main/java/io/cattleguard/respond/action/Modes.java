package io.cattleguard.respond.action;

import io.cattleguard.edge.policy.NamePattern;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.Target;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * In which mode a playbook answers an alert: that of the first rule that applies to the alert's
 * cluster, account and namespace, else the playbook's own.
 *
 * @param otherwise the playbook's own mode
 */
public record Modes(Mode otherwise, List<Rule> rules) {
  /**
   * A mode for some places. An empty list means all.
   *
   * @param clusters as the sensors' credentials prove them
   */
  public record Rule(
      List<NamePattern> clusters,
      List<NamePattern> accounts,
      List<NamePattern> namespaces,
      Mode mode) {
    /** Copies the lists. */
    public Rule {
      clusters = List.copyOf(clusters);
      accounts = List.copyOf(accounts);
      namespaces = List.copyOf(namespaces);
    }

    private boolean applies(Target target) {
      return applies(clusters, target.cluster())
          && applies(accounts, target.account())
          && applies(namespaces, target.namespace());
    }

    /** If the alert does not name its place, no rule about such places applies. */
    private static boolean applies(List<NamePattern> places, @Nullable String place) {
      return places.isEmpty()
          || (place != null && places.stream().anyMatch(one -> one.matches(place)));
    }

    private String inWords() {
      List<String> places = new ArrayList<>();
      add("cluster", clusters, places);
      add("account", accounts, places);
      add("namespace", namespaces, places);
      return mode.jsonName() + " in " + String.join(", ", places);
    }

    private static void add(String kind, List<NamePattern> names, List<String> places) {
      if (!names.isEmpty()) {
        places.add(
            kind + " " + names.stream().map(NamePattern::text).collect(Collectors.joining(" or ")));
      }
    }
  }

  /** Copies the list. */
  public Modes {
    rules = List.copyOf(rules);
  }

  /** The same mode everywhere. */
  public static Modes everywhere(Mode mode) {
    return new Modes(mode, List.of());
  }

  static List<Rule> read(PolicyNode list) {
    return list.items().stream().map(Modes::rule).toList();
  }

  private static Rule rule(PolicyNode node) {
    PolicyNode.Mapping keys = node.mapping("clusters", "accounts", "namespaces", "mode");
    Rule rule =
        new Rule(
            keys.optional("clusters").map(NamePattern::list).orElse(List.of()),
            keys.optional("accounts").map(NamePattern::list).orElse(List.of()),
            keys.optional("namespaces").map(NamePattern::list).orElse(List.of()),
            keys.required("mode").oneOf(Mode.class));
    if (rule.clusters.isEmpty() && rule.accounts.isEmpty() && rule.namespaces.isEmpty()) {
      throw node.wrong("name clusters, accounts or namespaces; mode is for all others");
    }
    return rule;
  }

  /** The mode for an alert about that target. */
  Mode of(Target target) {
    return rules.stream()
        .filter(rule -> rule.applies(target))
        .map(Rule::mode)
        .findFirst()
        .orElse(otherwise);
  }

  /** The strongest mode in any place. */
  Mode strongest() {
    return Stream.concat(Stream.of(otherwise), rules.stream().map(Rule::mode))
        .max(Comparator.naturalOrder())
        .orElse(otherwise);
  }

  /** For people: {@code observe; enforce in cluster staging}. */
  public String inWords() {
    return Stream.concat(
            Stream.of(otherwise.jsonName()), rules.stream().map(rule -> rule.inWords()))
        .collect(Collectors.joining("; "));
  }
}
