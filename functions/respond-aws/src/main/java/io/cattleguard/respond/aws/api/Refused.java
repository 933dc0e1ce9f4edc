package io.cattleguard.respond.aws.api;

import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/** A service understood a call and rejected it. */
public final class Refused extends Exception {
  private static final long serialVersionUID = 1L;
  private final String code;
  private final boolean retried;

  Refused(String code, boolean retried, SdkException cause) {
    super(code, cause);
    this.code = code;
    this.retried = retried;
  }

  /** {@code InvalidGroup.NotFound}. */
  public String code() {
    return code;
  }

  /** The text of the response, which may contain ARNs. */
  public String text() {
    return getCause() instanceof AwsServiceException e
        ? String.valueOf(e.awsErrorDetails().errorMessage())
        : "";
  }

  /** Whether an earlier attempt may have succeeded without a response. */
  public boolean retried() {
    return retried;
  }
}
