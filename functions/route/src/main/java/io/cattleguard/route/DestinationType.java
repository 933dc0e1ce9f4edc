package io.cattleguard.route;

import io.cattleguard.edge.PolicyNode;
import java.util.List;

/** A type of destination: its name in {@code routes.yaml}, and how its settings are read. */
public interface DestinationType {
  /** The value of the key {@code type}. */
  String name();

  /**
   * Reads one destination of this type.
   *
   * @throws io.cattleguard.edge.PolicyException with file and line
   */
  DestinationSettings read(PolicyNode node);

  /**
   * Reads one destination of any of the given types.
   *
   * @throws io.cattleguard.edge.PolicyException with file and line
   */
  static DestinationSettings read(List<DestinationType> types, PolicyNode node) {
    PolicyNode.Mapping keys = node.anyMapping();
    keys.optional("token")
        .ifPresent(
            token -> {
              throw token.wrong(
                  "a policy must not contain a token; name the environment variable that holds it:"
                      + " token-from: CATTLEGUARD_SLACK_TOKEN");
            });
    List<String> names = types.stream().map(DestinationType::name).toList();
    return types.get(names.indexOf(keys.required("type").oneOf(names))).read(node);
  }
}
