package io.cattleguard.sensor.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class WorkerTest {
  private final List<String> said = new CopyOnWriteArrayList<>();

  @Test
  void afterAnExceptionAndAnErrorTheWorkBeginsAgain() throws InterruptedException {
    AtomicInteger runs = new AtomicInteger();
    CountDownLatch third = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    Worker worker =
        new Worker(
                "tails",
                () -> {
                  switch (runs.incrementAndGet()) {
                    case 1 -> throw new IllegalStateException("text of an event");
                    case 2 -> throw new StackOverflowError();
                    default -> third.countDown();
                  }
                  end.await();
                },
                said::add)
            .start();
    assertTrue(third.await(20, TimeUnit.SECONDS));
    assertTrue(worker.isWell());
    assertEquals(
        List.of(
            "the worker tails failed and is restarted: java.lang.IllegalStateException",
            "the worker tails failed and is restarted: java.lang.StackOverflowError"),
        said);
    end.countDown();
    worker.join(Duration.ofSeconds(20));
    assertTrue(worker.isWell(), "it ended as it should");
    assertEquals(3, runs.get());
  }

  @Test
  void aWorkerThatCannotEvenSayThatItFailedIsNotWell() {
    Worker worker =
        new Worker(
                "sender",
                () -> {
                  throw new IllegalStateException("a defect");
                },
                sentence -> {
                  throw new IllegalStateException("no log");
                })
            .start();
    worker.join(Duration.ofSeconds(20));
    assertFalse(worker.isWell());
  }

  @Test
  void aWorkerThatWasNeverStartedCanBeEnded() {
    new Worker("tails", () -> {}, said::add).join(Duration.ofSeconds(1));
    assertEquals(List.of(), said);
  }

  @Test
  void aTaskThatFailsStaysInItsSchedule() {
    Runnable task =
        Worker.task(
            "healing",
            () -> {
              throw new StackOverflowError();
            },
            said::add);
    task.run();
    assertEquals(
        List.of("the task healing failed and will run again: java.lang.StackOverflowError"), said);
  }
}
