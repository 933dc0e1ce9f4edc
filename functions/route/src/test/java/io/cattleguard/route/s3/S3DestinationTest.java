package io.cattleguard.route.s3;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.Notices;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.PolicyDestinationContract;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.aws.AwsEnvironment;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class S3DestinationTest extends PolicyDestinationContract {
  private final FakeS3 s3 = new FakeS3();

  @AfterEach
  void theBucketHadNothingToObjectTo() {
    assertEquals(List.of(), s3.violations());
    s3.close();
  }

  @Override
  protected Destination open(DestinationSettings settings, Secrets secrets) {
    return new S3Destination((S3Settings) settings, secrets);
  }

  @Override
  protected String yaml(URI service) {
    return "{name: under-test, type: s3, bucket-from: BUCKET, prefix: lake/, account:"
        + " '123456789012'}";
  }

  @Override
  protected Map<String, String> environment(URI service, String secret) {
    return AwsEnvironment.of(service, secret, "BUCKET", FakeS3.BUCKET);
  }

  @Override
  protected Map.Entry<URI, String> service() {
    return Map.entry(s3.address(), "a-secret-access-key-of-a-test");
  }

  @Override
  protected Destination busy() {
    s3.answer(FakeS3.error(503, "SlowDown"));
    return working();
  }

  @Override
  protected Destination refusing() {
    s3.answer(FakeS3.error(403, "AccessDenied"));
    return working();
  }

  @Override
  protected int told() {
    return s3.objects().size();
  }

  @Test
  void aFindingIsOneLineBelowTheDateOfItsEvent() throws IOException {
    working().deliver(List.of(Notices.alert().to(NAME)), T0.plus(Duration.ofDays(3)));

    String key = s3.objects().keySet().iterator().next();
    assertTrue(
        key.matches("lake/date=2026-01-01/" + T0.toEpochMilli() + "-[0-9a-f]{32}\\.json\\.gz"),
        key);
    String text = s3.text(key);
    assertEquals(1, text.lines().count());
    assertTrue(text.endsWith("\n"));
    assertEquals(2004, JsonMapper.builder().build().readTree(text).path("class_uid").asInt());
  }

  @Test
  void aCopyHasTheSameKeyAndTheSameBytes() {
    working().deliver(List.of(Notices.alert().to(NAME)), T0);
    working().deliver(List.of(Notices.alert().to(NAME)), T0.plusSeconds(60));

    assertEquals(2, s3.requests());
    assertEquals(1, told());
  }

  static Stream<Arguments> errors() {
    return Stream.of(
        arguments(403, "AccessDenied", Outcome.Blocked.class),
        arguments(403, "InvalidAccessKeyId", Outcome.Blocked.class),
        arguments(404, "NoSuchBucket", Outcome.Blocked.class),
        arguments(301, "PermanentRedirect", Outcome.Blocked.class),
        arguments(500, "InternalError", Outcome.TryAgain.class),
        arguments(503, "SlowDown", Outcome.TryAgain.class),
        arguments(400, "InvalidRequest", Outcome.Rejected.class));
  }

  @ParameterizedTest
  @MethodSource("errors")
  void anErrorIsUnderstoodAndNamesNoRole(
      int status, String code, Class<? extends Outcome> expected) {
    s3.answer(FakeS3.error(status, code));

    Outcome outcome = working().deliver(List.of(Notices.alert().to(NAME)), T0).getFirst();

    assertInstanceOf(expected, outcome);
    assertFalse(outcome.toString().contains("role/x"), outcome.toString());
  }

  @Test
  void aBucketThatAnotherAccountOwnsGetsNothing() {
    Outcome outcome =
        open(
                settings("{name: x, type: s3, bucket-from: BUCKET, account: '999999999999'}"),
                secrets(environment(s3.address(), "a-secret-access-key-of-a-test")))
            .deliver(List.of(Notices.alert().to(NAME)), T0)
            .getFirst();

    assertInstanceOf(Outcome.Blocked.class, outcome);
    assertEquals(0, told());
  }

  @ParameterizedTest
  @CsvSource({
    "AWS_REGION, nowhere at all, S3: AWS_REGION is not a region",
    "AWS_ENDPOINT_URL, no address, S3: AWS_ENDPOINT_URL is not an address",
    "AWS_ENDPOINT_URL_S3, localhost, S3: AWS_ENDPOINT_URL_S3 is not an address",
  })
  void aDestinationThatCannotCallItsServiceNamesTheVariable(
      String variable, String value, String said) {
    Map<String, String> variables =
        new HashMap<>(environment(s3.address(), "a-secret-access-key-of-a-test"));
    variables.put(variable, value);

    Outcome outcome =
        open(settings(s3.address()), secrets(variables))
            .deliver(List.of(Notices.alert().to(NAME)), T0)
            .getFirst();

    assertEquals(new Outcome.Blocked(said), outcome);
  }

  @ParameterizedTest
  @ValueSource(strings = {"prefix: /lake", "prefix: a/../b/", "account: 12", "bucket-from: B"})
  void settingsThatCannotBeMeantAreAnError(String more) {
    assertThrows(
        PolicyException.class, () -> settings("{name: x, type: s3, bucket: b-b, " + more + "}"));
  }
}
