package io.cattleguard.respond.kubernetes.eks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.port.Unavailable;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.core.exception.SdkClientException;

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

  private AwsCredentials credentials() {
    asked.incrementAndGet();
    if (down) {
      throw new Unavailable("STS: ServiceUnavailable");
    }
    return signedUntil(credentialsEnd);
  }

  private static AwsCredentials signedUntil(Instant end) {
    return AwsSessionCredentials.builder()
        .accessKeyId("AKIDEXAMPLE")
        .secretAccessKey(SECRET)
        .sessionToken("Fwo/GZ+XIvYdYXdz==")
        .expirationTime(end)
        .build();
  }

  /** The query as botocore's SigV4QueryAuth signs it for that time, key, cluster and region. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "eu-central-1, sts.eu-central-1.amazonaws.com,"
        + " 7f07b7ad1066bd4d16f99781161e8c2b0aa0b79900822d006f30411806f805eb",
    "cn-north-1, sts.cn-north-1.amazonaws.com.cn,"
        + " 04f7a68c4fc7128b6c9d727d980e9c86653f29d186449f2fb851be4e3e9af85f",
  })
  void aTokenIsTheQuestionThatBotocoreSigns(String region, String host, String signature) {
    EksToken token = EksToken.of("blue", region, signedUntil(Instant.MAX), NOW);

    assertTrue(token.value().matches("k8s-aws-v1\\.[A-Za-z0-9_-]+"), token.value());
    URI question =
        URI.create(
            new String(
                Base64.getUrlDecoder().decode(token.value().substring("k8s-aws-v1.".length())),
                StandardCharsets.UTF_8));
    assertEquals("https://" + host + "/", question.toString().split("\\?", 2)[0]);
    assertEquals(
        new TreeSet<>(
            List.of(
                "Action=GetCallerIdentity",
                "Version=2011-06-15",
                "X-Amz-Algorithm=AWS4-HMAC-SHA256",
                "X-Amz-Credential=AKIDEXAMPLE%2F20260102%2F" + region + "%2Fsts%2Faws4_request",
                "X-Amz-Date=20260102T030405Z",
                "X-Amz-Expires=60",
                "X-Amz-Security-Token=Fwo%2FGZ%2BXIvYdYXdz%3D%3D",
                "X-Amz-SignedHeaders=host%3Bx-k8s-aws-id",
                "X-Amz-Signature=" + signature)),
        new TreeSet<>(Arrays.asList(question.getRawQuery().split("&", -1))));
  }

  @Test
  void withoutCredentialsTheReasonIsTold() {
    EksTokens none =
        new EksTokens(
            "blue",
            "eu-central-1",
            () -> {
              throw SdkClientException.create("arn:aws:iam::111122223333:role/secret");
            },
            () -> now);

    Unavailable e = assertThrows(Unavailable.class, none::current);
    assertEquals("no token for cluster blue: SdkClientException", e.getMessage());
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
    EksToken token = EksToken.of("blue", "eu-central-1", credentials(), NOW);

    assertFalse(token.toString().contains(token.value()), token.toString());
  }
}
