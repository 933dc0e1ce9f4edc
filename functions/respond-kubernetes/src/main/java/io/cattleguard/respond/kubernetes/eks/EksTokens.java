package io.cattleguard.respond.kubernetes.eks;

import io.cattleguard.edge.AwsCredentials;
import io.cattleguard.edge.AwsFailure;
import io.cattleguard.respond.Unavailable;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * One cluster's tokens: the same for many requests, a new one well before the last one ends.
 *
 * <p>The first is made when somebody first asks. So a snapshot, which is taken before that, has
 * none; and whatever a restored process finds of another time is no longer good by the clock.
 */
public final class EksTokens {
  private final String cluster;
  private final String region;
  private final AwsCredentials.Source credentials;
  private final InstantSource clock;
  private @Nullable EksToken last;

  /** Of one cluster, made with those credentials. */
  public EksTokens(
      String cluster, String region, AwsCredentials.Source credentials, InstantSource clock) {
    this.cluster = cluster;
    this.region = region;
    this.credentials = credentials;
    this.clock = clock;
  }

  /**
   * One that the cluster takes now.
   *
   * @throws Unavailable where there are no credentials to make it with
   */
  public synchronized String current() {
    Instant now = clock.instant();
    EksToken known = last;
    if (known != null && known.isFresh(now)) {
      return known.value();
    }
    try {
      EksToken made = EksToken.of(cluster, region, credentials.current(now), now);
      last = made;
      return made.value();
    } catch (AwsFailure e) {
      if (known != null && known.isGood(now)) {
        return known.value();
      }
      throw new Unavailable("no token for cluster " + cluster + ": " + e.getMessage(), e);
    }
  }

  /** Whether one has been made. */
  synchronized boolean isEmpty() {
    return last == null;
  }
}
