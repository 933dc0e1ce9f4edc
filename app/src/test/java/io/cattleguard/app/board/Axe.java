package io.cattleguard.app.board;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * The script of axe-core, which checks the accessibility of a page. CATTLEGUARD_TEST_AXE names it;
 * otherwise npm fetches it once into {@code target}. Without both, the test is skipped.
 *
 * @see <a href="https://github.com/dequelabs/axe-core">axe-core</a>
 */
final class Axe {
  private static final String VERSION = "4.14.1";
  private static final long PATIENCE_SECONDS = 60;

  private Axe() {}

  static String script() throws IOException, InterruptedException {
    Optional<String> named = Optional.ofNullable(System.getenv("CATTLEGUARD_TEST_AXE"));
    return Files.readString(named.isPresent() ? Path.of(named.get()) : fetched());
  }

  private static Path fetched() throws IOException, InterruptedException {
    Path folder = Files.createDirectories(Path.of("target", "axe"));
    Path script = folder.resolve("node_modules/axe-core/axe.min.js");
    if (!Files.exists(script)) {
      Path log = folder.resolve("npm.log");
      boolean ended = npm(folder, log);
      Assumptions.assumeTrue(
          ended && Files.exists(script),
          "no axe-core: npm cannot fetch it ("
              + log
              + "); set CATTLEGUARD_TEST_AXE to the path of axe.min.js");
    }
    return script;
  }

  /** npm must not run scripts of the package. */
  private static boolean npm(Path folder, Path log) throws IOException, InterruptedException {
    Process npm;
    try {
      npm =
          new ProcessBuilder(
                  "npm",
                  "install",
                  "--ignore-scripts",
                  "--no-save",
                  "--no-audit",
                  "--no-fund",
                  "--prefix",
                  folder.toString(),
                  "axe-core@" + VERSION)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
    } catch (IOException e) {
      Files.writeString(log, e.toString());
      return false;
    }
    boolean ended = npm.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    npm.destroyForcibly();
    return ended;
  }
}
