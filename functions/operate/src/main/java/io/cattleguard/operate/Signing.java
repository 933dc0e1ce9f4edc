package io.cattleguard.operate;

import com.slack.api.app_backend.SlackSignature;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Pattern;

/**
 * Checks that Slack signed a request, and when.
 *
 * @see <a href="https://docs.slack.dev/authentication/verifying-requests-from-slack">Verifying
 *     requests from Slack</a>
 */
final class Signing {
  /** Maximum clock difference to Slack, and maximum delay of a request. */
  static final Duration WINDOW = Duration.ofMinutes(5);

  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,11}");

  /** The result of checking a signature. */
  enum Verdict {
    /** Slack sent it just now. */
    GENUINE,
    /** It has no signature. */
    UNSIGNED,
    /** Its signature is not Slack's. */
    FORGED,
    /** Slack signed it too long ago: it is a replayed request. */
    LATE
  }

  private Signing() {}

  static Verdict check(SlackRequest request, String secret, Instant now) {
    if (!request.isSigned()) {
      return Verdict.UNSIGNED;
    }
    if (!SECONDS.matcher(request.timestamp()).matches()) {
      return Verdict.FORGED;
    }
    String expected =
        new SlackSignature.Generator(secret).generate(request.timestamp(), request.body());
    // The SDK's verifier compares with String.equals, whose duration reveals how many characters
    // are right.
    if (expected == null || !MessageDigest.isEqual(bytes(expected), bytes(request.signature()))) {
      return Verdict.FORGED;
    }
    return Duration.between(signedAt(request), now).abs().compareTo(WINDOW) > 0
        ? Verdict.LATE
        : Verdict.GENUINE;
  }

  /** The time at which Slack signed a genuine request. */
  static Instant signedAt(SlackRequest request) {
    return Instant.ofEpochSecond(Long.parseLong(request.timestamp()));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
