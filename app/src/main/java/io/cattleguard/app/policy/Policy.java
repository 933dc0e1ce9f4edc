package io.cattleguard.app.policy;

import io.cattleguard.deduplicate.Suppressions;
import io.cattleguard.deduplicate.detections.DetectionRules;
import io.cattleguard.deduplicate.inhibition.Inhibitions;
import io.cattleguard.edge.policy.PolicyError;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.reviewed.ReviewedModels;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.Routes;
import io.cattleguard.route.destinations.Destinations;
import io.cattleguard.route.digest.Owners;
import io.cattleguard.score.ScoringPolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A policy directory, read with the same code as the functions use. */
public record Policy(
    Suppressions suppressions,
    ScoringPolicy scoring,
    Routes routes,
    Playbooks playbooks,
    DetectionRules detections,
    Inhibitions inhibitions,
    Owners owners,
    ReviewedModels models) {

  /**
   * Reads a policy directory.
   *
   * @throws PolicyException with every error in every file
   */
  public static Policy read(Path directory) {
    PolicyFiles files = new PolicyFiles(directory);
    List<PolicyError> errors = new ArrayList<>();
    Suppressions suppressions = part(() -> Suppressions.read(files), errors);
    ScoringPolicy scoring = part(() -> ScoringPolicy.read(files), errors);
    Routes routes = part(() -> Routes.read(files, Destinations.TYPES), errors);
    Playbooks playbooks = part(() -> Playbooks.read(files), errors);
    DetectionRules detections = part(() -> DetectionRules.read(files), errors);
    Inhibitions inhibitions = part(() -> Inhibitions.read(files), errors);
    Owners owners = part(() -> Owners.read(files), errors);
    ReviewedModels models = part(() -> ReviewedModels.read(files), errors);
    if (suppressions == null
        || scoring == null
        || routes == null
        || playbooks == null
        || detections == null
        || inhibitions == null
        || owners == null
        || models == null) {
      throw new PolicyException(errors);
    }
    return new Policy(
        suppressions, scoring, routes, playbooks, detections, inhibitions, owners, models);
  }

  /** Whether people read that destination; a SIEM, for example, is read by machines. */
  public boolean isReadByPeople(String destination) {
    return routes.destinations().stream()
        .filter(settings -> settings.name().equals(destination))
        .anyMatch(DestinationSettings::isReadByPeople);
  }

  private static <T> @Nullable T part(Supplier<T> read, List<PolicyError> errors) {
    try {
      return read.get();
    } catch (PolicyException e) {
      errors.addAll(e.errors());
      return null;
    }
  }
}
