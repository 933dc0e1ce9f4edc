package io.cattleguard.app.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.road.ReceivedEvent;
import io.cattleguard.app.road.Road;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.sensor.intake.Intake;
import io.cattleguard.sensor.spool.GroupCommit;
import io.cattleguard.sensor.spool.Spool;
import io.cattleguard.sources.FalcoEvent;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the input from the spool, with steps that can fail. */
final class SpoolInputTest implements Road {
  private final List<String> taken = new CopyOnWriteArrayList<>();
  private final List<String> troubles = new CopyOnWriteArrayList<>();
  private final Map<Severity, Long> shed = new ConcurrentHashMap<>();
  private volatile Optional<RuntimeException> ailment = Optional.empty();
  private final AtomicInteger refusals = new AtomicInteger();

  @TempDir private Path folder;
  private Spool spool;
  private GroupCommit commits;
  private SpoolInput input;

  @Override
  public void take(List<ReceivedEvent> events) {
    Optional<RuntimeException> now = ailment;
    if (now.isPresent()) {
      refusals.incrementAndGet();
      throw now.get();
    }
    events.forEach(event -> taken.add(event.raw()));
  }

  @BeforeEach
  void open() {
    open(64 << 20);
  }

  private void open(long limitBytes) {
    spool = Spool.open(folder, limitBytes, Spool.Sync.OS, TestAlerts.AT);
    Semaphore news = new Semaphore(0);
    commits =
        new GroupCommit(
            spool,
            gone -> gone.forEach((severity, count) -> shed.merge(severity, count, Long::sum)),
            arrived -> news.release());
    input = new SpoolInput(spool, commits, news, this, troubles::add);
  }

  @AfterEach
  void close() {
    input.close();
    spool.close();
  }

  private void arrive(FalcoEvent event) {
    commits.append(new Intake("blue").receive(event.toString(), TestAlerts.AT).observations());
  }

  private static FalcoEvent event(String rule, String priority) {
    return new FalcoEvent(rule, priority).field("k8s.ns.name", "shop").field("k8s.pod.name", "web");
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < until, "not so within twenty seconds");
      TimeUnit.MILLISECONDS.sleep(2);
    }
  }

  @Test
  void whatTheRoadTookLeavesTheSpool() throws InterruptedException {
    input.start();
    arrive(event("A rule", "Critical"));
    await(() -> taken.size() == 1 && spool.alerts() == 0);
    assertEquals(List.of(), troubles);
  }

  @Test
  void promise1WhatTheRoadDoesNotTakeStaysAndIsTakenOnceItDoes() throws InterruptedException {
    ailment = Optional.of(new Unavailable("the disk is full"));
    input.start();
    arrive(event("A rule", "Critical"));
    await(() -> refusals.get() > 1);
    assertTrue(input.isFailing());
    assertEquals(1, spool.alerts());

    ailment = Optional.empty();
    await(() -> taken.size() == 1 && spool.alerts() == 0);
    await(() -> troubles.size() == 2);
    assertFalse(input.isFailing());
    assertEquals(
        List.of(
            "processing of alerts fails: alerts are kept on disk, retrying every 0.5 s: the disk is"
                + " full",
            "processing of alerts works again"),
        troubles);
  }

  @Test
  void aFailureOfTheRoadIsReportedOnceWithoutAlertTextAndMakesTheServerUnready()
      throws InterruptedException {
    ailment = Optional.of(new IllegalStateException("A rule in shop/web"));
    input.start();
    arrive(event("A rule", "Critical"));
    await(() -> refusals.get() > 2);
    assertTrue(input.isFailing());
    assertEquals(
        List.of(
            "processing of alerts fails: alerts are kept on disk, retrying every 0.5 s:"
                + " IllegalStateException"),
        List.copyOf(troubles));
    ailment = Optional.empty();
    await(() -> taken.size() == 1);
  }

  @Test
  void promise1AStopWhileTheRoadIsUnavailableLeavesAllAlertsForTheNextProcess()
      throws InterruptedException {
    ailment = Optional.of(new Unavailable("away"));
    input.start();
    arrive(event("A rule", "Critical"));
    await(() -> refusals.get() > 0);
    close();

    ailment = Optional.empty();
    open();
    input.start();
    await(() -> taken.size() == 1 && spool.alerts() == 0);
  }

  @Test
  void whatIsTooMuchIsShedByItsSeverityAndTold() throws InterruptedException {
    close();
    open(40_000);
    ailment = Optional.of(new Unavailable("away"));
    // The input starts afterwards, because an alert that it is about to process cannot be shed.
    for (int i = 0; i < 30; i++) {
      arrive(event("Noise " + i, "Notice").field("proc.env", "x".repeat(2_000)));
    }
    arrive(event("Serious", "Critical"));
    assertTrue(shed.getOrDefault(Severity.LOW, 0L) > 0, shed.toString());
    assertEquals(0, shed.getOrDefault(Severity.CRITICAL, 0L));

    input.start();
    await(() -> refusals.get() > 1);
    ailment = Optional.empty();
    await(() -> spool.alerts() == 0);
    assertTrue(taken.stream().anyMatch(event -> event.contains("Serious")));
    assertEquals(31, taken.size() + shed.values().stream().mapToLong(Long::longValue).sum());
  }
}
