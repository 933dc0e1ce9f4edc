package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.respond.action.Permission;
import java.util.Optional;

/**
 * One verb on one resource of an API group; the core group is empty.
 *
 * @param why the reason, as a comment in the manifest
 * @param only the change that the verb is for; the admission policy denies every other
 */
public record Grant(String group, String resource, String verb, String why, Optional<Change> only)
    implements Permission {

  /**
   * The exact change that an action makes.
   *
   * @param operation as admission calls it: CREATE, UPDATE or DELETE
   * @param message shown to a client whose change is denied
   * @param expression in CEL, true for the allowed change and for unrelated requests
   * @param undo in CEL, true only for a change that ends a containment; empty if none does
   * @see <a href="https://kubernetes.io/docs/reference/using-api/cel/">CEL in Kubernetes</a>
   */
  record Change(String operation, String message, String expression, Optional<String> undo) {
    /** A change that ends no containment. */
    Change(String operation, String message, String expression) {
      this(operation, message, expression, Optional.empty());
    }

    /** A copy with the changes of this operation that end a containment. */
    Change undoing(String one) {
      return new Change(operation, message, expression, Optional.of(one));
    }
  }

  /** A read permission. */
  static Grant toLook(String group, String resource, String verb, String why) {
    return new Grant(group, resource, verb, why, Optional.empty());
  }

  /** A permission for one change. */
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
