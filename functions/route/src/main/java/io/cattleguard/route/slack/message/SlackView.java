package io.cattleguard.route.slack.message;

import java.net.URI;
import java.util.List;
import java.util.Map;

/**
 * The parts that a destination's settings add to the message of an incident.
 *
 * @param buttons whether a pressed button reaches the function {@code operate}
 * @param links to a board or to queries
 * @param runbooks by the name of their playbook
 */
public record SlackView(boolean buttons, List<LinkTemplate> links, Map<String, URI> runbooks) {
  /** A view without buttons and links. */
  public static final SlackView PLAIN = new SlackView(false, List.of(), Map.of());

  /** Copies the collections. */
  public SlackView {
    links = List.copyOf(links);
    runbooks = Map.copyOf(runbooks);
  }
}
