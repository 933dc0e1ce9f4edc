package io.cattleguard.app.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.state.StateFile;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Wrong settings of {@code up} are reported in one sentence before the server starts. */
@Timeout(60) // a server that is not rejected runs until it is stopped
final class UpCommandTest {
  @TempDir private Path folder;

  private Path data() {
    return folder.resolve("data");
  }

  private Shell.Result up(String... more) {
    List<String> line = new ArrayList<>();
    line.addAll(List.of("up", "--data", data().toString()));
    for (String option : List.of("--listen", "--operations-listen")) {
      if (!List.of(more).contains(option)) {
        line.addAll(List.of(option, "127.0.0.1:0"));
      }
    }
    line.addAll(List.of(more));
    return new Shell().run(line.toArray(String[]::new));
  }

  private static void refused(Shell.Result result, String... said) {
    assertEquals(2, result.code(), result.err());
    assertEquals("", result.out(), "it did not begin");
    assertEquals(1, result.err().lines().count(), result.err());
    assertTrue(result.err().startsWith("cattleguard: "), result.err());
    for (String part : said) {
      assertTrue(result.err().contains(part), result.err());
    }
    assertFalse(result.err().contains("defect"), result.err());
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("kubeconfig"), text);
  }

  @Test
  void anInvalidKubeconfigIsReported() throws IOException {
    for (String text : List.of("", "no: kubeconfig", "{", "\u0000", "- a\n- b\n", "a: [b")) {
      Path file = file(text);
      refused(up("--kubeconfig", file.toString()), "--kubeconfig " + file, "kubectl config ");
    }
  }

  @Test
  void aKubeconfigWithoutACurrentContextIsReportedWithAFix() throws IOException {
    Path file =
        file(
            """
            apiVersion: v1
            kind: Config
            clusters: [{ name: blue, cluster: { server: "https://192.0.2.1:6443" } }]
            contexts: [{ name: blue, context: { cluster: blue, user: me } }]
            users: [{ name: me, user: {} }]
            """);
    refused(up("--kubeconfig", file.toString()), "--kubeconfig " + file, "use-context");
  }

  @Test
  void anAddressThatOthersCanReachNeedsACredential() {
    refused(
        up("--listen", "192.0.2.1:2801"),
        "--listen 192.0.2.1:2801 can be reached from elsewhere",
        "CATTLEGUARD_INPUT_TOKEN",
        "127.0.0.1");
  }

  @Test
  void aTokenThatCouldBeGuessedOrReadIsRefusedAndNotShown() throws IOException {
    Path token = folder.resolve("token");
    Files.writeString(token, "guess-me\n");
    Shell.Result result = up("--input-token-file", token.toString());
    refused(result, "fewer than 16 characters", "openssl rand");
    assertFalse(result.err().contains("guess-me"), result.err());
    refused(up("--input-token-file", folder.resolve("none").toString()), "cannot be read");
  }

  @Test
  void anAccountWithoutNamespaceIsRefused() {
    refused(up("--input-accounts", "cattleguard-sensor"), "NAMESPACE/NAME", "cattleguard-sensor");
  }

  @Test
  void aPortInUseIsReportedWithAFix() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      refused(
          up("--operations-listen", address),
          "cannot listen on " + address,
          "stop the process that uses it");
      refused(up("--listen", address), "cannot listen on " + address, "--listen");
    }
  }

  @Test
  void anUnusableDataFolderIsReported() throws IOException {
    Files.writeString(data(), "a file");
    refused(up(), "--data " + data());
  }

  @Test
  void aDataFolderInUseIsRefused() {
    StateFile other = StateFile.open(data());
    try {
      refused(up(), "--data " + data(), "in use by another cattleguard", "another folder");
    } finally {
      other.close();
    }
  }

  @Test
  void aPolicyWithAnErrorIsRefusedWithItsFileAndLineAndNothingIsStarted() throws IOException {
    Path policy = folder.resolve("policy");
    Policies.copyDefault(policy);
    Policies.replace(policy.resolve("routes.yaml"), "to: [siem]", "to: [seim]");

    Shell.Result result = up("--policy", policy.toString());

    assertEquals(1, result.code(), "as check and test say it");
    assertEquals("", result.out());
    assertTrue(result.err().contains("routes.yaml:"), result.err());
    assertTrue(result.err().contains("seim"), result.err());
    assertFalse(Files.exists(data()), "nothing is made");
  }
}
