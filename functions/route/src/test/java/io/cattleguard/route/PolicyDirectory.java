package io.cattleguard.route;

import io.cattleguard.edge.PolicyFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Policies of tests, and the one that is shipped. */
final class PolicyDirectory {
  private PolicyDirectory() {}

  static Routes shipped() {
    return Routes.read(
        new PolicyFiles(
            Path.of(System.getProperty("cattleguard.root", "../..")).resolve("policy")));
  }

  static Routes routes(Path directory, String yaml) {
    try {
      Files.writeString(directory.resolve("routes.yaml"), yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Routes.read(new PolicyFiles(directory));
  }
}
