package io.cattleguard.operate;

/**
 * A request as the HTTP API received it. Its content is untrusted until {@link Signing} has checked
 * it.
 *
 * @param timestamp the header {@code X-Slack-Request-Timestamp}; empty if it is absent
 * @param signature the header {@code X-Slack-Signature}; empty if it is absent
 * @param body the body as text
 */
public record SlackRequest(String timestamp, String signature, String body) {
  /**
   * Whether it claims to be Slack's. Only such a request needs the secret, so internet scanners
   * cause no calls to Secrets Manager.
   */
  public boolean isSigned() {
    return !timestamp.isBlank() && !signature.isBlank();
  }
}
