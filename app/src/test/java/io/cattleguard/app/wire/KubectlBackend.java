package io.cattleguard.app.wire;

import io.cattleguard.events.ContractFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A real API server behind {@code kubectl proxy}. It grants the permissions of {@code
 * infra/kubernetes/respond.yaml} to groups with names for this run.
 */
public final class KubectlBackend implements WireCluster.Backend {
  private final Path kubeconfig;
  private final String run = "wire-" + UUID.randomUUID().toString().substring(0, 8);
  private final String manifest;
  private final String image;
  private final Runnable end;
  private final Process proxy;
  private final URI address;

  /** A cluster with fake nodes, which report any image as running. */
  public KubectlBackend(Path kubeconfig) throws IOException, InterruptedException {
    this(kubeconfig, "registry.example.com/fleet:1", () -> {});
  }

  /**
   * A cluster whose nodes can run that image.
   *
   * @param end what is to happen when nobody needs it any more
   */
  public KubectlBackend(Path kubeconfig, String image, Runnable end)
      throws IOException, InterruptedException {
    this.kubeconfig = kubeconfig;
    this.image = image;
    this.end = end;
    this.manifest =
        Files.readString(ContractFiles.root().resolve("infra/kubernetes/respond.yaml"))
            .replaceAll("cattleguard-(observe|respond)", run + "-$1");
    kubectl(manifest, "create", "-f", "-");
    this.proxy =
        new ProcessBuilder("kubectl", "--kubeconfig", kubeconfig.toString(), "proxy", "--port", "0")
            .redirectErrorStream(true)
            .start();
    BufferedReader said = proxy.inputReader(StandardCharsets.UTF_8);
    String line = String.valueOf(said.readLine());
    if (!line.startsWith("Starting to serve on ")) {
      throw new IOException("kubectl proxy: " + line);
    }
    this.address = URI.create("http://" + line.substring("Starting to serve on ".length()).strip());
  }

  @Override
  public URI address() {
    return address;
  }

  @Override
  public String image() {
    return image;
  }

  @Override
  public boolean isReal() {
    return true;
  }

  @Override
  public Optional<String> group() {
    return Optional.of(run + "-respond");
  }

  private void kubectl(String input, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("kubectl", "--kubeconfig"));
    command.add(kubeconfig.toString());
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    }
    if (process.waitFor() != 0) {
      throw new IOException("kubectl " + String.join(" ", arguments));
    }
  }

  /** Revokes the permissions. */
  @Override
  public void close() throws IOException, InterruptedException {
    proxy.destroy();
    kubectl(manifest, "delete", "-f", "-", "--wait=false");
    end.run();
  }
}
