package io.cattleguard.aws;

import java.io.IOException;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.exception.SdkServiceException;

/**
 * AWS rejected a call or did not answer. The message contains only the service and the error code
 * or, without an answer, our own words, because AWS's messages contain accounts, roles and
 * requests.
 */
public final class AwsFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String code;

  /**
   * Takes the SDK's exception.
   *
   * @param service the service's name, for people
   */
  public AwsFailure(String service, SdkException cause) {
    super(service + ": " + inWords(cause), cause instanceof SdkServiceException ? null : cause);
    this.code = code(cause);
  }

  /** AWS's error code, or the exception's name if there was no response. */
  public String code() {
    return code;
  }

  /** Whether the call was not sent, because there are no credentials. */
  public boolean isWithoutCredentials() {
    return code.equals(CredentialsUnavailable.class.getSimpleName());
  }

  /** AWS's error code; if there was no response, what is missing and what to do, for people. */
  public static String inWords(SdkException e) {
    String code = code(e);
    if (e instanceof SdkServiceException) {
      return code;
    }
    return switch (code) {
      case "CredentialsUnavailable" ->
          "no AWS credentials; set AWS_PROFILE or AWS_ACCESS_KEY_ID, or log in as for the AWS CLI";
      case "UnknownHostException" ->
          "its host name cannot be resolved; check the region and the network";
      case "ConnectException", "NoRouteToHostException" ->
          "no connection; check the network and the proxy";
      case "SocketTimeoutException", "ApiCallTimeoutException", "ApiCallAttemptTimeoutException" ->
          "no answer in time";
      default -> e.getCause() instanceof IOException ? "the connection broke" : "no usable answer";
    };
  }

  /** AWS's error code, or the exception's name if there was no response. */
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
