package io.cattleguard.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ContractFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@code ./cattleguard} in a checkout whose Maven and Java are scripts of the test. */
final class LauncherTest {
  /** Maven keeps a jar that is newer than its classes, and javac cannot read an empty one. */
  private static final String MAVEN =
      """
      #!/usr/bin/env bash
      if [ -e events/target/launcher/events.jar ] && [ ! -s events/target/launcher/events.jar ]; then
        echo "[ERROR] events.jar: zip file is empty"
        exit 1
      fi
      mkdir -p events/target/launcher app/target/launcher
      if [ -e stop-here ]; then
        : > events/target/launcher/events.jar
        mv stop-here stopped
        # The test kills this process, so no process may be started after it: it would keep the launcher's lock.
        exec sleep 60
      fi
      echo classes > events/target/launcher/events.jar
      echo classes > app/target/launcher/cattleguard-app.jar
      """;

  @TempDir Path home;

  @BeforeEach
  void checkout() throws IOException {
    Files.createDirectories(home.resolve("build"));
    Files.createDirectories(home.resolve("jdk/bin"));
    for (String module : new String[] {"sources", "models", "aws", "functions", "sensor"}) {
      Files.createDirectories(home.resolve(module));
    }
    Files.createDirectories(home.resolve("events/target/launcher"));
    Files.createDirectories(home.resolve("app"));
    Files.writeString(home.resolve("pom.xml"), "<project/>");
    script("cattleguard", Files.readString(ContractFiles.root().resolve("cattleguard")));
    script("build/find-jdk", "#!/usr/bin/env bash\necho \"" + home.resolve("jdk") + "\"\n");
    script("jdk/bin/java", "#!/usr/bin/env bash\necho started\n");
    script("mvnw", MAVEN);
  }

  private void script(String name, String text) throws IOException {
    Files.writeString(home.resolve(name), text);
    assertTrue(home.resolve(name).toFile().setExecutable(true), name);
  }

  private Process start() throws IOException {
    return new ProcessBuilder(home.resolve("cattleguard").toString(), "check")
        .redirectErrorStream(true)
        .redirectOutput(home.resolve("output").toFile())
        .start();
  }

  private String run() throws IOException, InterruptedException {
    Process launcher = start();
    assertTrue(launcher.waitFor(60, TimeUnit.SECONDS));
    return launcher.exitValue() + " " + Files.readString(home.resolve("output")).strip();
  }

  @Test
  void aBuildThatWasKilledDoesNotDamageTheNextOne() throws Exception {
    Files.writeString(home.resolve("stop-here"), "");
    Process launcher = start();
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!Files.exists(home.resolve("stopped")) && System.nanoTime() < until) {
      Thread.sleep(20);
    }
    // The launcher first: it would clean up after a Maven that was killed alone.
    List<ProcessHandle> build = launcher.descendants().toList();
    assertTrue(launcher.destroyForcibly().waitFor(60, TimeUnit.SECONDS));
    build.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle one : build) {
      assertFalse(one.onExit().get(60, TimeUnit.SECONDS).isAlive());
    }
    assertEquals(0, Files.size(home.resolve("events/target/launcher/events.jar")));

    String said = run();

    assertTrue(said.startsWith("0 ") && said.endsWith("started"), said);
  }

  @Test
  void aJarThatCannotBeReadFailsOneBuildOnly() throws IOException, InterruptedException {
    Files.writeString(home.resolve("events/target/launcher/events.jar"), "");

    String first = run();
    String second = run();

    assertTrue(first.startsWith("1 ") && first.contains("zip file is empty"), first);
    assertTrue(second.startsWith("0 ") && second.endsWith("started"), second);
  }
}
