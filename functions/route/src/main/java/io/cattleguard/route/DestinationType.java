package io.cattleguard.route;

import io.cattleguard.edge.policy.PolicyNode;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A type of destination that {@code routes.yaml} can name.
 *
 * @param name its name in the file
 * @param reader reads the settings of a destination of this type
 */
public record DestinationType(String name, Reader reader) {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

  /** Reads the settings of one destination. */
  @FunctionalInterface
  public interface Reader {

    /**
     * Reads the settings strictly. The node's keys include {@code name} and {@code type}.
     *
     * @param name the destination's name, already checked
     * @throws io.cattleguard.edge.policy.PolicyException with file and line
     */
    DestinationSettings read(String name, PolicyNode node);
  }

  static DestinationSettings read(PolicyNode node, List<DestinationType> types) {
    PolicyNode.Mapping mapping = node.anyMapping();
    refuseSecrets(mapping);
    PolicyNode named = mapping.required("type");
    Map<String, DestinationType> byName =
        types.stream().collect(Collectors.toMap(DestinationType::name, Function.identity()));
    DestinationType type = byName.get(named.text());
    if (type == null) {
      throw named.wrong(
          "'%s' is not one of %s"
              .formatted(
                  named.text(),
                  types.stream().map(DestinationType::name).collect(Collectors.joining(", "))));
    }
    return type.reader().read(name(mapping), node);
  }

  /** The name of a destination or route. */
  static String name(PolicyNode.Mapping mapping) {
    PolicyNode node = mapping.required("name");
    if (!NAME.matcher(node.text()).matches()) {
      throw node.wrong("a name has at most 63 characters of a-z, 0-9 and -");
    }
    return node.text();
  }

  private static void refuseSecrets(PolicyNode.Mapping mapping) {
    mapping
        .optional("token")
        .ifPresent(
            token -> {
              throw token.wrong(
                  "a policy must not contain a token; name the environment variable that holds it:"
                      + " token-from: CATTLEGUARD_SLACK_TOKEN");
            });
  }
}
