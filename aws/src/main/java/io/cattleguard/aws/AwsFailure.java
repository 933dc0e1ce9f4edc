package io.cattleguard.aws;

import java.io.IOException;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.exception.SdkServiceException;

/**
 * AWS rejected a call or did not answer. The message has the service and the error code only,
 * because the messages of AWS name accounts, roles and requests.
 */
public final class AwsFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String code;

  /**
   * Of a call that failed.
   *
   * @param service the service's name, for people
   */
  public AwsFailure(String service, SdkException cause) {
    super(service + ": " + code(cause), cause instanceof SdkServiceException ? null : cause);
    this.code = code(cause);
  }

  /** The error code of AWS, or the name of the exception where there was no answer. */
  public String code() {
    return code;
  }

  /** Whether nobody was called, because there are no credentials to sign with. */
  public boolean isWithoutCredentials() {
    return code.equals(CredentialsUnavailable.class.getSimpleName());
  }

  /** The error code of AWS, or the name of the exception where there was no answer. */
  public static String code(SdkException e) {
    if (e instanceof AwsServiceException answered) {
      AwsErrorDetails details = answered.awsErrorDetails();
      String code = details == null ? null : details.errorCode();
      if (code != null && !code.isBlank()) {
        return code;
      }
    }
    if (e instanceof SdkServiceException answered) {
      return "HTTP " + answered.statusCode();
    }
    return e.getCause() instanceof IOException broken
        ? broken.getClass().getSimpleName()
        : e.getClass().getSimpleName();
  }
}
