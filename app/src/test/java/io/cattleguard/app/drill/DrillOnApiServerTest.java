package io.cattleguard.app.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.server.UpOnApiServerTest;
import io.cattleguard.app.server.UpProcess;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * Drills in the API server for tests. Its nodes run no script, so the events are injected, about
 * pods that the API server has.
 */
@Tag("cluster")
@EnabledIfEnvironmentVariable(
    named = UpOnApiServerTest.KUBECONFIG,
    matches = ".+",
    disabledReason = "it names no API server that is meant for tests")
final class DrillOnApiServerTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String OURS = "app.kubernetes.io/managed-by=cattleguard-drill";

  @TempDir private Path folder;
  private final String kubeconfig = String.valueOf(System.getenv(UpOnApiServerTest.KUBECONFIG));
  private final String namespace = "drill-" + UUID.randomUUID().toString().substring(0, 8);
  private UpProcess up;

  @BeforeEach
  void start() throws Exception {
    up =
        new UpProcess(
                Optional.of(Path.of(kubeconfig)), Policies.defaultPolicy(), folder.resolve("data"))
            .start();
  }

  @AfterEach
  void stop() throws Exception {
    if (up != null) {
      up.close();
    }
    kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false");
  }

  private String[] drill(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "drill",
                "--kubeconfig",
                kubeconfig,
                "--namespace",
                namespace,
                "--data",
                folder.resolve("data").toString(),
                "--input",
                "http://127.0.0.1:" + up.address().getPort() + "/",
                "--yes"));
    arguments.addAll(List.of(more));
    return arguments.toArray(new String[0]);
  }

  private static JsonNode step(JsonNode card, DrillStep step) {
    for (JsonNode one : card.path("steps")) {
      if (one.path("step").asText().equals(step.id())) {
        return one;
      }
    }
    throw new AssertionError(card + " has no " + step);
  }

  @Test
  void anInjectedDrillIsFollowedStepByStepAndLeavesNothingBehind() throws Exception {
    Shell.Result result = new Shell().run(drill("--inject", "--json"));

    assertEquals(0, result.code(), () -> result.err() + result.out());
    for (JsonNode step : result.json().path("steps")) {
      assertEquals("sensed", step.path("result").asText(), step::toString);
    }
    JsonNode dropped = step(result.json(), DrillStep.DROPPED);
    assertTrue(dropped.path("score").asInt() >= 80, dropped::toString);
    assertTrue(dropped.path("responses").toString().contains("observe mode: "), dropped::toString);
    await("the namespace to be deleted", () -> names("namespace").isEmpty());
  }

  @Test
  void whatPodSecurityRefusesIsAResultAndAForeignNamespaceStays() throws Exception {
    kubectl("create", "namespace", namespace);
    kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted");

    Shell.Result result = new Shell().run(drill("--inject", "--json"));

    assertEquals(0, result.code(), () -> result.err() + result.out());
    for (DrillStep step : DrillStep.values()) {
      JsonNode row = step(result.json(), step);
      boolean needsMore = step.needs() == DrillStep.Needs.SYS_ADMIN;
      assertEquals(
          needsMore ? "refused by admission" : "sensed",
          row.path("result").asText(),
          row::toString);
    }
    assertTrue(
        step(result.json(), DrillStep.RELEASE).path("why").asText().contains("PodSecurity"),
        result::out);
    await("no object of the drill", () -> left().isEmpty());
    assertEquals(
        "Active", kubectl("get", "namespace", namespace, "-o", "jsonpath={.status.phase}"));
  }

  @Test
  void aNamespaceWithOtherPodsIsNotTouched() throws Exception {
    kubectl("create", "namespace", namespace);
    kubectl("create", "serviceaccount", "web", "-n", namespace);
    kubectl(
        "run",
        "web",
        "-n",
        namespace,
        "--image",
        "registry.example.com/web:1",
        "--overrides",
        "{\"spec\":{\"serviceAccountName\":\"web\"}}");

    Shell.Result result = new Shell().run(drill("--inject"));

    assertEquals(2, result.code(), () -> result.err() + result.out());
    assertTrue(result.err().contains("has other pods, for example web"), result.err());
    assertEquals(List.of(), left());
    assertEquals("pod/web", kubectl("get", "pod", "web", "-n", namespace, "-o", "name").strip());
  }

  @Test
  void anInterruptedDrillCleansUpAndTheNextOneCleansUpAfterAKilledOne() throws Exception {
    Process interrupted = process(drill("--timeout", "5m"));
    await("Jobs", () -> !list("jobs").isEmpty());
    interrupted.destroy();
    assertTrue(interrupted.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    assertNotEquals(0, interrupted.exitValue());
    String log = Files.readString(folder.resolve("drill.log"));
    assertTrue(log.contains("interrupted, cleaning up"), log);
    assertTrue(log.contains("Namespace " + namespace), log);
    assertTrue(log.contains(" interrupted\n"), log);
    await("the namespace to be deleted", () -> names("namespace").isEmpty());

    Process killed = process(drill("--timeout", "5m"));
    await("Jobs", () -> !list("jobs").isEmpty());
    killed.destroyForcibly().waitFor();
    assertTrue(!left().isEmpty(), "a killed drill leaves its objects");

    Shell.Result next = new Shell().run(drill("--inject", "--steps", "shell"));

    assertEquals(0, next.code(), () -> next.err() + next.out());
    assertTrue(next.err().contains("earlier drills left behind"), next.err());
    await("the namespace to be deleted", () -> names("namespace").isEmpty());
  }

  private Process process(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dcattleguard.home=" + System.getProperty("cattleguard.root"),
                "-cp",
                System.getProperty("java.class.path"),
                "io.cattleguard.app.cli.Main"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("drill.log").toFile())
        .start();
  }

  private List<String> left() throws Exception {
    List<String> left = new ArrayList<>();
    for (String kind : List.of("jobs", "services", "configmaps", "networkpolicies", "pods")) {
      left.addAll(list(kind));
    }
    return left;
  }

  private List<String> list(String kind) throws Exception {
    return kubectl("get", kind, "-n", namespace, "-l", OURS, "-o", "name", "--ignore-not-found")
        .lines()
        .toList();
  }

  private List<String> names(String kind) throws Exception {
    return kubectl("get", kind, namespace, "-o", "name", "--ignore-not-found").lines().toList();
  }

  private void await(String what, Callable<Boolean> condition) throws Exception {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call()) {
      assertTrue(System.nanoTime() < until, () -> "waited for " + what);
      TimeUnit.MILLISECONDS.sleep(200);
    }
  }

  private String kubectl(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("kubectl", "--kubeconfig", kubeconfig));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    return said;
  }
}
