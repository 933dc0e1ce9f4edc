package io.cattleguard.route.aws;

import io.cattleguard.aws.AwsFailure;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.RetryPolicy;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.exception.SdkServiceException;

/**
 * The outcome of a failed call. AWS's messages name accounts and roles, so only error codes are
 * reported.
 */
public final class AwsErrors {
  private static final Pattern CODE = Pattern.compile("[A-Za-z0-9. ]{1,64}");

  private AwsErrors() {}

  /** The outcome of an exception of the SDK. */
  static Outcome outcome(String service, SdkException e, Instant now) {
    AwsFailure failure = new AwsFailure(service, e);
    if (failure.isWithoutCredentials()) {
      return new Outcome.Blocked(service + ": no AWS credentials; set a role or AWS_ACCESS_KEY_ID");
    }
    if (!(e instanceof SdkServiceException answer)) {
      return RetryPolicy.ofNoAnswer(service + ": no response: " + failure.code());
    }
    if (answer.statusCode() / 100 == 3) {
      return new Outcome.Blocked(
          service + ": HTTP " + answer.statusCode() + "; it is in another region: set AWS_REGION");
    }
    if (answer.isThrottlingException()) {
      return new Outcome.TryAgain(
          RetryPolicy.after(retryAfter(answer), now), reason(service, failure.code()));
    }
    return of(service, failure.code(), answer.statusCode(), retryAfter(answer), now);
  }

  /** The outcome of an error that AWS reports for one entry of a batch. */
  public static Outcome ofEntry(String service, String code, Instant now) {
    return of(service, code, 400, Optional.empty(), now);
  }

  private static Outcome of(
      String service, String code, int status, Optional<String> retryAfter, Instant now) {
    String reason = reason(service, code);
    return switch (code) {
      case "AccessDenied",
          "AccessDeniedException",
          "AuthorizationError",
          "AuthorizationErrorException",
          "InvalidAccessException",
          "KMSAccessDenied" ->
          new Outcome.Blocked(reason + "; allow the call in the role and in the resource's policy");
      case "NoSuchBucket", "NotFound", "NotFoundException", "ResourceNotFoundException" ->
          new Outcome.Blocked(reason + "; check the name, the region and the account");
      case "ExpiredToken",
          "ExpiredTokenException",
          "InvalidAccessKeyId",
          "InvalidClientTokenId",
          "SignatureDoesNotMatch",
          "UnrecognizedClientException" ->
          new Outcome.Blocked(reason + "; AWS does not accept the credentials");
      case "InternalError",
          "InternalException",
          "InternalFailure",
          "LimitExceededException",
          "RequestTimeout",
          "ServiceUnavailable",
          "SlowDown",
          "Throttled",
          "Throttling",
          "ThrottlingException",
          "TooManyRequestsException" ->
          new Outcome.TryAgain(RetryPolicy.after(retryAfter, now), reason);
      default ->
          switch (RetryPolicy.ofStatus(status, retryAfter, now)) {
            case Outcome.TryAgain again -> new Outcome.TryAgain(again.after(), reason);
            case Outcome.Blocked ignored -> new Outcome.Blocked(reason);
            default -> new Outcome.Rejected(reason);
          };
    };
  }

  private static String reason(String service, String code) {
    return service + ": " + (CODE.matcher(code).matches() ? code : "an unknown error");
  }

  private static Optional<String> retryAfter(SdkServiceException e) {
    return e instanceof AwsServiceException answer
            && answer.awsErrorDetails() != null
            && answer.awsErrorDetails().sdkHttpResponse() != null
        ? answer.awsErrorDetails().sdkHttpResponse().firstMatchingHeader("Retry-After")
        : Optional.empty();
  }
}
