package io.cattleguard.app.board;

import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.reviewed.DeviationPatch;
import io.cattleguard.route.Routes;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The policy that the board shows.
 *
 * @param source where it is from, in words
 * @param playbooks reads them; throws {@code PolicyException}
 * @param runbooks reads their addresses, by the name of the playbook
 * @param patches what accepting a deviation would change in its models
 */
public record ShownPolicy(
    String source,
    Supplier<List<Playbook>> playbooks,
    Supplier<Map<String, URI>> runbooks,
    Function<AcceptableEntry, DeviationPatch> patches) {
  /**
   * The runbooks of the playbooks in a directory, which may change and may be absent for a while.
   */
  public static Supplier<Map<String, URI>> runbooksIn(Path directory) {
    return new Renewed<>(() -> runbooks(directory), InstantSource.system());
  }

  /** The patches for the models in a directory. Each patch reads the files again. */
  public static Function<AcceptableEntry, DeviationPatch> patchesIn(Path directory) {
    return entry -> DeviationPatch.in(directory, entry, InstantSource.system().instant());
  }

  private static Map<String, URI> runbooks(Path directory) {
    try {
      return Routes.runbooks(new PolicyFiles(directory));
    } catch (PolicyException e) {
      return Map.of();
    }
  }

  /** The policy in a directory, which may change. */
  public static ShownPolicy in(Path directory) {
    return new ShownPolicy(
        "From the policy directory "
            + directory
            + " of this machine. The deployment may use another policy.",
        new Renewed<>(
            () -> Playbooks.read(new PolicyFiles(directory)).all(), InstantSource.system()),
        runbooksIn(directory),
        patchesIn(directory));
  }
}
