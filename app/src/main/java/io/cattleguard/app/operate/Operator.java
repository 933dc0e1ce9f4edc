package io.cattleguard.app.operate;

/** Carries out what people ask of the responders of a deployment. */
@FunctionalInterface
public interface Operator {
  /** Carries out a request. */
  OperatorReply ask(OperatorRequest request);
}
