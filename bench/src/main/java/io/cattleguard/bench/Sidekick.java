package io.cattleguard.bench;

import io.cattleguard.sensor.FalcoLoad;
import io.cattleguard.sensor.LoadAlert;
import io.cattleguard.sensor.http.FalcoConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.LongFunction;

/** Measures falcosidekick, which forwards each alert with one POST. */
final class Sidekick {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private Sidekick() {}

  /** Posts alerts to falcosidekick and waits until no more arrive at the receiver. */
  static Forwarding forward(
      Path program, LongFunction<LoadAlert> alerts, long count, int connections)
      throws IOException, InterruptedException {
    InetSocketAddress address;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      address = new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
    }
    try (WebhookSink sink = new WebhookSink()) {
      ProcessBuilder builder = new ProcessBuilder(program.toString());
      builder.environment().put("LISTENADDRESS", "127.0.0.1");
      builder.environment().put("LISTENPORT", String.valueOf(address.getPort()));
      builder.environment().put("WEBHOOK_ADDRESS", sink.address());
      builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
      builder.redirectError(ProcessBuilder.Redirect.DISCARD);
      Process process = builder.start();
      try {
        awaitListening(process, address);
        long began = System.nanoTime();
        FalcoLoad load =
            FalcoLoad.start(address, connections, alerts, count, Duration.ZERO).await();
        Duration answered = Duration.ofNanos(System.nanoTime() - began);
        long before = -1;
        while (sink.posts() < count && sink.posts() > before) {
          before = sink.posts();
          Thread.sleep(2_000);
        }
        return new Forwarding(
            "falcosidekick",
            load.answers(200),
            sink.posts(),
            sink.posts(),
            answered,
            ProcessFigures.of(process.pid()));
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
  }

  private static void awaitListening(Process process, InetSocketAddress address)
      throws IOException, InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        FalcoConnection.open(address, PATIENCE).close();
        return;
      } catch (IOException e) {
        if (!process.isAlive() || System.nanoTime() > until) {
          throw new IOException("falcosidekick does not listen", e);
        }
        Thread.sleep(50);
      }
    }
  }
}
