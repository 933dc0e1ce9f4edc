package io.cattleguard.respond.kubernetes.eks;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsFailure;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.edge.port.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.AssumeRoleRequest;
import software.amazon.awssdk.services.sts.model.AssumeRoleResponse;
import software.amazon.awssdk.services.sts.model.AssumedRoleUser;
import software.amazon.awssdk.services.sts.model.Credentials;

/**
 * Credentials of a role in another account, from STS AssumeRole.
 *
 * <p>The SDK's own provider does not check the account of the credentials, and reads the system
 * clock.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html">AssumeRole</a>
 */
public final class HttpAssumedRole implements AwsCredentialsProvider {
  /** The session name, which CloudTrail in the other account shows. */
  private static final String SESSION = "cattleguard-respond";

  private static final Duration BEFORE_THE_END = Duration.ofMinutes(5);
  private static final AwsLimits LIMITS =
      new AwsLimits(3, Duration.ofSeconds(8), Duration.ofSeconds(20));

  private final StsClient sts;
  private final String role;
  private final Optional<String> externalId;
  private final InstantSource clock;
  private @Nullable AwsSessionCredentials last;

  HttpAssumedRole(StsClient sts, String role, Optional<String> externalId, InstantSource clock) {
    this.sts = sts;
    this.role = role;
    this.externalId = externalId;
    this.clock = clock;
  }

  /** Uses an STS client of those clients. */
  public static HttpAssumedRole of(
      AwsClients aws, String role, Optional<String> externalId, InstantSource clock) {
    return new HttpAssumedRole(
        aws.build("STS", StsClient.builder(), LIMITS), role, externalId, clock);
  }

  /**
   * Valid credentials.
   *
   * @throws Unavailable with STS's error code
   */
  @Override
  public synchronized AwsSessionCredentials resolveCredentials() {
    Instant now = clock.instant();
    AwsSessionCredentials known = last;
    if (known != null && now.plus(BEFORE_THE_END).isBefore(end(known))) {
      return known;
    }
    try {
      AwsSessionCredentials assumed = assume();
      last = assumed;
      return assumed;
    } catch (Unavailable e) {
      if (known != null && now.isBefore(end(known))) {
        return known;
      }
      throw e;
    }
  }

  private static Instant end(AwsSessionCredentials credentials) {
    return credentials.expirationTime().orElse(Instant.MIN);
  }

  private AwsSessionCredentials assume() {
    AssumeRoleRequest.Builder request =
        AssumeRoleRequest.builder().roleArn(role).roleSessionName(SESSION);
    externalId.ifPresent(request::externalId);
    try {
      return credentials(sts.assumeRole(request.build()));
    } catch (SdkException e) {
      throw new Unavailable("STS: " + AwsFailure.code(e), e);
    }
  }

  /** Rejects credentials of any account other than the role's. */
  private AwsSessionCredentials credentials(AssumeRoleResponse answer) {
    String account = ClusterAddress.account(role);
    AssumedRoleUser user = answer.assumedRoleUser();
    if (user == null
        || user.arn() == null
        || !user.arn().contains("::" + account + ":assumed-role/")) {
      throw new Unavailable("STS: credentials of an account other than " + account);
    }
    Credentials credentials = answer.credentials();
    if (credentials == null
        || credentials.accessKeyId() == null
        || credentials.secretAccessKey() == null
        || credentials.sessionToken() == null
        || credentials.expiration() == null) {
      throw new Unavailable("STS: the response has no credentials");
    }
    return AwsSessionCredentials.builder()
        .accessKeyId(credentials.accessKeyId())
        .secretAccessKey(credentials.secretAccessKey())
        .sessionToken(credentials.sessionToken())
        .expirationTime(credentials.expiration())
        .build();
  }
}
