package io.cattleguard.route.secrets;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The ARN of a secret in Secrets Manager or of a parameter in Parameter Store.
 *
 * @param arn without the JSON key
 * @param jsonKey the key of a secret that is a JSON object: {@code <arn>:<key>::}, as in a task
 *     definition of ECS
 */
record SecretArn(String arn, Service service, String region, Optional<String> jsonKey) {
  private static final Pattern SECRET =
      Pattern.compile(
          "(arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]{1,512})"
              + "(?::([^:]{1,256})::)?");
  private static final Pattern PARAMETER =
      Pattern.compile(
          "arn:aws[a-z-]*:ssm:([a-z0-9-]+):[0-9]{12}:parameter/[A-Za-z0-9/_.-]{1,1011}");

  /** The service that stores it. */
  enum Service {
    SECRETS_MANAGER,
    PARAMETER_STORE
  }

  /** The ARN, or empty if it is not that of a secret or a parameter. */
  static Optional<SecretArn> parse(String text) {
    Matcher secret = SECRET.matcher(text);
    if (secret.matches()) {
      return Optional.of(
          new SecretArn(
              secret.group(1),
              Service.SECRETS_MANAGER,
              secret.group(2),
              Optional.ofNullable(secret.group(3))));
    }
    Matcher parameter = PARAMETER.matcher(text);
    return parameter.matches()
        ? Optional.of(
            new SecretArn(text, Service.PARAMETER_STORE, parameter.group(1), Optional.empty()))
        : Optional.empty();
  }
}
