package io.cattleguard.aws;

import java.io.Serial;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;

/** No credentials were found, or their provider did not answer. */
final class CredentialsUnavailable extends SdkClientException {
  @Serial private static final long serialVersionUID = 1L;

  CredentialsUnavailable(SdkException cause) {
    super(SdkClientException.builder().message("no AWS credentials").cause(cause));
  }

  @Override
  public boolean retryable() {
    return false;
  }
}
