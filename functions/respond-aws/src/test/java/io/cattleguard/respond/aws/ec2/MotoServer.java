package io.cattleguard.respond.aws.ec2;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.respond.aws.network.Account;
import java.io.File;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Runs moto, an emulator of AWS, in a separate process, if it is installed. */
public final class MotoServer implements AutoCloseable {
  private final Process process;
  private final URI address;

  private MotoServer(Process process, URI address) {
    this.process = process;
    this.address = address;
  }

  /** Starts it, or skips the test. */
  public static MotoServer start() throws IOException, InterruptedException {
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

  /** Clients that call it. */
  public AwsClients aws() {
    Map<String, String> environment =
        Map.of(
            "AWS_REGION",
            Account.REGION,
            "AWS_ENDPOINT_URL",
            address.toString(),
            "AWS_ACCESS_KEY_ID",
            "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY",
            "none");
    return AwsClients.of(name -> Optional.ofNullable(environment.get(name)));
  }

  @Override
  public void close() {
    process.destroy();
  }
}
