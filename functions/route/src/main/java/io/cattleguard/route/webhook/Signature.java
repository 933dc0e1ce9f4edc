package io.cattleguard.route.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The signature of a request: HMAC-SHA256 of id, time and body, as Standard Webhooks defines it, so
 * that receivers can verify it with a library.
 *
 * @see <a
 *     href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">Standard
 *     Webhooks</a>
 */
final class Signature {
  /** A shorter key could be guessed from one request. */
  static final int SHORTEST = 16;

  private static final String ALGORITHM = "HmacSHA256";
  private static final String PREFIX = "whsec_";

  private Signature() {}

  /** The key; empty if it is too short or not base64 after {@code whsec_}. */
  static Optional<SecretKeySpec> key(String secret) {
    byte[] bytes;
    if (secret.startsWith(PREFIX)) {
      try {
        bytes = Base64.getDecoder().decode(secret.substring(PREFIX.length()));
      } catch (IllegalArgumentException e) {
        return Optional.empty();
      }
    } else {
      bytes = secret.getBytes(StandardCharsets.UTF_8);
    }
    return bytes.length < SHORTEST
        ? Optional.empty()
        : Optional.of(new SecretKeySpec(bytes, ALGORITHM));
  }

  /** One signature. */
  static String of(SecretKeySpec key, String id, Instant at, byte[] body) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      mac.update((id + "." + at.getEpochSecond() + ".").getBytes(StandardCharsets.UTF_8));
      return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }
}
