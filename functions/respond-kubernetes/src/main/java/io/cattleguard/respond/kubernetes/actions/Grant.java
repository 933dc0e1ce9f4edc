package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.respond.action.Permission;
import java.util.Optional;

/**
 * One verb on one resource of an API group, the core group being the empty one.
 *
 * @param why for whoever reads the manifest
 * @param only which change it is for; the admission policy denies every other
 */
public record Grant(String group, String resource, String verb, String why, Optional<Change> only)
    implements Permission {

  /**
   * The very change that an action makes.
   *
   * @param operation as admission calls it: CREATE, UPDATE or DELETE
   * @param message to a client whose change it denies
   * @param expression in CEL, true of the change and of everything that is about something else
   * @see <a href="https://kubernetes.io/docs/reference/using-api/cel/">CEL in Kubernetes</a>
   */
  record Change(String operation, String message, String expression) {}

  /** To look. */
  static Grant toLook(String group, String resource, String verb, String why) {
    return new Grant(group, resource, verb, why, Optional.empty());
  }

  /** To change something in one way. */
  static Grant toChange(String group, String resource, String verb, String why, Change only) {
    return new Grant(group, resource, verb, why, Optional.of(only));
  }

  @Override
  public boolean changes() {
    return only.isPresent();
  }

  @Override
  public String inWords() {
    return resource + (group.isEmpty() ? "" : "." + group) + ": " + verb;
  }
}
