package io.cattleguard.respond;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;

/**
 * Judges a token as an EKS cluster and STS do: by the rules of aws-iam-authenticator, and by the
 * signature that AWS's own signer makes of the same question.
 *
 * @param secrets what STS knows, by access key
 */
record Authenticator(String cluster, String region, Map<String, String> secrets) {
  private static final Set<String> PARAMETERS =
      Set.of(
          "action",
          "version",
          "x-amz-algorithm",
          "x-amz-credential",
          "x-amz-date",
          "x-amz-expires",
          "x-amz-security-token",
          "x-amz-signature",
          "x-amz-signedheaders");
  private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'");

  /** Why it is refused; empty where the token is good. */
  Optional<String> objection(String token, Instant now) {
    if (token.length() > 4_096 || !token.startsWith("k8s-aws-v1.")) {
      return Optional.of("no token of EKS");
    }
    String body = token.substring("k8s-aws-v1.".length());
    if (body.contains("=")) {
      return Optional.of("padded");
    }
    URI question =
        URI.create(new String(Base64.getUrlDecoder().decode(body), StandardCharsets.UTF_8));
    if (!"https".equals(question.getScheme())
        || !question.getHost().equals("sts." + region + ".amazonaws.com")
        || !question.getPath().equals("/")) {
      return Optional.of("not a question to STS");
    }
    Map<String, String> parameters = parameters(question);
    for (String name : parameters.keySet()) {
      if (!PARAMETERS.contains(name.toLowerCase(java.util.Locale.ROOT))) {
        return Optional.of("parameter " + name);
      }
    }
    if (!"GetCallerIdentity".equals(parameters.get("Action"))) {
      return Optional.of("another question");
    }
    if (!"host;x-k8s-aws-id".equals(parameters.get("X-Amz-SignedHeaders"))) {
      return Optional.of("not signed for a cluster");
    }
    int expires = Integer.parseInt(String.valueOf(parameters.get("X-Amz-Expires")));
    if (expires < 0 || expires > 900) {
      return Optional.of("expires after " + expires + " s");
    }
    Instant at =
        LocalDateTime.parse(String.valueOf(parameters.get("X-Amz-Date")), DATE)
            .toInstant(ZoneOffset.UTC);
    if (now.isAfter(at.plus(Duration.ofMinutes(15)))) {
      return Optional.of("expired");
    }
    String signature = signature(question, parameters, at, expires);
    return signature.equals(parameters.get("X-Amz-Signature"))
        ? Optional.empty()
        : Optional.of("the signature is wrong");
  }

  private String signature(URI question, Map<String, String> parameters, Instant at, int expires) {
    String key = String.valueOf(parameters.get("X-Amz-Credential")).split("/", 2)[0];
    String secret = secrets.getOrDefault(key, "nobody's");
    String session = parameters.get("X-Amz-Security-Token");
    AwsCredentialsIdentity identity =
        session == null
            ? AwsCredentialsIdentity.create(key, secret)
            : AwsSessionCredentialsIdentity.create(key, secret, session);
    SdkHttpRequest request =
        SdkHttpRequest.builder()
            .method(SdkHttpMethod.GET)
            .uri(question.resolve("/"))
            .putRawQueryParameter("Action", "GetCallerIdentity")
            .putRawQueryParameter("Version", "2011-06-15")
            // The cluster puts its own name there.
            .putHeader("x-k8s-aws-id", cluster)
            .build();
    return AwsV4HttpSigner.create()
        .sign(
            SignRequest.builder(identity)
                .request(request)
                .putProperty(
                    AwsV4FamilyHttpSigner.AUTH_LOCATION,
                    AwsV4FamilyHttpSigner.AuthLocation.QUERY_STRING)
                .putProperty(AwsV4FamilyHttpSigner.EXPIRATION_DURATION, Duration.ofSeconds(expires))
                .putProperty(AwsV4HttpSigner.REGION_NAME, region)
                .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "sts")
                .putProperty(HttpSigner.SIGNING_CLOCK, Clock.fixed(at, ZoneOffset.UTC))
                .build())
        .request()
        .firstMatchingRawQueryParameter("X-Amz-Signature")
        .orElseThrow();
  }

  private static Map<String, String> parameters(URI address) {
    Map<String, String> parameters = new TreeMap<>();
    for (String parameter : address.getRawQuery().split("&", -1)) {
      int equals = parameter.indexOf('=');
      parameters.put(
          parameter.substring(0, equals),
          URLDecoder.decode(parameter.substring(equals + 1), StandardCharsets.UTF_8));
    }
    return parameters;
  }
}
