package io.cattleguard.app.wire;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.testing.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A function that gets a new environment when the previous one has died, as in Lambda. */
final class LambdaFunction implements AutoCloseable {
  private final String step;
  private final String handler;
  private final Duration timeout;
  private final Map<String, String> environment;
  private final Path log;
  private Optional<LambdaEnvironment> running = Optional.empty();
  private Duration cpu = Duration.ZERO;
  private int environments;

  /** Creates the function without starting it; its log is {@code <step>.log} in the folder. */
  LambdaFunction(
      String step, String handler, Duration timeout, Map<String, String> environment, Path logs) {
    this.step = step;
    this.handler = handler;
    this.timeout = timeout;
    this.environment = Map.copyOf(environment);
    this.log = logs.resolve(step + ".log");
  }

  String step() {
    return step;
  }

  /** Starts an environment before the first event, as Lambda does for a snapshot. */
  synchronized LambdaEnvironment start() throws IOException {
    if (running.isEmpty() || !running.get().isAlive()) {
      running.ifPresent(LambdaEnvironment::close);
      environments++;
      running =
          Optional.of(
              new LambdaEnvironment("cattleguard-" + step, handler, timeout, environment, log));
    }
    return running.get();
  }

  /** Not fully synchronized, so that the function can be killed during an invocation. */
  LambdaEnvironment.Answer invoke(String payload) throws IOException, InterruptedException {
    return start().invoke(payload);
  }

  /** The same as {@code kill -9}. */
  synchronized void kill() {
    running.ifPresent(
        environment -> {
          cpu = cpu.plus(environment.cpu());
          environment.kill();
        });
  }

  /** The number of environments so far. */
  synchronized int environments() {
    return environments;
  }

  /** The CPU time of all environments. */
  synchronized Duration cpu() {
    return cpu.plus(running.map(LambdaEnvironment::cpu).orElse(Duration.ZERO));
  }

  /** The function's output. */
  String log() throws IOException {
    return Files.exists(log) ? Files.readString(log) : "";
  }

  /** The counts in the function's output, one object per batch. */
  List<JsonNode> counts() throws IOException {
    return log()
        .lines()
        .filter(line -> line.startsWith("{") && line.contains("\"CloudWatchMetrics\""))
        .map(Shell::parse)
        .toList();
  }

  @Override
  public synchronized void close() {
    running.ifPresent(LambdaEnvironment::close);
  }
}
