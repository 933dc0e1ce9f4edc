package io.cattleguard.respond;

import io.cattleguard.respond.ledger.Ledger;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The parts of a containment's id: {@code blue/isolate-pod/<uid>} or {@code
 * quarantine-instance/<uid>}. A uid may contain slashes, and so may the name of a cluster, so the
 * first name of an action tells which part is the cluster.
 *
 * @param cluster empty for an account, or for the only cluster
 */
public record ContainmentId(Optional<String> cluster, Ledger.Key key) {
  /**
   * Reads an id.
   *
   * @param isAction whether any responder has an action of that name
   * @return empty if the id names no action
   */
  public static Optional<ContainmentId> read(String id, Predicate<String> isAction) {
    Optional<ContainmentId> read = of(Optional.empty(), id, isAction);
    for (int slash = id.indexOf('/'); read.isEmpty() && slash >= 0; ) {
      if (slash > 0) {
        read = of(Optional.of(id.substring(0, slash)), id.substring(slash + 1), isAction);
      }
      slash = id.indexOf('/', slash + 1);
    }
    return read;
  }

  private static Optional<ContainmentId> of(
      Optional<String> cluster, String id, Predicate<String> isAction) {
    int slash = id.indexOf('/');
    return slash < 0 || slash == id.length() - 1 || !isAction.test(id.substring(0, slash))
        ? Optional.empty()
        : Optional.of(
            new ContainmentId(
                cluster, new Ledger.Key(id.substring(0, slash), id.substring(slash + 1))));
  }
}
