package io.cattleguard.app.server;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.kubernetes.fabric8.VerifiedToken;
import io.cattleguard.sensor.http.Gate;
import io.cattleguard.sensor.intake.Sender;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Admits clients of a server's input by their token: a shared one, or one of a service account that
 * the cluster verifies. Only the latter proves a node.
 */
final class InputGate implements Gate, AutoCloseable {
  /** The audience of the sensors' tokens, so that a token for another service is of no use here. */
  static final String AUDIENCE = "cattleguard";

  /** A revoked token is accepted for at most this time. */
  private static final Duration VALID = Duration.ofMinutes(2);

  private static final Duration INVALID = Duration.ofSeconds(30);
  private static final Duration BETWEEN_MESSAGES = Duration.ofMinutes(1);
  private static final int TOKENS = 4_096;
  private static final int REVIEWERS = 4;
  private static final int WAITING = 256;

  /** Longer than any token that an API server issues. */
  private static final int LONGEST_TOKEN = 12_288;

  private static final String REMEDY =
      "; send Authorization: Bearer with the token of an allowed service account (audience "
          + AUDIENCE
          + ") or the token of CATTLEGUARD_INPUT_TOKEN";

  /** Verifies a token; empty if it is not valid for {@link #AUDIENCE}. */
  @FunctionalInterface
  interface Reviewer {
    /**
     * Asks the cluster.
     *
     * @throws Unavailable if the cluster does not answer
     */
    Optional<VerifiedToken> review(String token);
  }

  private record Known(Answer answer, Instant until) {}

  private final Optional<byte[]> shared;
  private final boolean required;
  private final Optional<Reviewer> reviewer;
  private final Set<String> users;
  private final InstantSource clock;
  private final Consumer<String> trouble;
  private final Map<String, CompletableFuture<Answer>> asked = new LinkedHashMap<>();
  private final Map<String, Known> known =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
          return size() > TOKENS;
        }
      };
  private final ThreadPoolExecutor reviews =
      new ThreadPoolExecutor(
          REVIEWERS,
          REVIEWERS,
          30,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(WAITING),
          Thread.ofPlatform().daemon(true).name("token-review-", 0).factory());
  private Instant nextMessage = Instant.MIN;
  private long unmentioned;

  /**
   * Admits by the access's token, if any, and by the reviewer's answer, if any.
   *
   * @param required whether a client without a credential is rejected
   * @param trouble receives a message about rejected requests, at most once a minute
   */
  InputGate(
      InputAccess access,
      boolean required,
      Optional<Reviewer> reviewer,
      InstantSource clock,
      Consumer<String> trouble) {
    this.shared = access.token().map(InputGate::sha256);
    this.required = required;
    this.reviewer = reviewer;
    this.users =
        access.accounts().stream()
            .map(account -> "system:serviceaccount:" + account.replace('/', ':'))
            .collect(Collectors.toUnmodifiableSet());
    this.clock = clock;
    this.trouble = trouble;
    reviews.allowCoreThreadTimeOut(true);
  }

  /** Whether a client without a credential is rejected. */
  boolean required() {
    return required;
  }

  @Override
  public CompletionStage<Answer> ask(Optional<String> credential) {
    if (credential.isEmpty() && !required) {
      return CompletableFuture.completedFuture(new Answer.Admitted(Sender.UNPROVED));
    }
    if (credential.isEmpty() || credential.get().length() > LONGEST_TOKEN) {
      return told(new Answer.Unauthorized("no bearer token" + REMEDY));
    }
    String token = credential.get();
    byte[] hash = sha256(token);
    if (shared.isPresent() && MessageDigest.isEqual(shared.get(), hash)) {
      return CompletableFuture.completedFuture(new Answer.Admitted(Sender.UNPROVED));
    }
    if (reviewer.isEmpty()) {
      return told(new Answer.Unauthorized("the bearer token is wrong" + REMEDY));
    }
    String key = HexFormat.of().formatHex(hash);
    CompletableFuture<Answer> answer;
    synchronized (known) {
      Known before = known.get(key);
      if (before != null && before.until.isAfter(clock.instant())) {
        return told(before.answer);
      }
      CompletableFuture<Answer> underWay = asked.get(key);
      if (underWay != null) {
        return underWay;
      }
      answer = new CompletableFuture<>();
      asked.put(key, answer);
    }
    try {
      reviews.execute(() -> settle(key, review(reviewer.get(), token)));
    } catch (RejectedExecutionException e) {
      settle(key, new Answer.Unknown("too many tokens are being verified; retry"));
    }
    return answer;
  }

  private void settle(String key, Answer answer) {
    CompletableFuture<Answer> asker;
    synchronized (known) {
      asker = asked.remove(key);
      known.remove(key);
      if (!(answer instanceof Answer.Unknown)) {
        Duration valid = answer instanceof Answer.Admitted ? VALID : INVALID;
        known.put(key, new Known(answer, clock.instant().plus(valid)));
      }
    }
    mention(answer);
    if (asker != null) {
      asker.complete(answer);
    }
  }

  private Answer review(Reviewer by, String token) {
    try {
      return by.review(token)
          .map(this::judge)
          .orElseGet(() -> new Answer.Unauthorized("the bearer token is not valid" + REMEDY));
    } catch (Unavailable e) {
      return new Answer.Unknown("the cluster cannot verify the bearer token now; retry");
    } catch (RuntimeException e) {
      return new Answer.Unknown("the bearer token could not be verified; retry");
    }
  }

  private Answer judge(VerifiedToken verified) {
    if (!users.contains(verified.user())) {
      return new Answer.Unauthorized(
          "the token's service account may not post alerts; list it in --input-accounts");
    }
    return verified
        .node()
        .<Answer>map(node -> new Answer.Admitted(Sender.onNode(node)))
        .orElseGet(
            () ->
                new Answer.Unauthorized(
                    "the token is not bound to a pod on a node; use a projected token"
                        + " (Kubernetes 1.31 or newer)"));
  }

  private CompletionStage<Answer> told(Answer answer) {
    mention(answer);
    return CompletableFuture.completedFuture(answer);
  }

  /** The message has no text of the client, because it may be a token. */
  private void mention(Answer answer) {
    String sentence =
        switch (answer) {
          case Answer.Admitted admitted -> "";
          case Answer.Unauthorized unauthorized -> unauthorized.sentence();
          case Answer.Unknown unknown -> unknown.sentence();
        };
    if (sentence.isEmpty()) {
      return;
    }
    long before;
    synchronized (known) {
      Instant now = clock.instant();
      if (now.isBefore(nextMessage)) {
        unmentioned++;
        return;
      }
      nextMessage = now.plus(BETWEEN_MESSAGES);
      before = unmentioned;
      unmentioned = 0;
    }
    trouble.accept(
        "a client of --listen was rejected"
            + (before == 0 ? "" : ", and " + before + " requests before it")
            + ": "
            + sentence);
  }

  private static byte[] sha256(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  @Override
  public void close() {
    reviews.shutdownNow();
  }
}
