package io.cattleguard.operate.lambda;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsFailure;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.edge.lambda.StructuredLog;
import io.cattleguard.edge.port.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueRequest;

/**
 * The secret in AWS Secrets Manager. It is read at the first request, so a snapshot does not
 * contain it, and again after a minute, so a new secret is soon in use. If it cannot be read again,
 * the last one stays in use: the kill switch must not depend on Secrets Manager.
 */
final class StoredSigningSecret implements SigningSecret {
  private static final Duration KEPT = Duration.ofMinutes(1);

  /** Slack waits for three seconds in total. */
  private static final Duration PATIENCE = Duration.ofMillis(800);

  /** Slack's secrets have 32 digits. A short one could be guessed. */
  private static final Pattern PLAUSIBLE = Pattern.compile("[0-9A-Za-z_.-]{16,200}");

  private final SecretsManagerClient secrets;
  private final String arn;
  private Optional<Known> known = Optional.empty();

  private record Known(String secret, Instant at) {}

  StoredSigningSecret(AwsClients aws, String arn) {
    this.secrets =
        aws.build(
            "Secrets Manager",
            SecretsManagerClient.builder(),
            new AwsLimits(1, PATIENCE, PATIENCE));
    this.arn = arn;
  }

  @Override
  public synchronized String read(Instant now) {
    Optional<Known> last = known;
    if (last.filter(one -> now.isBefore(one.at.plus(KEPT))).isPresent()) {
      return last.get().secret;
    }
    try {
      String secret = stored();
      known = Optional.of(new Known(secret, now));
      return secret;
    } catch (Unavailable e) {
      if (last.isEmpty()) {
        throw e;
      }
      StructuredLog.error("the signing secret was not read again; the last one stays in use", e);
      known = Optional.of(new Known(last.get().secret, now));
      return last.get().secret;
    }
  }

  private String stored() {
    String text;
    try {
      text =
          secrets
              .getSecretValue(GetSecretValueRequest.builder().secretId(arn).build())
              .secretString();
    } catch (SdkException e) {
      throw new Unavailable(
          "the signing secret cannot be read", new AwsFailure("Secrets Manager", e));
    }
    String secret = text == null ? "" : text.strip();
    if (!PLAUSIBLE.matcher(secret).matches()) {
      throw new Unavailable(
          "the secret is not a signing secret of Slack: store its text alone, not as JSON");
    }
    return secret;
  }
}
