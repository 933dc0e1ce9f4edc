package io.cattleguard.local;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What every command has around it: a policy, the pattern files, a place to print. */
final class Surroundings {
  @Option(
      names = "--policy",
      paramLabel = "DIR",
      description = "The policy directory; the one that comes with Cattleguard by default.")
  private @Nullable Path policyDirectory;

  private static final PrintStream OUT =
      new PrintStream(
          new java.io.BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
          false,
          StandardCharsets.UTF_8);

  private static @Nullable PrintStream captured;

  /** Where the commands print. */
  PrintStream out() {
    return captured == null ? OUT : captured;
  }

  /** Prints what is still buffered. */
  static void flush() {
    OUT.flush();
  }

  /** Sends what the commands print elsewhere, for tests; null takes that back. */
  static void capture(@Nullable PrintStream elsewhere) {
    captured = elsewhere;
  }

  Path policyDirectory() {
    return policyDirectory == null ? home().resolve("policy") : policyDirectory;
  }

  Policy policy() {
    return Policy.read(policyDirectory());
  }

  Path patterns() {
    return home().resolve("events").resolve("patterns");
  }

  /** The folder that Cattleguard stands in, which the launcher names. */
  static Path home() {
    String home = System.getProperty("cattleguard.home", System.getProperty("cattleguard.root"));
    if (home == null || !Files.isDirectory(Path.of(home, "policy"))) {
      throw new UsageError(
          "cannot find Cattleguard's own files; start it by its launcher, ./cattleguard");
    }
    return Path.of(home);
  }
}
