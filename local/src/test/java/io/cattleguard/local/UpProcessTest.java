package io.cattleguard.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.FalcoEvent;
import io.cattleguard.sensor.FalcoConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The server's process, ended and killed. {@code -Dcattleguard.up.kills=50} kills it more often.
 */
final class UpProcessTest {
  private static final int KILLS = Integer.getInteger("cattleguard.up.kills", 2);
  private static final int BETWEEN_KILLS = 60;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private Path folder;
  private int number;

  private UpProcess up() {
    return new UpProcess(
        Optional.empty(), ContractFiles.root().resolve("policy"), folder.resolve("data"));
  }

  /** Each on a pod of its own, so that each is a line. */
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

  /** Posts until that many are acknowledged, or until nobody answers any more. */
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

  /** Those whose line was not printed. */
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
      // Each is opened or spreads once: nobody forgot what the last one knew.
      long opened = up.log().lines().filter(line -> line.contains("  opened ")).count();
      assertEquals(1, opened, () -> "seed " + seed);
    }
  }

  @Test
  void whoeverIsAskedToEndFinishesWhatItTook() throws Exception {
    try (UpProcess up = up()) {
      up.start();
      List<String> acknowledged = post(up, 40);
      // As Java's programs do on SIGTERM.
      assertEquals(128 + 15, up.end());
      assertEquals(40, acknowledged.size());
      assertEquals(new TreeSet<>(), silent(up, acknowledged), up.log());
      assertTrue(up.log().lines().noneMatch(line -> line.contains("Exception")), up.log());
    }
  }
}
