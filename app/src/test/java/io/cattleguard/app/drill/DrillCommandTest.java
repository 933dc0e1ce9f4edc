package io.cattleguard.app.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.server.UpProcess;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.events.TakesLong;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command, without a cluster. */
final class DrillCommandTest {
  @TempDir private Path folder;

  @ParameterizedTest(name = "drill {0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "--data d                                          | set --kubeconfig FILE",
        "--data d --inject --namespace kube-system         | a protected or system namespace",
        "--data d --inject --namespace kube-flannel        | a protected or system namespace",
        "--data d --inject --namespace openshift-dns       | a protected or system namespace",
        "--data d --inject --namespace falco               | a protected or system namespace",
        "--data d --inject --namespace argocd              | a protected or system namespace",
        "--data d --inject --namespace default             | a protected or system namespace",
        "--data d --inject --namespace A_b                 | not the name of a namespace",
        "--data d --inject --image busybox;reboot          | not the name of an image",
        "--data d --inject --steps shell,dance             | no step 'dance'; there are shell,",
        "--data d --inject --timeout 2h                    | expected a duration up to 10m",
        "--data d --inject --json --markdown               | choose one",
        "--data d --inject --cluster canary                | reserved",
        "--data d --inject                                 | add --yes",
        "--data d --kubeconfig nowhere --yes               | cannot be read",
      })
  void whatCannotBeMeantIsAUsageError(String options, String says) {
    String[] arguments = ("drill " + options).split(" ", -1);

    Shell.Result result = new Shell().run(arguments);

    assertEquals(2, result.code(), result.err());
    assertTrue(result.err().contains(says), result.err());
  }

  @Test
  void aDrillPagesNobodyUnlessThatIsMeant() throws Exception {
    Policies.copyDefault(folder);
    Policies.replace(
        folder.resolve("routes.yaml"),
        "destinations:\n",
        """
        destinations:
          - {name: on-call, type: pagerduty, key-from: CATTLEGUARD_PAGERDUTY_KEY}
        """);
    Policies.replace(
        folder.resolve("routes.yaml"), "    to: [security-channel]", "    to: [on-call]");
    String[] drill = {
      "drill", "--data", "d", "--inject", "--policy", folder.toString(), "--timeout", "1s", "--yes"
    };

    Shell.Result refused = new Shell().run(drill);

    assertEquals(2, refused.code(), refused.err());
    assertTrue(refused.err().contains("on-call, which pages people: add --page"), refused.err());
  }

  @Test
  void onATerminalItAsksAndSaysWhoWillBeTold() {
    Shell.Result result =
        new Shell()
            .inTerminal(100)
            .piping("n\n")
            .run("drill", "--data", folder.toString(), "--inject");

    assertEquals(2, result.code(), result.err());
    assertTrue(result.err().contains("security-channel (slack), siem (splunk-hec)"), result.err());
    assertTrue(result.err().contains("Run it? [y/N]"), result.err());
    assertTrue(result.err().contains("nothing was done"), result.err());
  }

  @Test
  void aServerThatIsAwayIsAFailure() {
    Shell.Result result =
        new Shell()
            .run(
                "drill",
                "--data",
                folder.toString(),
                "--inject",
                "--input",
                "http://127.0.0.1:1/",
                "--yes");

    assertEquals(1, result.code(), result.err());
    assertTrue(result.err().contains("cattleguard: "), result.err());
  }

  @Test
  @TakesLong
  void everyInjectedStepIsFollowedThroughAServer() throws Exception {
    Path data = folder.resolve("data");
    try (UpProcess up = new UpProcess(Optional.empty(), Policies.defaultPolicy(), data).start()) {
      InetSocketAddress address = up.address();
      Shell.Result result =
          new Shell()
              .run(
                  "drill",
                  "--data",
                  data.toString(),
                  "--inject",
                  "--input",
                  "http://127.0.0.1:" + address.getPort() + "/",
                  "--yes",
                  "--json");

      assertEquals(0, result.code(), () -> result.err() + result.out());
      JsonNode card = result.json();
      assertTrue(card.path("injected").asBoolean());
      assertEquals(DrillStep.values().length, card.path("steps").size());
      for (JsonNode step : card.path("steps")) {
        assertEquals("sensed", step.path("result").asText(), step::toString);
        assertTrue(step.path("score").asInt() > 0, step::toString);
        assertTrue(step.path("routedTo").toString().contains("siem"), step::toString);
      }
      assertEquals(
          "falco: Drop and execute new binary in container", of(card, "dropped", "sensedBy"));
      assertTrue(of(card, "dropped", "responses").contains("observe mode: "), card::toString);
      assertEquals("tetragon: connections", of(card, "mining", "sensedBy"));
    }
  }

  private static String of(JsonNode card, String id, String field) {
    for (JsonNode step : card.path("steps")) {
      if (step.path("step").asText().equals(id)) {
        return step.path(field).path(0).asText();
      }
    }
    throw new AssertionError(card + " has no step " + id);
  }
}
