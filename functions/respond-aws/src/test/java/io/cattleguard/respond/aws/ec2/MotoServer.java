package io.cattleguard.respond.aws.ec2;

import io.cattleguard.edge.AwsCredentials;
import io.cattleguard.edge.HttpAwsEndpoint;
import io.cattleguard.edge.SignatureV4;
import java.io.File;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** moto's imitation of EC2 in a process of its own, where it is installed. */
final class MotoServer implements AutoCloseable {
  private final Process process;
  private final URI address;

  private MotoServer(Process process, URI address) {
    this.process = process;
    this.address = address;
  }

  /** Starts it, or skips the test. */
  static MotoServer start() throws IOException, InterruptedException {
    Optional<Path> program =
        Arrays.stream(String.valueOf(System.getenv("PATH")).split(File.pathSeparator))
            .map(folder -> Path.of(folder, "moto_server"))
            .filter(Files::isExecutable)
            .findFirst();
    Assumptions.assumeTrue(
        program.isPresent(),
        "skipped: moto_server is not on the PATH (pip install 'moto[server]')");
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Process process =
        new ProcessBuilder(program.get().toString(), "-H", "127.0.0.1", "-p", String.valueOf(port))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    MotoServer server = new MotoServer(process, URI.create("http://127.0.0.1:" + port));
    server.awaitAnswer();
    return server;
  }

  private void awaitAnswer() throws IOException, InterruptedException {
    for (int attempt = 0; attempt < 300; attempt++) {
      try {
        HttpURLConnection connection =
            (HttpURLConnection) address.resolve("/moto-api/").toURL().openConnection();
        connection.setConnectTimeout(1_000);
        connection.setReadTimeout(5_000);
        if (connection.getResponseCode() == 200) {
          return;
        }
      } catch (IOException e) {
        if (!process.isAlive()) {
          throw new IOException("moto_server ended: " + process.exitValue(), e);
        }
      }
      if (process.waitFor(100, TimeUnit.MILLISECONDS)) {
        throw new IOException("moto_server ended: " + process.exitValue());
      }
    }
    close();
    throw new IOException("moto_server did not answer");
  }

  /** EC2 there. */
  Ec2Query ec2() {
    return new Ec2Query(
        new HttpAwsEndpoint(
            "EC2",
            address,
            new SignatureV4.Scope("eu-central-1", "ec2"),
            now -> new AwsCredentials("AKIDEXAMPLE", "none", Optional.empty(), Instant.MAX),
            InstantSource.system(),
            millis -> {}),
        millis -> {});
  }

  @Override
  public void close() {
    process.destroy();
  }
}
