package io.cattleguard.sensor.http;

import io.cattleguard.sensor.intake.Sender;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Decides by a request's credential whether its client may post alerts. */
public interface Gate {
  /** The answer for one request. */
  sealed interface Answer {
    /** The request is accepted. */
    record Admitted(Sender sender) implements Answer {}

    /** The credential is missing or wrong; the sentence says what to do. */
    record Unauthorized(String sentence) implements Answer {}

    /** The credential cannot be verified now; the client should retry. */
    record Unknown(String sentence) implements Answer {}
  }

  /**
   * Decides about one request. Never blocks, and the result never fails.
   *
   * @param credential the bearer token, or the query's token
   */
  CompletionStage<Answer> ask(Optional<String> credential);
}
