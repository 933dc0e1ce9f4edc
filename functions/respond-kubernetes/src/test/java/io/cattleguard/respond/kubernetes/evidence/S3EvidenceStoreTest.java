package io.cattleguard.respond.kubernetes.evidence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.TakesLong;
import io.cattleguard.respond.evidence.EvidenceStore;
import io.cattleguard.respond.evidence.EvidenceStoreContract;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class S3EvidenceStoreTest extends EvidenceStoreContract {
  private static final String BUCKET = "cattleguard-evidence";
  private static final byte[] ONE = "one".getBytes(StandardCharsets.UTF_8);

  private S3OnThisMachine s3;

  @BeforeEach
  void start() throws IOException {
    s3 = new S3OnThisMachine();
  }

  @AfterEach
  void stop() {
    s3.close();
  }

  @Override
  protected EvidenceStore store() {
    return new S3EvidenceStore(s3.clients(), BUCKET);
  }

  @Override
  protected void tamper(String key, Optional<byte[]> content) {
    s3.change(BUCKET + "/evidence/" + key, content);
  }

  @Override
  protected int step() {
    return Boolean.getBoolean(TakesLong.PROPERTY) ? 47 : 211;
  }

  @Test
  void objectsAreWhereTheRoleMayWrite() {
    assertTrue(store().put("f00d/parts/a", ONE));

    assertEquals(List.of(BUCKET + "/evidence/f00d/parts/a"), s3.paths());
    assertEquals(List.of("PUT " + BUCKET + "/evidence/f00d/parts/a"), s3.requests());
  }

  @Test
  void aKeyNeverLeavesThePrefix() {
    for (String key : List.of("../a", "a/../../b", "/etc/a", "a//b", ".hidden", "")) {
      assertThrows(IllegalArgumentException.class, () -> store().put(key, ONE), key);
      assertThrows(IllegalArgumentException.class, () -> store().get(key), key);
      assertThrows(IllegalArgumentException.class, () -> store().keys(key), key);
    }
    assertEquals(List.of(), s3.requests());
  }

  @ParameterizedTest
  @CsvSource({"503, SlowDown", "500, InternalError", "409, ConditionalRequestConflict"})
  void anAnswerThatAsksForARetryGetsOne(int status, String code) {
    s3.failing(status, code);
    s3.failing(status, code);

    assertTrue(store().put("a/b", ONE));
    assertEquals(3, s3.requests().size());
    assertArrayEquals(ONE, store().get("a/b").orElseThrow());
  }

  @Test
  void conflictsThatDoNotEndAreUnavailable() {
    for (int i = 0; i < 5; i++) {
      s3.failing(409, "ConditionalRequestConflict");
    }

    Unavailable e = assertThrows(Unavailable.class, () -> store().put("a/b", ONE));

    assertEquals("S3: other writes of the same object, 5 times", e.getMessage());
    assertEquals(List.of(), s3.paths());
  }

  /** Otherwise the manifest would be stored twice, with two numbers. */
  @Test
  void aWriteWhoseAnswerWasLostIsKnownAgain() {
    s3.losingTheAnswer();

    assertTrue(store().put("a/b", ONE));
    assertEquals(
        List.of("PUT", "PUT", "GET"),
        s3.requests().stream().map(one -> one.substring(0, 3)).toList());
  }

  /** The role of the responder may not read parts; a part is stored by its hash. */
  @Test
  void aWriteWhoseAnswerWasLostAndThatMayNotBeReadIsNoFailure() {
    s3.losingTheAnswer();
    s3.refusingReads();

    assertFalse(store().put("a/b", ONE));
    assertEquals(List.of(BUCKET + "/evidence/a/b"), s3.paths());
  }

  @Test
  void aRetryThatMeetsAnotherObjectDidNotStoreIts() {
    assertTrue(store().put("a/b", ONE));
    s3.failing(503, "SlowDown");

    assertFalse(store().put("a/b", "two".getBytes(StandardCharsets.UTF_8)));
    assertArrayEquals(ONE, store().get("a/b").orElseThrow());
  }

  /** The text omits the account and the role that S3's message names. */
  @Test
  void aRefusalIsUnavailableWithItsCodeAndIsNotRetried() {
    for (int i = 0; i < 3; i++) {
      s3.failing(403, "AccessDenied");
    }

    for (String said :
        List.of(
            assertThrows(Unavailable.class, () -> store().put("a/b", ONE)).getMessage(),
            assertThrows(Unavailable.class, () -> store().get("a/b")).getMessage(),
            assertThrows(Unavailable.class, () -> store().keys("a")).getMessage())) {
      assertEquals("S3: AccessDenied", said);
    }
    assertEquals(3, s3.requests().size());
  }

  @Test
  void aBucketThatIsNotThereIsNotAMissingObject() {
    s3.failing(404, "NoSuchBucket");

    Unavailable e = assertThrows(Unavailable.class, () -> store().get("a/b"));

    assertEquals("S3: NoSuchBucket", e.getMessage());
  }

  /** A principal with its own permissions may store anything there. */
  @Test
  void anObjectThatIsTooLongIsCut() {
    tamper("a/b", Optional.of(new byte[20 * 1_024 * 1_024]));

    assertEquals(16 * 1_024 * 1_024, store().get("a/b").orElseThrow().length);
  }

  @Test
  void aBucketThatDoesNotAnswerEndsWithTheDeadline() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      Map<String, String> variables = new HashMap<>(s3.variables());
      variables.put("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:" + silent.getLocalPort());
      EvidenceStore hanging =
          new S3EvidenceStore(
              AwsClients.of(name -> Optional.ofNullable(variables.get(name))), BUCKET);
      EvidenceStore bounded = hanging.within(Duration.ofMillis(300));
      long before = System.nanoTime();

      assertThrows(Unavailable.class, () -> bounded.put("a/b", ONE));
      assertThrows(Unavailable.class, () -> bounded.get("a/b"));

      assertTrue(System.nanoTime() - before < Duration.ofSeconds(5).toNanos());
    }
  }
}
