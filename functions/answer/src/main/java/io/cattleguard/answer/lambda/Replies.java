package io.cattleguard.answer.lambda;

import java.net.URI;

/** Sends answers to the address that Slack named. */
@FunctionalInterface
interface Replies {
  /** What Slack said of an answer. */
  enum Reply {
    /** The person sees it. */
    TAKEN,
    /** Slack will not take it, for example because the address has expired, or may have it. */
    REFUSED,
    /** Slack cannot be reached, or is busy. */
    AGAIN
  }

  /** Sends a message that only the person sees. */
  Reply send(URI address, String json);
}
