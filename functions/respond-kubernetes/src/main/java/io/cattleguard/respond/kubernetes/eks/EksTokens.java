package io.cattleguard.respond.kubernetes.eks;

import io.cattleguard.aws.AwsFailure;
import io.cattleguard.edge.port.Unavailable;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Caches one cluster's token and renews it well before it expires.
 *
 * <p>The first token is created at the first request, so a SnapStart snapshot holds none. A token
 * from before a restore has expired by the clock.
 */
public final class EksTokens {
  private final String cluster;
  private final String region;
  private final AwsCredentialsProvider credentials;
  private final InstantSource clock;
  private @Nullable EksToken last;

  /** Tokens for one cluster, signed with those credentials. */
  public EksTokens(
      String cluster, String region, AwsCredentialsProvider credentials, InstantSource clock) {
    this.cluster = cluster;
    this.region = region;
    this.credentials = credentials;
    this.clock = clock;
  }

  /**
   * A valid token.
   *
   * @throws Unavailable if there are no credentials to sign it
   */
  public synchronized String current() {
    Instant now = clock.instant();
    EksToken known = last;
    if (known != null && known.isFresh(now)) {
      return known.value();
    }
    try {
      EksToken made = EksToken.of(cluster, region, credentials.resolveCredentials(), now);
      last = made;
      return made.value();
    } catch (Unavailable e) {
      return old(known, now, String.valueOf(e.getMessage()), e);
    } catch (SdkException e) {
      return old(known, now, AwsFailure.code(e), e);
    }
  }

  private String old(@Nullable EksToken known, Instant now, String reason, RuntimeException cause) {
    if (known != null && known.isGood(now)) {
      return known.value();
    }
    throw new Unavailable("no token for cluster " + cluster + ": " + reason, cause);
  }

  /** Whether no token was created yet. */
  synchronized boolean isEmpty() {
    return last == null;
  }
}
