package io.cattleguard.app.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs {@code cattleguard up} as a separate process, which can be killed and restarted. */
public final class UpProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path output;
  private final InetSocketAddress address = free();
  private final InetSocketAddress operations = free();
  private final List<String> command;
  private final Map<String, String> environment;
  private @Nullable Process process;

  /** With the cluster of a kubeconfig, or without a cluster. */
  public UpProcess(Optional<Path> kubeconfig, Path policy, Path data) {
    this(kubeconfig, policy, data, Map.of());
  }

  /** With additional environment variables. */
  public UpProcess(
      Optional<Path> kubeconfig, Path policy, Path data, Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
    this.output = data.resolveSibling(data.getFileName() + ".log");
    List<String> line = new ArrayList<>();
    line.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Dcattleguard.home=" + System.getProperty("cattleguard.root"),
            "-cp",
            System.getProperty("java.class.path"),
            "io.cattleguard.app.cli.Main",
            "up",
            "--listen",
            text(address),
            "--operations-listen",
            text(operations),
            "--policy",
            policy.toString(),
            "--data",
            data.toString()));
    kubeconfig.ifPresent(file -> line.addAll(List.of("--kubeconfig", file.toString())));
    this.command = List.copyOf(line);
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

  /** Starts, and waits until it is ready. */
  public UpProcess start() throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("CATTLEGUARD_"));
    builder.environment().keySet().removeIf(name -> name.startsWith("KUBERNETES_"));
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
    Process started = builder.start();
    process = started;
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < until && started.isAlive()) {
      if (isReady()) {
        return this;
      }
      Thread.sleep(20);
    }
    kill();
    throw new AssertionError("it is not ready; it said: " + Files.readString(output));
  }

  private boolean isReady() {
    try {
      URI ready = URI.create("http://" + text(operations) + "/readyz");
      return ((HttpURLConnection) ready.toURL().openConnection()).getResponseCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /** The same as {@code kill -9}. */
  public void kill() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }

  /** Sends SIGTERM; returns the exit code. */
  public int end() throws InterruptedException {
    Process ending = Objects.requireNonNull(process);
    ending.destroy();
    if (!ending.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("it does not end");
    }
    return ending.exitValue();
  }

  /** Where alerts are posted to. */
  public InetSocketAddress address() {
    return address;
  }

  /** User and kernel time since it started. */
  public Duration cpu() {
    return Objects.requireNonNull(process).info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Everything it printed. */
  public String log() throws IOException {
    return Files.readString(output);
  }

  /** The stack traces of its threads, including virtual threads. */
  public String threads() throws IOException, InterruptedException {
    Path file = Files.createTempFile("threads", ".txt");
    try {
      new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
              String.valueOf(Objects.requireNonNull(process).pid()),
              "Thread.dump_to_file",
              "-overwrite",
              file.toString())
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      return Files.readString(file);
    } finally {
      Files.delete(file);
    }
  }

  @Override
  public void close() {
    if (process != null) {
      process.destroyForcibly();
    }
  }
}
