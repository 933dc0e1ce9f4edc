package io.cattleguard.respond;

import io.cattleguard.edge.AwsCredentials;
import io.cattleguard.edge.SignatureV4;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;

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
record EksToken(String value, Instant since, Instant until) {
  /**
   * The cluster takes it for 15 minutes from the time it is signed for. The minute that the URL
   * itself names is ignored by STS; servers up to 0.3.0 insist on it.
   */
  private static final Duration LIFE = Duration.ofMinutes(15);

  private static final Duration NAMED_LIFE = Duration.ofSeconds(60);

  /** Clocks differ. */
  private static final Duration MARGIN = Duration.ofMinutes(1);

  /** Makes one, which lasts no longer than what it is signed with. */
  static EksToken of(String cluster, String region, AwsCredentials credentials, Instant now) {
    SignatureV4.Scope sts = new SignatureV4.Scope(region, "sts");
    URI question =
        SignatureV4.presigned(
            credentials,
            sts,
            // The API server takes it for AWS's own addresses alone, whatever our environment says.
            sts.address(),
            Map.of("Action", "GetCallerIdentity", "Version", "2011-06-15"),
            Map.of("x-k8s-aws-id", cluster),
            NAMED_LIFE,
            now);
    Instant until = now.plus(LIFE).minus(MARGIN);
    return new EksToken(
        "k8s-aws-v1."
            + Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(question.toString().getBytes(StandardCharsets.UTF_8)),
        now,
        until.isBefore(credentials.expiresAt()) ? until : credentials.expiresAt());
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
