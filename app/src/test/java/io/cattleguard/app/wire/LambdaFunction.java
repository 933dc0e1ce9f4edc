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

/** A function that is given a new environment whenever the one before has died, as Lambda does. */
final class LambdaFunction implements AutoCloseable {
  private final String step;
  private final String handler;
  private final Duration timeout;
  private final Map<String, String> environment;
  private final Path log;
  private Optional<LambdaEnvironment> running = Optional.empty();
  private Duration cpu = Duration.ZERO;
  private int environments;

  /** Not started yet; its log is {@code <step>.log} in that folder. */
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

  /** Starts an environment before there is work, as a snapshot is made at deployment. */
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

  /** Not synchronized as a whole: it can be killed while it works. */
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

  /** How many environments it has had. */
  synchronized int environments() {
    return environments;
  }

  /** What all of its environments have used. */
  synchronized Duration cpu() {
    return cpu.plus(running.map(LambdaEnvironment::cpu).orElse(Duration.ZERO));
  }

  /** What it printed. */
  String log() throws IOException {
    return Files.exists(log) ? Files.readString(log) : "";
  }

  /** The counts that it printed, one object a batch. */
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
