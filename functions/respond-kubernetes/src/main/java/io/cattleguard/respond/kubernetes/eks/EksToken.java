package io.cattleguard.respond.kubernetes.eks;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.regions.PartitionMetadata;
import software.amazon.awssdk.regions.Region;

/**
 * A bearer token for one EKS cluster: a presigned STS GetCallerIdentity request, which the API
 * server sends to STS to learn the caller's identity.
 *
 * @param value the bearer token
 * @param since when it was created
 * @param until when it expires
 * @see <a
 *     href="https://github.com/kubernetes-sigs/aws-iam-authenticator/blob/master/pkg/token/token.go">aws-iam-authenticator,
 *     which reads it</a>
 */
public record EksToken(String value, Instant since, Instant until) {
  /**
   * The cluster accepts a token for 15 minutes after signing. STS ignores the URL's own expiry of
   * 60 seconds; authenticator versions up to 0.3.0 require it.
   */
  private static final Duration LIFE = Duration.ofMinutes(15);

  private static final Duration NAMED_LIFE = Duration.ofSeconds(60);

  /** Allowance for clock skew. */
  private static final Duration MARGIN = Duration.ofMinutes(1);

  /** Creates a token. It expires no later than the credentials that sign it. */
  public static EksToken of(
      String cluster, String region, AwsCredentialsIdentity credentials, Instant now) {
    SdkHttpRequest question =
        SdkHttpRequest.builder()
            .method(SdkHttpMethod.GET)
            .uri(sts(region))
            .putRawQueryParameter("Action", "GetCallerIdentity")
            .putRawQueryParameter("Version", "2011-06-15")
            .putHeader("x-k8s-aws-id", cluster)
            .build();
    URI signed =
        AwsV4HttpSigner.create()
            .sign(
                SignRequest.builder(credentials)
                    .request(question)
                    .putProperty(
                        AwsV4FamilyHttpSigner.AUTH_LOCATION,
                        AwsV4FamilyHttpSigner.AuthLocation.QUERY_STRING)
                    .putProperty(AwsV4FamilyHttpSigner.EXPIRATION_DURATION, NAMED_LIFE)
                    .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "sts")
                    .putProperty(AwsV4HttpSigner.REGION_NAME, region)
                    .putProperty(HttpSigner.SIGNING_CLOCK, Clock.fixed(now, ZoneOffset.UTC))
                    .build())
            .request()
            .getUri();
    Instant until = now.plus(LIFE).minus(MARGIN);
    Instant end = credentials.expirationTime().orElse(Instant.MAX);
    return new EksToken(
        "k8s-aws-v1."
            + Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(signed.toString().getBytes(StandardCharsets.UTF_8)),
        now,
        until.isBefore(end) ? until : end);
  }

  /** The regional STS endpoint. The API server accepts no other, so it is not configurable. */
  private static URI sts(String region) {
    return URI.create(
        "https://sts." + region + "." + PartitionMetadata.of(Region.of(region)).dnsSuffix() + "/");
  }

  /**
   * Whether the token is valid now. It is not valid before its creation, in case the clock was set
   * back.
   */
  boolean isGood(Instant now) {
    return !now.isBefore(since) && now.isBefore(until);
  }

  /** Whether the token is not due for renewal, which happens well before it expires. */
  boolean isFresh(Instant now) {
    return isGood(now) && now.isBefore(until.minus(LIFE.dividedBy(3)));
  }

  /** Omits the token itself. */
  @Override
  public String toString() {
    return "EksToken[until " + until + "]";
  }
}
