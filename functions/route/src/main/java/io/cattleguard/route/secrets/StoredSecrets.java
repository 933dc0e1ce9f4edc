package io.cattleguard.route.secrets;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsFailure;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.edge.port.Unavailable;
import java.time.Duration;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.ssm.SsmClient;

/** Reads secrets of Secrets Manager and of Parameter Store, each in the region of its ARN. */
final class StoredSecrets {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** A function has 60 seconds, and other destinations wait. */
  private static final AwsLimits LIMITS =
      new AwsLimits(2, Duration.ofSeconds(3), Duration.ofSeconds(6));

  private final AwsClients aws;

  StoredSecrets(AwsClients aws) {
    this.aws = aws;
  }

  /**
   * The secret.
   *
   * @throws Unavailable with AWS's error code
   */
  String read(SecretArn secret) {
    AwsClients there = aws.in(secret.region());
    try {
      return switch (secret.service()) {
        case SECRETS_MANAGER -> secret(there, secret);
        case PARAMETER_STORE -> parameter(there, secret);
      };
    } catch (SdkException e) {
      throw new Unavailable(AwsFailure.code(e));
    }
  }

  private static String secret(AwsClients there, SecretArn secret) {
    String text;
    try (SecretsManagerClient client =
        there.build("Secrets Manager", SecretsManagerClient.builder(), LIMITS)) {
      text = client.getSecretValue(request -> request.secretId(secret.arn())).secretString();
    }
    if (text == null) {
      throw new Unavailable("the secret is binary; store a text");
    }
    return secret.jsonKey().map(key -> ofJson(text, key)).orElse(text);
  }

  private static String ofJson(String text, String key) {
    try {
      JsonNode value = JSON.readTree(text).path(key);
      if (value.isTextual()) {
        return value.asText();
      }
    } catch (JsonProcessingException e) {
      // Its message quotes the secret.
      throw new Unavailable("the secret is no JSON object");
    }
    throw new Unavailable("the secret's JSON object has no text with that key");
  }

  private static String parameter(AwsClients there, SecretArn secret) {
    try (SsmClient client = there.build("SSM", SsmClient.builder(), LIMITS)) {
      return client
          .getParameter(request -> request.name(secret.arn()).withDecryption(true))
          .parameter()
          .value();
    }
  }
}
