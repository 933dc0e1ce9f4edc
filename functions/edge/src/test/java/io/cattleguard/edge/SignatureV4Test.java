package io.cattleguard.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;

/** AWS's own signer is the judge: for each request it must come to the same signature. */
final class SignatureV4Test {
  private static final String KEY = "AKIDEXAMPLE";
  private static final String SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  private static final String TOKEN = "Fwo/GZ+XIv=~*&% x";

  @ParameterizedTest(name = "{0} at {3} {4}")
  @CsvSource({
    "dynamodb, eu-central-1, https://dynamodb.eu-central-1.amazonaws.com, 2026-01-02T03:04:05.999Z,"
        + " as a role",
    "dynamodb, eu-central-1, https://dynamodb.eu-central-1.amazonaws.com, 2026-12-31T23:59:59Z, as"
        + " a user",
    "events, us-gov-west-1, http://127.0.0.1:4566, 2031-10-10T10:10:10Z, as a role",
  })
  void aPostIsSignedAsAwsSignsIt(
      String service, String region, URI address, Instant now, String who) {
    byte[] body = "{\"a\":\"ü\"}".getBytes(StandardCharsets.UTF_8);
    Map<String, String> headers =
        Map.of("Content-Type", "application/x-amz-json-1.0", "X-Amz-Target", "Some.Operation ");

    Map<String, String> sent =
        SignatureV4.signed(
            credentials(who), new SignatureV4.Scope(region, service), address, headers, body, now);

    SdkHttpRequest.Builder request =
        SdkHttpRequest.builder().method(SdkHttpMethod.POST).uri(address.resolve("/"));
    headers.forEach(request::putHeader);
    SdkHttpRequest theirs =
        AwsV4HttpSigner.create()
            .sign(
                common(SignRequest.builder(identity(who)), service, region, now)
                    .request(request.build())
                    .payload(() -> new ByteArrayInputStream(body))
                    .build())
            .request();
    for (String name : new String[] {"Authorization", "X-Amz-Date", "X-Amz-Security-Token"}) {
      assertEquals(
          theirs.firstMatchingHeader(name),
          Optional.ofNullable(sent.get(name.toLowerCase(Locale.ROOT))),
          name);
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "/2015-03-31/functions/cattleguard-route?Qualifier=live, as a role",
    "/2015-03-31/functions/cattleguard-route, as a user",
  })
  void aGetIsSignedAsAwsSignsIt(String path, String who) {
    URI address = URI.create("https://lambda.eu-central-1.amazonaws.com" + path);
    Instant now = Instant.parse("2026-01-02T03:04:05Z");

    Map<String, String> sent =
        SignatureV4.signed(
            credentials(who), new SignatureV4.Scope("eu-central-1", "lambda"), address, now);

    SdkHttpRequest theirs =
        AwsV4HttpSigner.create()
            .sign(
                common(SignRequest.builder(identity(who)), "lambda", "eu-central-1", now)
                    .request(
                        SdkHttpRequest.builder().method(SdkHttpMethod.GET).uri(address).build())
                    .build())
            .request();
    assertEquals(
        theirs.firstMatchingHeader("Authorization"),
        Optional.ofNullable(sent.get("authorization")));
  }

  @Test
  void credentialsKeepTheirSecretsWhenTheyArePrinted() {
    String printed = credentials("as a role").toString();

    assertFalse(printed.contains(SECRET), printed);
    assertFalse(printed.contains(TOKEN), printed);
  }

  private static AwsCredentials credentials(String who) {
    return new AwsCredentials(
        KEY, SECRET, who.equals("as a role") ? Optional.of(TOKEN) : Optional.empty(), Instant.MAX);
  }

  private static AwsCredentialsIdentity identity(String who) {
    return who.equals("as a role")
        ? AwsSessionCredentialsIdentity.create(KEY, SECRET, TOKEN)
        : AwsCredentialsIdentity.create(KEY, SECRET);
  }

  private static SignRequest.Builder<AwsCredentialsIdentity> common(
      SignRequest.Builder<AwsCredentialsIdentity> request,
      String service,
      String region,
      Instant now) {
    return request
        .putProperty(AwsV4HttpSigner.REGION_NAME, region)
        .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, service)
        .putProperty(HttpSigner.SIGNING_CLOCK, Clock.fixed(now, ZoneOffset.UTC));
  }
}
