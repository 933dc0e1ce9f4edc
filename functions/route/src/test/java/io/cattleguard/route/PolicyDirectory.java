package io.cattleguard.route;

import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.route.destinations.Destinations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Policies for tests, and the shipped policy. */
public final class PolicyDirectory {
  private PolicyDirectory() {}

  public static Routes shipped() {
    return Routes.read(
        new PolicyFiles(Path.of(System.getProperty("cattleguard.root", "../..")).resolve("policy")),
        Destinations.TYPES);
  }

  public static Routes routes(Path directory, String yaml) {
    try {
      Files.writeString(directory.resolve("routes.yaml"), yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Routes.read(new PolicyFiles(directory), Destinations.TYPES);
  }
}
