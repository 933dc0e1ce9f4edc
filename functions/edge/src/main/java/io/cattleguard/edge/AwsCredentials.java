package io.cattleguard.edge;

import java.time.Instant;
import java.util.Optional;

/**
 * What requests to AWS are signed with.
 *
 * @param expiresAt when AWS stops taking them; {@link Instant#MAX} where nobody says
 */
public record AwsCredentials(
    String accessKeyId, String secretAccessKey, Optional<String> sessionToken, Instant expiresAt) {

  /** Where they come from. */
  @FunctionalInterface
  public interface Source {
    /**
     * Those that are good now.
     *
     * @throws AwsFailure where there are none, or whoever hands them out does not answer
     */
    AwsCredentials current(Instant now);
  }

  /** Names the key and keeps the secrets. */
  @Override
  public String toString() {
    return "AwsCredentials[" + accessKeyId + ", until " + expiresAt + "]";
  }
}
