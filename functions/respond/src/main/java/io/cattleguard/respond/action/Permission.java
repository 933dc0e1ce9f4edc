package io.cattleguard.respond.action;

import java.util.List;

/** One API call that an action must be allowed to make. */
public interface Permission {
  /** Whether the call changes something. In observe mode no such permission is needed. */
  boolean changes();

  /** The call as its own system writes it, {@code pods: delete}. */
  String inWords();

  /** The permissions of one kind that these actions need, without duplicates, in their order. */
  static <P extends Permission> List<P> needed(List<Action<?, ?>> actions, Class<P> kind) {
    return actions.stream()
        .flatMap(action -> action.permissions().stream())
        .filter(kind::isInstance)
        .map(kind::cast)
        .distinct()
        .toList();
  }
}
