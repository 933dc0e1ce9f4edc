package io.cattleguard.respond.kubernetes.eks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.AwsCredentials;
import io.cattleguard.edge.AwsFailure;
import io.cattleguard.respond.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EksTokensTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final String SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  private static final Authenticator CLUSTER =
      new Authenticator("blue", "eu-central-1", Map.of("AKIDEXAMPLE", SECRET));

  private Instant now = NOW;
  private Instant credentialsEnd = Instant.MAX;
  private boolean down;
  private final AtomicInteger asked = new AtomicInteger();
  private final EksTokens tokens =
      new EksTokens("blue", "eu-central-1", this::credentials, () -> now);

  private AwsCredentials credentials(Instant at) {
    asked.incrementAndGet();
    if (down) {
      throw new AwsFailure("STS", "ServiceUnavailable", "");
    }
    return new AwsCredentials(
        "AKIDEXAMPLE", SECRET, Optional.of("Fwo/GZ+XIvYdYXdz=="), credentialsEnd);
  }

  @Test
  void theClusterTakesAToken() {
    assertEquals(Optional.empty(), CLUSTER.objection(tokens.current(), now));
  }

  @Test
  void aTokenIsGoodForItsOwnClusterAlone() {
    Authenticator red = new Authenticator("red", "eu-central-1", Map.of("AKIDEXAMPLE", SECRET));

    assertEquals(Optional.of("the signature is wrong"), red.objection(tokens.current(), now));
  }

  @Test
  void aTokenOfAnotherSecretIsRefused() {
    Authenticator other =
        new Authenticator("blue", "eu-central-1", Map.of("AKIDEXAMPLE", "another"));

    assertEquals(Optional.of("the signature is wrong"), other.objection(tokens.current(), now));
  }

  @Test
  void noTokenIsMadeBeforeSomebodyAsks() {
    assertTrue(tokens.isEmpty());
    assertEquals(0, asked.get());
  }

  @Test
  void manyRequestsShareAToken() {
    String first = tokens.current();
    now = NOW.plus(Duration.ofMinutes(8));

    assertEquals(first, tokens.current());
    assertEquals(1, asked.get());
  }

  @Test
  void everyTokenThatIsHandedOutIsTakenForAMinuteMore() {
    String last = "";
    for (int second = 0; second < 7_200; second += 7) {
      now = NOW.plusSeconds(second);
      last = tokens.current();
      assertEquals(
          Optional.empty(),
          CLUSTER.objection(last, now.plusSeconds(60)),
          "after " + second + " seconds");
    }
    assertTrue(asked.get() < 15, asked + " tokens in two hours");
  }

  @Test
  void aTokenIsReplacedWellBeforeItEnds() {
    String first = tokens.current();
    now = NOW.plus(Duration.ofMinutes(10));

    assertNotEquals(first, tokens.current());
  }

  @Test
  void whileThereAreNoCredentialsATokenIsUsedToItsEndAndNotLonger() {
    String first = tokens.current();
    down = true;

    now = NOW.plus(Duration.ofMinutes(14)).minusSeconds(1);
    assertEquals(first, tokens.current());
    now = NOW.plus(Duration.ofMinutes(14));
    Unavailable e = assertThrows(Unavailable.class, tokens::current);
    assertEquals("no token for cluster blue: STS: ServiceUnavailable", e.getMessage());
    down = false;
    assertEquals(Optional.empty(), CLUSTER.objection(tokens.current(), now));
  }

  @Test
  void aTokenEndsWithTheCredentialsItIsSignedWith() {
    credentialsEnd = NOW.plus(Duration.ofMinutes(7));
    String first = tokens.current();

    now = NOW.plus(Duration.ofMinutes(3));
    assertNotEquals(first, tokens.current());
    down = true;
    now = credentialsEnd;
    assertThrows(Unavailable.class, tokens::current);
  }

  @ParameterizedTest(name = "restored {0} later")
  @CsvSource({"P14D", "PT15M", "PT-1S", "P-1D"})
  void aRestoredProcessUsesNoTokenOfAnotherTime(Duration later) {
    String before = tokens.current();
    now = NOW.plus(later);

    String after = tokens.current();
    assertNotEquals(before, after);
    assertEquals(Optional.empty(), CLUSTER.objection(after, now));
  }

  @Test
  void manyAtOnceMakeOneToken() {
    Set<String> seen = ConcurrentHashMap.newKeySet();
    IntStream.range(0, 200).parallel().forEach(i -> seen.add(tokens.current()));

    assertEquals(1, seen.size());
    assertEquals(1, asked.get());
  }

  @Test
  void aTokenIsNotPrinted() {
    EksToken token = EksToken.of("blue", "eu-central-1", credentials(NOW), NOW);

    assertFalse(token.toString().contains(token.value()), token.toString());
  }
}
