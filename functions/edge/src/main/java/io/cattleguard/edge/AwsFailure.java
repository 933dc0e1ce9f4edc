package io.cattleguard.edge;

/**
 * AWS refused a call or did not answer. The message names service and error code alone, because
 * AWS's own sentence names accounts and requests.
 */
public final class AwsFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String code;
  private final String body;

  /**
   * With what was answered.
   *
   * @param code AWS's error code, or the name of the exception where nothing was answered
   * @param body the whole answer, empty where there was none
   */
  public AwsFailure(String service, String code, String body) {
    super(service + ": " + code);
    this.code = code;
    this.body = body;
  }

  /** Of a call that had no answer. */
  public AwsFailure(String service, Exception cause) {
    super(service + ": " + cause.getClass().getSimpleName(), cause);
    this.code = cause.getClass().getSimpleName();
    this.body = "";
  }

  /** AWS's error code. */
  public String code() {
    return code;
  }

  /** The whole answer; some errors bring more along than their code. */
  public String body() {
    return body;
  }
}
