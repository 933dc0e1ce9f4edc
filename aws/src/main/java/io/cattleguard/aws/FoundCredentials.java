package io.cattleguard.aws;

import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Credentials from the environment variables; otherwise, in a Lambda function with SnapStart, from
 * its container; otherwise from the SDK's default chain. Each call resolves them, so that a
 * snapshot taken before the first call contains none.
 */
final class FoundCredentials implements AwsCredentialsProvider {
  private final Function<String, Optional<String>> environment;
  private final AwsCredentialsProvider container = ContainerCredentialsProvider.builder().build();
  private @Nullable AwsCredentialsProvider chain;

  FoundCredentials(Function<String, Optional<String>> environment) {
    this.environment = environment;
  }

  @Override
  public AwsCredentials resolveCredentials() {
    Optional<String> key = environment.apply("AWS_ACCESS_KEY_ID");
    Optional<String> secret = environment.apply("AWS_SECRET_ACCESS_KEY");
    if (key.isPresent() && secret.isPresent()) {
      return environment
          .apply("AWS_SESSION_TOKEN")
          .<AwsCredentials>map(
              token -> AwsSessionCredentials.create(key.get(), secret.get(), token))
          .orElseGet(() -> AwsBasicCredentials.create(key.get(), secret.get()));
    }
    try {
      return (isFunction() ? container : chain()).resolveCredentials();
    } catch (SdkException e) {
      throw new CredentialsUnavailable(e);
    }
  }

  /** A function has no other source, and searching for one would delay the first batch. */
  private boolean isFunction() {
    return environment.apply("AWS_LAMBDA_FUNCTION_NAME").isPresent()
        && environment.apply("AWS_CONTAINER_CREDENTIALS_FULL_URI").isPresent();
  }

  private synchronized AwsCredentialsProvider chain() {
    AwsCredentialsProvider made = chain;
    if (made == null) {
      made = DefaultCredentialsProvider.builder().build();
      chain = made;
    }
    return made;
  }
}
