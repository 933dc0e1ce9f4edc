package io.cattleguard.route;

import io.cattleguard.edge.policy.PolicyNode;
import java.util.Optional;
import java.util.regex.Pattern;

/** The address of an incident's page, for messages. */
public final class IncidentUrl {
  /** The placeholder for the incident's id. */
  private static final String ID = "{incident}";

  private static final Pattern INCIDENT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private IncidentUrl() {}

  /**
   * Reads a template from a policy.
   *
   * @throws io.cattleguard.edge.policy.PolicyException with file and line
   */
  public static String read(PolicyNode node) {
    String text = node.text();
    if (!text.contains(ID) || Address.checked(text.replace(ID, "x")).isEmpty()) {
      throw node.wrong("expected " + Address.EXPECTED + " with " + ID + " for the incident's id");
    }
    return text;
  }

  /**
   * The address of that incident; empty if the id is none of Cattleguard's own form, because an
   * event may have determined it.
   */
  public static Optional<String> of(String template, String incident) {
    return INCIDENT.matcher(incident).matches()
        ? Optional.of(template.replace(ID, incident))
        : Optional.empty();
  }
}
