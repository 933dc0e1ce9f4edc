package io.cattleguard.app.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.kubernetes.fabric8.VerifiedToken;
import io.cattleguard.sensor.http.Gate;
import io.cattleguard.sensor.intake.Sender;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class InputGateTest {
  private static final String SENSOR = "system:serviceaccount:cattleguard:cattleguard-sensor";
  private static final String SHARED = "a-shared-token-of-some-length";

  private final List<String> troubles = new CopyOnWriteArrayList<>();
  private final List<String> reviewed = new CopyOnWriteArrayList<>();
  private final Map<String, VerifiedToken> valid = new ConcurrentHashMap<>();
  private final List<InputGate> open = new ArrayList<>();
  private volatile boolean away;
  private volatile Instant now = TestAlerts.AT;

  @AfterEach
  void close() {
    open.forEach(InputGate::close);
  }

  private Optional<VerifiedToken> review(String token) {
    reviewed.add(token);
    if (away) {
      throw new Unavailable("no response");
    }
    return Optional.ofNullable(valid.get(token));
  }

  private InputGate gate(Optional<String> shared, Optional<InputGate.Reviewer> reviewer) {
    InputGate gate =
        new InputGate(
            new InputAccess(shared, Set.of("cattleguard/cattleguard-sensor")),
            true,
            reviewer,
            () -> now,
            troubles::add);
    open.add(gate);
    return gate;
  }

  private InputGate verifying() {
    return gate(Optional.empty(), Optional.of(this::review));
  }

  private static Gate.Answer ask(InputGate gate, String token) throws Exception {
    return gate.ask(Optional.of(token)).toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private static Gate.Answer admitted(String node) {
    return new Gate.Answer.Admitted(Sender.onNode(node));
  }

  private static String refused(Gate.Answer answer) {
    return assertInstanceOf(Gate.Answer.Unauthorized.class, answer).sentence();
  }

  @Test
  void aSensorsTokenProvesItsNode() throws Exception {
    valid.put("one", new VerifiedToken(SENSOR, Optional.of("node-a")));
    valid.put("other", new VerifiedToken(SENSOR, Optional.of("node-b")));
    InputGate gate = verifying();

    assertEquals(admitted("node-a"), ask(gate, "one"));
    assertEquals(admitted("node-b"), ask(gate, "other"));
    assertEquals(List.of(), troubles);
  }

  @Test
  void aTokenOfAnotherAccountOrWithoutANodeIsRejectedWithAFix() throws Exception {
    valid.put("pod", new VerifiedToken("system:serviceaccount:shop:web", Optional.of("node-a")));
    valid.put("user", new VerifiedToken("cattleguard-sensor", Optional.of("node-a")));
    valid.put("unbound", new VerifiedToken(SENSOR, Optional.empty()));
    InputGate gate = verifying();

    assertTrue(refused(ask(gate, "pod")).contains("--input-accounts"));
    assertTrue(refused(ask(gate, "user")).contains("--input-accounts"));
    assertTrue(refused(ask(gate, "unbound")).contains("projected token"));
    assertTrue(refused(ask(gate, "invalid")).contains("not valid"));
  }

  @Test
  void aSharedTokenProvesNoNodeAndIsNeverSentToTheCluster() throws Exception {
    InputGate gate = gate(Optional.of(SHARED), Optional.of(this::review));

    assertEquals(new Gate.Answer.Admitted(Sender.UNPROVED), ask(gate, SHARED));
    assertEquals(List.of(), reviewed);
    refused(ask(gate, SHARED + "x"));
    refused(ask(gate(Optional.of(SHARED), Optional.empty()), SHARED.substring(1)));
  }

  @Test
  void withoutACredentialARequestIsRejectedUnlessNoneIsRequired() throws Exception {
    InputGate here =
        new InputGate(
            InputAccess.DEFAULT, false, Optional.of(this::review), () -> now, troubles::add);
    open.add(here);

    refused(verifying().ask(Optional.empty()).toCompletableFuture().get());
    assertEquals(
        new Gate.Answer.Admitted(Sender.UNPROVED),
        here.ask(Optional.empty()).toCompletableFuture().get());
    refused(ask(here, "wrong"));
  }

  @Test
  void anAnswerIsReusedForTwoMinutesAndARejectionForHalfAMinute() throws Exception {
    valid.put("good", new VerifiedToken(SENSOR, Optional.of("node-a")));
    InputGate gate = verifying();
    for (int i = 0; i < 3; i++) {
      ask(gate, "good");
      ask(gate, "bad");
    }
    assertEquals(List.of("good", "bad"), reviewed);

    valid.clear();
    now = now.plusSeconds(31);
    ask(gate, "bad");
    assertEquals(admitted("node-a"), ask(gate, "good"));
    assertEquals(List.of("good", "bad", "bad"), reviewed);

    now = now.plusSeconds(90);
    refused(ask(gate, "good"));
  }

  @Test
  void aClusterThatIsAwayIsNoRejectionAndIsAskedAgain() throws Exception {
    valid.put("good", new VerifiedToken(SENSOR, Optional.of("node-a")));
    InputGate gate = verifying();
    away = true;
    assertInstanceOf(Gate.Answer.Unknown.class, ask(gate, "good"));
    away = false;

    assertEquals(admitted("node-a"), ask(gate, "good"));
  }

  @Test
  void requestsWithOneTokenShareAReviewAndTooManyTokensAtOnceAreToldToRetry() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    InputGate gate =
        gate(
            Optional.empty(),
            Optional.of(
                token -> {
                  try {
                    answer.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                  return review(token);
                }));
    List<CompletableFuture<Gate.Answer>> answers = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      answers.add(gate.ask(Optional.of("token " + i)).toCompletableFuture());
      answers.add(gate.ask(Optional.of("token 0")).toCompletableFuture());
    }
    long busy = answers.stream().filter(CompletableFuture::isDone).count();
    answer.countDown();
    for (CompletableFuture<Gate.Answer> one : answers) {
      one.get(10, TimeUnit.SECONDS);
    }

    assertEquals(140, busy, "four are reviewed and 256 wait");
    assertEquals(260, reviewed.size());
  }

  @Test
  void theNumberOfKnownTokensIsBounded() throws Exception {
    InputGate gate = verifying();
    ask(gate, "first");
    for (int i = 0; i < 4_096; i++) {
      ask(gate, "token " + i);
    }
    reviewed.clear();
    ask(gate, "token 4095");
    ask(gate, "first");

    assertEquals(List.of("first"), reviewed);
  }

  @Test
  void rejectionsAreMentionedOnceAMinuteWithoutTheToken() throws Exception {
    InputGate gate = verifying();
    for (int i = 0; i < 50; i++) {
      ask(gate, "secret-" + i);
      gate.ask(Optional.empty());
    }
    assertEquals(1, troubles.size(), troubles.toString());
    now = now.plus(Duration.ofMinutes(1));
    ask(gate, "secret-again");

    assertEquals(2, troubles.size(), troubles.toString());
    assertTrue(troubles.get(1).contains("99 requests before it"), troubles.get(1));
    assertFalse(troubles.toString().contains("secret"), troubles.toString());
  }

  @Test
  void aTokenThatIsLongerThanAnyOtherIsNotSentToTheCluster() throws Exception {
    refused(ask(verifying(), "x".repeat(20_000)));
    assertEquals(List.of(), reviewed);
  }
}
