package io.cattleguard.app.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The script of a drill in what a container is made of: a folder as its root, with a busybox and
 * nothing else, and namespaces of its own for users, mounts, processes and the network.
 */
@EnabledOnOs(OS.LINUX)
final class DrillScriptTest {
  private static final Path BUSYBOX = Path.of("/usr/bin/busybox");
  private static final String RUN = "bcdfgh";
  private static final int SECONDS = 30;

  /** busybox's web server answers a traversal or an unknown page with an error, so wget fails. */
  private static final Map<DrillStep, Integer> EXIT_CODES =
      Map.of(DrillStep.TRAVERSAL, 1, DrillStep.JNDI, 1);

  @TempDir private Path root;

  private static String script() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(DrillStep.class.getResourceAsStream("drill.sh"), "drill.sh")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private record Ended(int code, String said) {}

  private static Process start(List<String> command) throws IOException {
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static Ended end(Process process) throws IOException, InterruptedException {
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(SECONDS, TimeUnit.SECONDS), said);
    return new Ended(process.exitValue(), said);
  }

  private static boolean works(String... command) throws InterruptedException {
    try {
      return end(start(List.of(command))).code() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Runs a command in the container; its child processes end with it. */
  private List<String> inContainer(String command) {
    return List.of(
        "timeout",
        "--signal=KILL",
        String.valueOf(SECONDS),
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "--net",
        "--pid",
        "--fork",
        "--kill-child",
        "/bin/sh",
        "-c",
        "mount --bind /dev/null \"$0/dev/null\" && exec chroot \"$0\" /bin/sh -c \"$1\"",
        root.toString(),
        "ip link set lo up; export DRILL_RUN="
            + RUN
            + " DRILL_STAYS=0 SINK_SERVICE_HOST=127.0.0.1; "
            + command);
  }

  private void makeRoot() throws Exception {
    for (String folder :
        List.of(
            "bin",
            "dev",
            "drill",
            "tmp",
            "var/log",
            "var/run/secrets/kubernetes.io/serviceaccount")) {
      Files.createDirectories(root.resolve(folder));
    }
    Files.createFile(root.resolve("dev/null"));
    Files.writeString(
        root.resolve("var/run/secrets/kubernetes.io/serviceaccount/token"), "a token");
    Files.writeString(root.resolve("drill/drill.sh"), script());
    Files.copy(BUSYBOX, root.resolve("bin/busybox"));
    List<String> applets =
        end(start(List.of(BUSYBOX.toString(), "--list"))).said().lines().toList();
    for (String applet : applets) {
      if (!applet.equals("busybox")) {
        Files.createSymbolicLink(root.resolve("bin").resolve(applet), Path.of("busybox"));
      }
    }
  }

  private Set<String> files() throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
          .map(file -> root.relativize(file).toString())
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Test
  void everyStepDoesInAContainerOfBusyboxWhatItSaysAndTouchesOnlyItsOwn() throws Exception {
    assumeTrue(Files.isExecutable(BUSYBOX), "needs " + BUSYBOX);
    assumeTrue(!works("ldd", BUSYBOX.toString()), "needs a busybox without libraries");
    assumeTrue(
        works(
            "unshare", "--user", "--map-root-user", "--mount", "--net", "--pid", "--fork", "true"),
        "needs user namespaces");
    makeRoot();
    Set<String> before = files();

    Map<DrillStep, Process> started = new LinkedHashMap<>();
    for (DrillStep step : DrillStep.values()) {
      String sink =
          step.needs() == DrillStep.Needs.SINK ? "/bin/sh /drill/drill.sh sink & sleep 1; " : "";
      started.put(step, start(inContainer(sink + "exec /bin/sh /drill/drill.sh " + step.id())));
    }
    Map<DrillStep, String> ended = new TreeMap<>();
    for (Map.Entry<DrillStep, Process> one : started.entrySet()) {
      ended.put(one.getKey(), end(one.getValue()).said());
    }

    ended.forEach(
        (step, said) ->
            assertTrue(
                said.endsWith(
                    marker(step) + ": exit code " + EXIT_CODES.getOrDefault(step, 0) + "\n"),
                step + ": " + said));
    Set<String> made = files();
    made.removeAll(before);
    made.removeIf(file -> file.startsWith("tmp/cattleguard-drill-" + RUN + "-"));
    assertEquals(new TreeSet<>(List.of("var/log/auth.log")), made);
    assertEquals(0, Files.size(root.resolve("var/log/auth.log")));
    assertEquals(
        marker(DrillStep.RELEASE) + "\n",
        Files.readString(root.resolve("tmp/" + marker(DrillStep.RELEASE) + "/release_agent")));
    Path shell = root.resolve("tmp/" + marker(DrillStep.SETUID) + "/sh");
    assertEquals(04755, (int) Files.getAttribute(shell, "unix:mode") & 07777);
    assertTrue(
        Files.getPosixFilePermissions(root.resolve("tmp/" + marker(DrillStep.DROPPED) + "/sleep"))
            .contains(PosixFilePermission.OWNER_EXECUTE));
  }

  private static String marker(DrillStep step) {
    return "cattleguard-drill-" + RUN + "-" + step.id();
  }

  @Test
  void theScriptHasAStepForEachThatTheCommandKnows() throws IOException {
    List<String> cases =
        script()
            .lines()
            .filter(line -> line.matches("  [a-z]+\\)"))
            .map(line -> line.strip().replace(")", ""))
            .toList();
    List<String> steps =
        new ArrayList<>(Arrays.stream(DrillStep.values()).map(DrillStep::id).toList());
    steps.add(DrillManifests.SINK);

    assertEquals(new TreeSet<>(steps), new TreeSet<>(cases));
  }

  @Test
  void shellcheckFindsNothing() throws Exception {
    assumeTrue(works("shellcheck", "--version"), "needs shellcheck");
    Path file = Files.writeString(root.resolve("drill.sh"), script());

    assertEquals(new Ended(0, ""), end(start(List.of("shellcheck", "-s", "sh", file.toString()))));
  }
}
