package io.cattleguard.app.server;

import io.cattleguard.app.demo.DemoCommand;
import io.cattleguard.app.demo.DemoPlay;
import io.cattleguard.app.demo.DemoStage;
import io.cattleguard.app.demo.DemoStory;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.state.StateFile;
import io.cattleguard.app.terminal.Surroundings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Warms up the JVM before the server listens. Without it, the first alert takes about a second. */
final class UpWarmUp {
  private static final int ATTACKS = 8;
  private static final int POSTS = 60;

  private UpWarmUp() {}

  /**
   * Runs the demo's attack on a simulated cluster, and posts alerts to a temporary server without
   * cluster and destinations.
   */
  static void run(Policy policy, Surroundings surroundings, InstantSource clock) {
    DemoStory story = DemoStory.read();
    for (int i = 0; i < ATTACKS; i++) {
      DemoStage stage = new DemoStage(story, clock, Duration.ZERO);
      DemoPlay play =
          new DemoPlay(story, stage, DemoCommand.enforcing(policy), surroundings.patterns(), clock);
      for (DemoStory.Act act : story.acts()) {
        act.attack().ifPresent(play::attack);
      }
    }
    try {
      serve(policy, surroundings, clock);
    } catch (IOException e) {
      // The server itself reports the cause when it starts.
    }
  }

  private static void serve(Policy policy, Surroundings surroundings, InstantSource clock)
      throws IOException {
    Path data = Files.createTempDirectory("cattleguard-warm-up");
    PrintStream discarded =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    Surroundings quiet =
        new Surroundings(
            InputStream.nullInputStream(),
            discarded,
            discarded,
            surroundings.home(),
            Optional.empty(),
            false);
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    UpSettings settings =
        new UpSettings(anyPort, anyPort, data, data, Optional.empty(), Optional.empty());
    StateFile file = StateFile.open(data);
    try (UpServer server =
        new UpServer(
            settings,
            policy,
            quiet,
            name -> Optional.empty(),
            UpCluster.none("warm-up"),
            file,
            clock)) {
      server.begin();
      for (int i = 0; i < POSTS; i++) {
        post(server.address(), event(i, clock));
      }
    }
    clear(data);
  }

  private static void post(InetSocketAddress to, String event) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create("http://" + to.getHostString() + ":" + to.getPort() + "/")
                .toURL()
                .openConnection();
    connection.setDoOutput(true);
    try (OutputStream out = connection.getOutputStream()) {
      out.write(event.getBytes(StandardCharsets.UTF_8));
    }
    try (InputStream in = connection.getInputStream()) {
      in.readAllBytes();
    }
  }

  /** An alert on a new pod, so that it passes all steps. */
  private static String event(int number, InstantSource clock) {
    return """
    {"hostname":"node-a","output":"warm-up","priority":"Critical",
     "rule":"Redirect STDOUT/STDIN to Network Connection in Container","source":"syscall",
     "tags":["T1059","mitre_execution"],"time":"%s",
     "output_fields":{"k8s.ns.name":"shop","k8s.pod.name":"web-%d","container.id":"3f1c2ab97d10",
     "container.name":"web","proc.name":"sh","proc.exepath":"/bin/sh","proc.cmdline":"sh -i",
     "fd.name":"192.0.2.10:48392->203.0.113.7:4444"}}\
    """
        .formatted(clock.instant(), number);
  }

  private static void clear(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(folder)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
