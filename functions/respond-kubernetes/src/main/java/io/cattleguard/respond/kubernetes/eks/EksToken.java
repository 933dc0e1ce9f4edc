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
 * What says to an EKS cluster who we are: a presigned question to STS, "who am I", for that cluster
 * alone, which the API server asks in our name.
 *
 * @param value the bearer token
 * @param since when it was made
 * @param until when it is taken no more
 * @see <a
 *     href="https://github.com/kubernetes-sigs/aws-iam-authenticator/blob/master/pkg/token/token.go">aws-iam-authenticator,
 *     which reads it</a>
 */
public record EksToken(String value, Instant since, Instant until) {
  /**
   * The cluster takes it for 15 minutes from the time it is signed for. The minute that the URL
   * itself names is ignored by STS; servers up to 0.3.0 insist on it.
   */
  private static final Duration LIFE = Duration.ofMinutes(15);

  private static final Duration NAMED_LIFE = Duration.ofSeconds(60);

  /** Clocks differ. */
  private static final Duration MARGIN = Duration.ofMinutes(1);

  /** Makes one, which lasts no longer than what it is signed with. */
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

  /** The API server accepts no other address, so the environment cannot name one. */
  private static URI sts(String region) {
    return URI.create(
        "https://sts." + region + "." + PartitionMetadata.of(Region.of(region)).dnsSuffix() + "/");
  }

  /** Whether the cluster takes it now; not before it was made, when a clock was put back. */
  boolean isGood(Instant now) {
    return !now.isBefore(since) && now.isBefore(until);
  }

  /** Whether a third of its life has not begun yet, so that nobody waits for a new one in need. */
  boolean isFresh(Instant now) {
    return isGood(now) && now.isBefore(until.minus(LIFE.dividedBy(3)));
  }

  /** Keeps its secret when it is printed. */
  @Override
  public String toString() {
    return "EksToken[until " + until + "]";
  }
}
