package io.cattleguard.app.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.operate.DecideCommand;
import io.cattleguard.app.operate.ListingCommand;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.wire.MockCluster;
import io.cattleguard.app.wire.Relay;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.TakesLong;
import io.cattleguard.sensor.FalcoLoad;
import io.cattleguard.sensor.LoadAlert;
import io.cattleguard.sensor.http.FalcoConnection;
import io.cattleguard.sources.FalcoEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Stops and kills the server's process. {@code -Dcattleguard.up.kills=50} kills it more often. */
@TakesLong
@Order(2) // Its processes take minutes in CI.
final class UpProcessTest {
  private static final int KILLS = Integer.getInteger("cattleguard.up.kills", 1);
  private static final int PODS = 12 * KILLS;
  private static final int BETWEEN_KILLS = 60;
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir private Path folder;
  private int number;

  private UpProcess up() {
    return new UpProcess(
        Optional.empty(), ContractFiles.root().resolve("policy"), folder.resolve("data"));
  }

  /** An alert on a new pod, so that each alert is one line. */
  private static byte[] alert(String pod) {
    return new FalcoEvent("Reported by a test", "Critical", "T1059", "container")
        .time(Instant.now())
        .field("k8s.ns.name", "shop")
        .field("k8s.pod.name", pod)
        .field("container.id", "4d3e2f1a0b9c")
        .process("sh", "/bin/sh", "sh", "java")
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Posts until that many alerts are acknowledged, or until the server is gone. */
  private List<String> post(UpProcess up, int count) throws IOException {
    List<String> acknowledged = new ArrayList<>();
    try (FalcoConnection falco = FalcoConnection.open(up.address(), PATIENCE)) {
      for (int i = 0; i < count; i++) {
        String pod = "web-" + ++number;
        if (falco.post(alert(pod)) == 200) {
          acknowledged.add(pod);
        }
      }
    }
    return acknowledged;
  }

  /** The alerts whose line was not printed. */
  private static Set<String> silent(UpProcess up, List<String> pods) throws IOException {
    String log = up.log();
    Set<String> silent = new TreeSet<>();
    for (String pod : pods) {
      if (!log.contains("shop/" + pod + " ")) {
        silent.add(pod);
      }
    }
    return silent;
  }

  @Test
  void promise1WhatIsAcknowledgedIsDecidedHoweverOftenTheServerIsKilled() throws Exception {
    long seed = Long.getLong("cattleguard.seed", System.nanoTime());
    Random random = new Random(seed);
    List<String> acknowledged = new ArrayList<>();
    try (UpProcess up = up()) {
      up.start();
      for (int kill = 0; kill < KILLS; kill++) {
        acknowledged.addAll(post(up, 1 + random.nextInt(BETWEEN_KILLS)));
        TimeUnit.MILLISECONDS.sleep(random.nextInt(20));
        up.kill();
        up.start();
      }
      long until = System.nanoTime() + PATIENCE.toNanos();
      while (!silent(up, acknowledged).isEmpty() && System.nanoTime() < until) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
      assertEquals(
          new TreeSet<>(), silent(up, acknowledged), "seed " + seed + " of " + acknowledged.size());
      // Each alert opens or spreads once, so no process lost the state of the previous one.
      long opened = up.log().lines().filter(line -> line.contains("  opened ")).count();
      assertEquals(1, opened, () -> "seed " + seed);
    }
  }

  @Test
  void promise5HoweverOftenTheServerIsKilledNoPodIsDeletedTwiceAndEveryOutcomeIsDelivered()
      throws Exception {
    long seed = Long.getLong("cattleguard.seed", System.nanoTime());
    Random random = new Random(seed);
    Path policy = folder.resolve("policy");
    Policies.copyDefault(policy);
    Policies.deletePods(policy, "Reported by a test");
    Policies.replace(policy.resolve("routes.yaml"), "splunk-hec", "splunk-hec\n    gzip: false");
    try (MockCluster cluster = new MockCluster();
        HttpSiem siem = new HttpSiem()) {
      cluster.run(PODS + 2);
      UpProcess up =
          new UpProcess(
              Optional.of(cluster.kubeconfig(folder.resolve("kubeconfig"))),
              policy,
              folder.resolve("data"),
              Map.of(
                  "CATTLEGUARD_SPLUNK_URL",
                  siem.address().toString(),
                  "CATTLEGUARD_SPLUNK_TOKEN",
                  "token-of-a-test"));
      try (up;
          FalcoLoad load =
              FalcoLoad.start(
                  up.start().address(),
                  2,
                  pod -> new LoadAlert("web-1-" + pod, text(alert("web-1-" + pod))),
                  PODS,
                  Duration.ofMillis(30))) {
        for (int kill = 0; kill < KILLS; kill++) {
          TimeUnit.MILLISECONDS.sleep(random.nextInt(300));
          siem.away(kill == 0);
          up.kill();
          up.start();
        }
        siem.away(false);
        load.await();
        Set<String> acknowledged = load.acknowledged().keySet();
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!(cluster.deleted().containsAll(acknowledged) && siem.heardOf(acknowledged))) {
          assertTrue(
              System.nanoTime() < until,
              () ->
                  "seed "
                      + seed
                      + ": "
                      + acknowledged
                      + "\ndeleted "
                      + cluster.deleted()
                      + log(up)
                      + threads(up));
          TimeUnit.MILLISECONDS.sleep(10);
        }
        assertTrue(acknowledged.size() > PODS / 2, "seed " + seed + ": " + acknowledged);
        assertEquals(
            List.copyOf(new LinkedHashSet<>(cluster.deleted())), cluster.deleted(), "seed " + seed);
        assertEquals(List.of(), cluster.refused(), "each with its UID, seed " + seed);
        assertFalse(up.log().contains("token-of-a-test"), up.log());
      }
    }
  }

  @Test
  void promise14HoweverOftenTheServerIsKilledAQuestionAndItsAnswerAreNeitherLostNorDoubled()
      throws Exception {
    long seed = Long.getLong("cattleguard.seed", System.nanoTime());
    Random random = new Random(seed);
    Path policy = folder.resolve("policy");
    Policies.copyDefault(policy);
    Policies.deletePods(policy, "Reported by a test");
    Policies.replace(policy.resolve("playbooks/reported.yaml"), "mode: enforce", "mode: approve");
    try (MockCluster cluster = new MockCluster()) {
      cluster.run(4);
      try (UpProcess up =
          new UpProcess(
              Optional.of(cluster.kubeconfig(folder.resolve("kubeconfig"))),
              policy,
              folder.resolve("data"))) {
        up.start();
        try (FalcoConnection falco = FalcoConnection.open(up.address(), PATIENCE)) {
          assertEquals(200, falco.post(alert("web-1-1")));
        }
        for (int kill = 0; kill < KILLS; kill++) {
          TimeUnit.MILLISECONDS.sleep(random.nextInt(300));
          up.kill();
          up.start();
        }
        String id = awaitQuestion("seed " + seed + log(up));
        assertEquals(List.of(), cluster.deleted(), "nobody has approved");
        assertEquals(0, operate(new DecideCommand.Approve(terminal()), id, "--reason", "not ours"));
        for (int kill = 0; kill < KILLS; kill++) {
          TimeUnit.MILLISECONDS.sleep(random.nextInt(60));
          up.kill();
          up.start();
        }
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!up.log().contains("  taken ") && System.nanoTime() < until) {
          TimeUnit.MILLISECONDS.sleep(20);
        }
        assertEquals(List.of("web-1-1"), cluster.deleted(), "seed " + seed + log(up));
        assertEquals(List.of(), cluster.refused(), "with its UID");
        assertTrue(up.log().contains("approved by on-call (unix:"), up.log());
        TimeUnit.SECONDS.sleep(4); // a sweep
        printed.reset();
        assertEquals(0, operate(new ListingCommand.Approvals(terminal())));
        assertTrue(printed().contains("Nothing waits for approval."), printed());
        assertEquals(1, operate(new DecideCommand.Approve(terminal()), id, "--reason", "again"));
        assertEquals(List.of("web-1-1"), cluster.deleted(), "seed " + seed);
      }
    }
  }

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  private String printed() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  private String awaitQuestion(String what) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < until) {
      printed.reset();
      if (operate(new ListingCommand.Approvals(terminal())) == 0
          && printed().contains("delete-pod on")) {
        return printed().substring(0, printed().indexOf(' '));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new AssertionError("nobody is asked: " + printed() + what);
  }

  private int operate(Object command, String... more) {
    List<String> arguments = new ArrayList<>(List.of("--data", folder.resolve("data").toString()));
    arguments.addAll(List.of(more));
    if (!List.of(more).isEmpty()) {
      arguments.addAll(List.of("--by", "on-call"));
    }
    return new CommandLine(command).execute(arguments.toArray(String[]::new));
  }

  private Surroundings terminal() {
    PrintStream stream = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return new Surroundings(
        InputStream.nullInputStream(), stream, stream, Optional.empty(), Optional.empty(), false);
  }

  private static String text(byte[] json) {
    return new String(json, StandardCharsets.UTF_8);
  }

  private static String log(UpProcess up) {
    try {
      return up.log();
    } catch (IOException e) {
      return String.valueOf(e);
    }
  }

  private static String threads(UpProcess up) {
    try {
      return up.threads();
    } catch (IOException | InterruptedException e) {
      return String.valueOf(e);
    }
  }

  /** A fake of Splunk's collector, which can be unavailable. */
  private static final class HttpSiem implements AutoCloseable {
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private volatile boolean away;
    private final Relay relay =
        new Relay(
            URI.create("http://127.0.0.1"),
            (request, service) -> {
              if (away) {
                return Optional.of(new Relay.Answer(503, Map.of("retry-after", "1"), ""));
              }
              heard.add(request.body());
              return Optional.of(Relay.Answer.json(200, "{\"text\":\"Success\",\"code\":0}"));
            });

    private URI address() {
      return relay.address();
    }

    private void away(boolean whether) {
      away = whether;
    }

    private boolean heardOf(Set<String> pods) {
      String all = String.join("\n", heard);
      return pods.stream().allMatch(pod -> Pattern.compile(pod + "(?!\\d)").matcher(all).find());
    }

    @Override
    public void close() {
      relay.close();
    }
  }

  @Test
  void onSigtermTheServerFinishesAcceptedAlerts() throws Exception {
    try (UpProcess up = up()) {
      up.start();
      List<String> acknowledged = post(up, 15);
      // Java's exit code after SIGTERM.
      assertEquals(128 + 15, up.end());
      assertEquals(15, acknowledged.size());
      assertEquals(new TreeSet<>(), silent(up, acknowledged), up.log());
      assertTrue(up.log().lines().noneMatch(line -> line.contains("Exception")), up.log());
    }
  }
}
