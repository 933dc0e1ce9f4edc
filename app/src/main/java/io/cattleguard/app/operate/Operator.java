package io.cattleguard.app.operate;

/** Carries out people's requests to the responders of a deployment. */
@FunctionalInterface
public interface Operator {
  /**
   * Carries out a request.
   *
   * @param identity of the caller, as it was verified: {@code unix:<user>}, {@code aws:<userid>}
   */
  OperatorReply ask(OperatorRequest request, String identity);
}
