package io.cattleguard.route.http;

import io.cattleguard.route.Delivery;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.RetryPolicy;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * Sends requests to one service one after the other: with a pause between them, with the pauses
 * that the service requests, and none once the service has refused everything.
 */
public final class PacedPosts {
  /** The longest wait within a batch; for a longer one the message returns to the queue. */
  static final Duration PATIENCE = Duration.ofSeconds(2);

  /**
   * One request.
   *
   * @param headers may contain secrets
   */
  public record Request(URI address, Map<String, String> headers, String body) {}

  /** Interprets the service's answers. */
  @FunctionalInterface
  public interface Answers {

    /** The outcome of an answer. */
    Outcome of(HttpAnswer answer, Instant now);
  }

  private final String service;
  private final HttpPost http;
  private final Duration between;
  private final Answers answers;
  private final Consumer<Duration> pause;
  private Instant free = Instant.EPOCH;

  /** Waits with a real sleep. */
  public PacedPosts(String service, HttpPost http, Duration between, Answers answers) {
    this(service, http, between, answers, PacedPosts::sleep);
  }

  /**
   * Uses this wait, for tests.
   *
   * @param service its name, for people
   * @param between the pause between two requests
   */
  public PacedPosts(
      String service, HttpPost http, Duration between, Answers answers, Consumer<Duration> pause) {
    this.service = service;
    this.http = http;
    this.between = between;
    this.answers = answers;
    this.pause = pause;
  }

  private static void sleep(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while pacing a destination", e);
    }
  }

  /** One batch: a clock that advances with each pause. */
  public final class Batch {
    private Instant now;
    private Optional<Outcome> refused = Optional.empty();

    private Batch(Instant now) {
      this.now = now;
    }

    /** Sends one request, after the pause that is due. */
    public Outcome send(Request request) {
      if (refused.isPresent()) {
        return refused.get();
      }
      Duration wait = Duration.between(now, free);
      if (wait.compareTo(PATIENCE) > 0) {
        return new Outcome.TryAgain(wait, "rate-limited by " + service);
      }
      if (wait.isPositive()) {
        pause.accept(wait);
        now = now.plus(wait);
      }
      Outcome outcome = sent(request, now);
      free = now.plus(between);
      if (outcome instanceof Outcome.TryAgain again) {
        Instant until = now.plus(again.after());
        free = until.isAfter(free) ? until : free;
      } else if (outcome instanceof Outcome.Blocked) {
        refused = Optional.of(outcome);
      }
      return outcome;
    }

    /** The time of the batch, with its pauses. */
    public Instant now() {
      return now;
    }
  }

  /** Delivers each in order. Callers must not deliver two batches at the same time. */
  public List<Outcome> each(
      List<Delivery> deliveries, Instant now, BiFunction<Delivery, Batch, Outcome> one) {
    Batch batch = new Batch(now);
    List<Outcome> outcomes = new ArrayList<>(deliveries.size());
    for (Delivery delivery : deliveries) {
      outcomes.add(one.apply(delivery, batch));
    }
    return outcomes;
  }

  private Outcome sent(Request request, Instant now) {
    try {
      return answers.of(
          http.send(
              request.address(),
              request.headers(),
              request.body().getBytes(StandardCharsets.UTF_8)),
          now);
    } catch (IOException | IllegalArgumentException e) {
      // The message of an exception may quote the address or a header.
      return RetryPolicy.ofNoAnswer("no response: " + e.getClass().getSimpleName());
    }
  }
}
