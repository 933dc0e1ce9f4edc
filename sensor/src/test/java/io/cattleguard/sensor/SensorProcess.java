package io.cattleguard.sensor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A sensor in a process of its own, which can be killed and started again on its spool. Its classes
 * are ours, or those that the property {@code cattleguard.sensor.classes} names, and {@code
 * cattleguard.sensor.java} may name another Java.
 */
public final class SensorProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Path spool;
  private final Path output;
  private final Map<String, String> environment;
  private final List<String> command = new ArrayList<>();
  private final InetSocketAddress address = free();
  private final InetSocketAddress operations = free();
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private @Nullable Process process;

  /**
   * A sensor that is not started yet.
   *
   * @param environment the AWS SDK's
   * @param jvm options for Java
   * @param flags beyond the addresses, the cluster and the spool
   */
  public SensorProcess(
      Path spool, Map<String, String> environment, List<String> jvm, List<String> flags) {
    this.spool = spool;
    this.output = spool.resolveSibling(spool.getFileName() + ".log");
    this.environment = Map.copyOf(environment);
    String ours = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    command.add(System.getProperty("cattleguard.sensor.java", ours));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-XX:+UseSerialGC");
    command.addAll(jvm);
    String classes = System.getProperty("java.class.path");
    command.addAll(List.of("-cp", System.getProperty("cattleguard.sensor.classes", classes)));
    command.add("io.cattleguard.sensor.cli.Main");
    command.addAll(List.of("--cluster", "blue", "--node", "node-a"));
    command.addAll(List.of("--listen", text(address), "--operations-listen", text(operations)));
    command.addAll(List.of("--spool", spool.toString()));
    command.addAll(flags);
  }

  private static InetSocketAddress free() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(InetSocketAddress address) {
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  /** Starts it without waiting. */
  public SensorProcess start() throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    Map<String, String> inherited = new HashMap<>(builder.environment());
    builder.environment().keySet().removeIf(name -> name.startsWith("AWS_"));
    builder.environment().keySet().removeIf(name -> name.startsWith("CATTLEGUARD_"));
    inherited.keySet().retainAll(List.of("PATH"));
    builder.environment().putAll(inherited);
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
    process = builder.start();
    return this;
  }

  /** Waits until it is ready. */
  public SensorProcess ready() throws IOException, InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < until && running().isAlive()) {
      try {
        if (get("/readyz").statusCode() == 200) {
          return this;
        }
      } catch (IOException e) {
        // Not yet.
      }
      Thread.sleep(20);
    }
    throw new AssertionError("the sensor is not ready; it said: " + log());
  }

  private Process running() {
    if (process == null) {
      throw new IllegalStateException("not started");
    }
    return process;
  }

  /** The same as {@code kill -9}. */
  public void kill() throws InterruptedException {
    running().destroyForcibly().waitFor();
  }

  /** The same as {@code kill}; returns the exit code. */
  public int terminate() throws InterruptedException {
    Process ending = running();
    ending.destroy();
    if (!ending.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("the sensor does not end");
    }
    return ending.exitValue();
  }

  public boolean isAlive() {
    return running().isAlive();
  }

  public long pid() {
    return running().pid();
  }

  public Path spool() {
    return spool;
  }

  /** Where alerts are posted to. */
  public InetSocketAddress address() {
    return address;
  }

  /** Everything it printed. */
  public String log() throws IOException {
    return Files.exists(output) ? Files.readString(output) : "";
  }

  /** A metric's value, summed over its labels; absent ones are 0. */
  public double metric(String name) throws IOException, InterruptedException {
    return get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** The status of a path of the operations port, 0 if it does not answer. */
  public int status(String path) throws InterruptedException {
    try {
      return get(path).statusCode();
    } catch (IOException e) {
      return 0;
    }
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://" + text(operations) + path))
            .timeout(Duration.ofSeconds(10))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** Waits until nothing waits in the spool. */
  public void drained(Duration patience) throws IOException, InterruptedException {
    long until = System.nanoTime() + patience.toNanos();
    while (metric("cattleguard_sensor_spool_alerts") > 0) {
      if (System.nanoTime() > until) {
        throw new AssertionError(
            (long) metric("cattleguard_sensor_spool_alerts")
                + " alerts are still in the spool; the sensor said: "
                + log());
      }
      Thread.sleep(20);
    }
  }

  @Override
  public void close() {
    Process ending = process;
    if (ending != null) {
      ending.destroyForcibly();
      try {
        ending.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    client.shutdownNow();
  }
}
