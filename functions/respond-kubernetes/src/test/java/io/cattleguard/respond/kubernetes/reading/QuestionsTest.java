package io.cattleguard.respond.kubernetes.reading;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.port.Unavailable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class QuestionsTest {
  private final Questions questions = new Questions();
  private final AtomicInteger asked = new AtomicInteger();

  @Test
  void aCallerSharesAnAnswerThatIsNoOlderThanItsQuestion()
      throws InterruptedException, ExecutionException {
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> first =
          threads.submit(
              () ->
                  questions.ask(
                      "pods",
                      Integer.class,
                      () -> {
                        began.countDown();
                        await(goOn);
                        return asked.incrementAndGet();
                      }));
      began.await();
      List<Future<Integer>> others = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        others.add(
            threads.submit(() -> questions.ask("pods", Integer.class, asked::incrementAndGet)));
      }
      Thread.sleep(100);
      goOn.countDown();

      assertEquals(1, first.get());
      for (Future<Integer> other : others) {
        assertTrue(other.get() >= 2, "a caller got an answer that was older than its question");
      }
    }
    assertTrue(asked.get() <= 3, asked + " were asked for 61");
  }

  @Test
  void anotherQuestionWaitsForNobody() {
    assertEquals(
        2,
        questions.ask(
            "pods", Integer.class, () -> 1 + questions.ask("budgets", Integer.class, () -> 1)));
  }

  @Test
  void aQuestionThatFailsFailsForThoseWhoSharedItAndIsAskedAgain() {
    assertThrows(
        Unavailable.class,
        () ->
            questions.ask(
                "pods",
                Integer.class,
                () -> {
                  throw new Unavailable("Kubernetes API: no response");
                }));

    assertEquals(7, questions.ask("pods", Integer.class, () -> 7));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
