package io.cattleguard.route;

import io.cattleguard.edge.policy.PolicyError;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.fields.AlertFields;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The destinations and routes of {@code routes.yaml}.
 *
 * @param destinations in the order of the file
 * @param routes in the order of the file
 */
public record Routes(List<DestinationSettings> destinations, List<Route> routes) {
  private static final String FILE = "routes.yaml";

  /** Copies the lists. */
  public Routes {
    destinations = List.copyOf(destinations);
    routes = List.copyOf(routes);
  }

  /** The same routes with messages without buttons, for a host that Slack cannot reach. */
  public Routes withoutButtons() {
    return new Routes(
        destinations.stream().map(DestinationSettings::withoutButtons).toList(), routes);
  }

  /** Whether messages of any destination have buttons. */
  public boolean hasButtons() {
    return destinations.stream().anyMatch(DestinationSettings::hasButtons);
  }

  /**
   * Reads the file strictly.
   *
   * @param types the available types of destinations
   * @throws PolicyException listing every error with its file and line
   */
  public static Routes read(PolicyFiles files, List<DestinationType> types) {
    PolicyNode file =
        files
            .file(FILE)
            .orElseThrow(
                () ->
                    new PolicyException(
                        List.of(
                            new PolicyError(
                                FILE, 1, "missing or empty, so nothing would be delivered"))));
    PolicyNode.Mapping mapping = file.mapping("destinations", "routes");
    List<PolicyNode> destinationNodes = mapping.required("destinations").items();
    List<PolicyNode> routeNodes = mapping.required("routes").items();
    List<PolicyError> errors = new ArrayList<>();
    List<DestinationSettings> destinations =
        collecting(
            errors,
            () ->
                PolicyFiles.eachCollectingErrors(
                    destinationNodes, node -> DestinationType.read(node, types)));
    List<Route> routes =
        collecting(errors, () -> PolicyFiles.eachCollectingErrors(routeNodes, Routes::route));
    if (errors.isEmpty()) {
      checkNames(destinations, destinationNodes, routes, routeNodes, errors);
    }
    if (!errors.isEmpty()) {
      throw new PolicyException(errors);
    }
    Map<String, URI> runbooks = runbooks(files);
    return new Routes(
        destinations.stream().map(one -> one.withRunbooks(runbooks)).toList(), routes);
  }

  /**
   * The runbooks of playbooks, by the playbook's name. It is empty if a playbook is invalid, which
   * the reader of playbooks reports.
   */
  public static Map<String, URI> runbooks(PolicyFiles files) {
    Map<String, URI> runbooks = new HashMap<>();
    try {
      for (PolicyNode file : files.folder("playbooks")) {
        PolicyNode.Mapping playbook = file.anyMapping();
        playbook
            .optional("runbook")
            .ifPresent(
                runbook -> runbooks.put(playbook.required("name").text(), runbook.httpsLink()));
      }
    } catch (PolicyException e) {
      return Map.of();
    }
    return runbooks;
  }

  private static Route route(PolicyNode node) {
    PolicyNode.Mapping mapping = node.mapping("name", "when", "to", "tests");
    PolicyNode to = mapping.required("to");
    List<String> names = to.items().stream().map(PolicyNode::text).toList();
    if (names.isEmpty()) {
      throw to.wrong("needs at least one destination");
    }
    return new Route(
        DestinationType.name(mapping),
        mapping
            .required("when")
            .pattern(AlertFields.notChosenByThePod(AlertFields.DECIDED), AlertFields.VALUES),
        names);
  }

  private static <T> List<T> collecting(List<PolicyError> errors, Supplier<List<T>> read) {
    try {
      return read.get();
    } catch (PolicyException e) {
      errors.addAll(e.errors());
      return List.of();
    }
  }

  private static void checkNames(
      List<DestinationSettings> destinations,
      List<PolicyNode> destinationNodes,
      List<Route> routes,
      List<PolicyNode> routeNodes,
      List<PolicyError> errors) {
    Set<String> known = new LinkedHashSet<>();
    for (int i = 0; i < destinations.size(); i++) {
      if (!known.add(destinations.get(i).name())) {
        errors.addAll(
            destinationNodes
                .get(i)
                .wrong("destination '" + destinations.get(i).name() + "' is defined twice")
                .errors());
      }
    }
    Set<String> routeNames = new HashSet<>();
    Set<String> used = new HashSet<>();
    for (int i = 0; i < routes.size(); i++) {
      if (!routeNames.add(routes.get(i).name())) {
        errors.addAll(
            routeNodes
                .get(i)
                .wrong("route '" + routes.get(i).name() + "' is defined twice")
                .errors());
      }
      Set<String> here = new HashSet<>();
      for (PolicyNode to : routeNodes.get(i).anyMapping().required("to").items()) {
        if (!known.contains(to.text())) {
          errors.addAll(
              to.wrong(
                      "unknown destination '" + to.text() + "'; known: " + String.join(", ", known))
                  .errors());
        } else if (!here.add(to.text())) {
          errors.addAll(to.wrong("'" + to.text() + "' is listed twice").errors());
        }
        used.add(to.text());
      }
    }
    for (int i = 0; i < destinations.size(); i++) {
      if (!used.contains(destinations.get(i).name())) {
        errors.addAll(
            destinationNodes
                .get(i)
                .wrong(
                    "no route uses '"
                        + destinations.get(i).name()
                        + "'; add a route or remove the destination")
                .errors());
      }
    }
  }
}
