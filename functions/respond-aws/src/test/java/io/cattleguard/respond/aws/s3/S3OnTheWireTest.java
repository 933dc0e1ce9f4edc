package io.cattleguard.respond.aws.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.aws.AwsLimits;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.AwsServer;
import io.cattleguard.respond.aws.network.Network.Change;
import io.cattleguard.respond.aws.storage.Bucket;
import io.cattleguard.respond.aws.storage.PublicAccess;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the requests to S3, and the handling of its worst responses. */
final class S3OnTheWireTest {
  private static final String NAMESPACE = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
  private static final String LOCATION =
      "200 <LocationConstraint " + NAMESPACE + ">eu-central-1</LocationConstraint>";
  private static final String NO_TAGS = error(404, "NoSuchTagSet");
  private static final String NO_SETTINGS = error(404, "NoSuchPublicAccessBlockConfiguration");

  private AwsServer server;
  private List<String> asked;
  private List<String> answers;
  private S3Buckets buckets;

  @BeforeEach
  void start() throws IOException {
    server =
        new AwsServer(
            (exchange, body) ->
                exchange.getRequestMethod()
                    + " "
                    + exchange.getRequestURI()
                    + " "
                    + exchange.getRequestHeaders().getFirst("x-amz-expected-bucket-owner")
                    + (body.isEmpty() ? "" : " " + body.replaceAll("<\\?[^>]*\\?>", "")));
    asked = server.asked;
    answers = server.answers;
    server.headers.put("x-amz-request-id", "r");
    buckets =
        new S3Buckets(
            server.clients("AWS_ENDPOINT_URL_S3"),
            new AwsLimits(2, Duration.ofSeconds(2), Duration.ofSeconds(4)));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static String error(int status, String code) {
    return "%d <Error><Code>%s</Code><Message>no</Message><RequestId>r</RequestId></Error>"
        .formatted(status, code);
  }

  private static Bucket bucket(Optional<PublicAccess> access) {
    return new Bucket(Account.ID, Account.REGION, "reports", Map.of(), access);
  }

  @Test
  void eachReadNamesTheOwnerThatTheBucketMustHave() {
    answers.addAll(List.of(LOCATION, NO_TAGS, NO_SETTINGS));

    assertEquals(Optional.of(bucket(Optional.empty())), buckets.bucket(Account.ID, "reports"));
    assertEquals(3, asked.size());
    assertTrue(
        asked.stream().allMatch(one -> one.startsWith("GET ") && one.endsWith(" " + Account.ID)),
        asked.toString());
  }

  @Test
  void exactlyTheFourSettingsAreSentAndNoneIsADeletion() {
    answers.addAll(List.of("200 ", "204 "));

    assertInstanceOf(
        Change.Made.class,
        buckets.set(bucket(Optional.of(new PublicAccess(true, false, true, false)))));
    assertInstanceOf(Change.Made.class, buckets.set(bucket(Optional.empty())));

    assertTrue(asked.getFirst().startsWith("PUT "), asked.toString());
    assertTrue(asked.getFirst().contains("publicAccessBlock"), asked.toString());
    for (String part :
        List.of(
            "<BlockPublicAcls>true</BlockPublicAcls>",
            "<IgnorePublicAcls>false</IgnorePublicAcls>",
            "<BlockPublicPolicy>true</BlockPublicPolicy>",
            "<RestrictPublicBuckets>false</RestrictPublicBuckets>")) {
      assertTrue(asked.getFirst().contains(part), asked.toString());
    }
    assertTrue(asked.getLast().startsWith("DELETE "), asked.toString());
    assertTrue(asked.stream().allMatch(one -> one.contains(" " + Account.ID)), asked.toString());
  }

  @Test
  void aBucketThatIsGoneIsAbsentAndADenialIsNamed() {
    answers.add(error(404, "NoSuchBucket"));
    assertEquals(Optional.empty(), buckets.bucket(Account.ID, "reports"));
    assertInstanceOf(Change.Gone.class, buckets.set(bucket(Optional.empty())));

    answers.set(0, error(403, "AccessDenied"));
    assertEquals(
        new Change.Denied("AccessDenied"), buckets.set(bucket(Optional.of(PublicAccess.BLOCKED))));
    assertThrows(Unavailable.class, () -> buckets.bucket(Account.ID, "reports"));
  }

  /** A bucket of that name in another account is denied, because its owner differs. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "403 ",
        "500 ",
        "503 <Error><Code>SlowDown</Code><RequestId>r</RequestId></Error>",
        "301 <Error><Code>PermanentRedirect</Code><RequestId>r</RequestId></Error>"
      })
  void whatSaysNothingIsNoBucket(String answer) {
    answers.add(answer);

    assertThrows(Unavailable.class, () -> buckets.bucket(Account.ID, "reports"));
  }

  @Test
  void aForeignDocumentIsNoSettings() {
    answers.addAll(List.of(LOCATION, NO_TAGS, "200 <html><body>hello</body></html>"));

    assertThrows(Unavailable.class, () -> buckets.bucket(Account.ID, "reports"));
  }
}
