package io.cattleguard.respond;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.Ledger.Containment;
import java.time.Instant;
import java.util.List;

/** Undoes a containment whose lease has ended. */
final class Release {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Release() {}

  /** Releases the pod, or says why not; a release that failed is tried again. */
  static ResponseDecided of(Containment containment, Cluster cluster, Instant now) {
    try {
      String explanation =
          switch (cluster.release(containment.pod())) {
            case MADE -> "the lease has ended: the pod is back on the network";
            case GONE -> "the lease has ended: the pod is gone, its policy was taken away";
            case REPLACED ->
                "the lease has ended: another pod has that name and was not touched, the policy was"
                    + " taken away";
          };
      return decided(containment, ResponseOutcome.RELEASED, explanation, now);
    } catch (Unavailable e) {
      return decided(
          containment,
          ResponseOutcome.FAILED,
          "the lease has ended, and the pod could not be released: " + e.getMessage(),
          now);
    }
  }

  private static ResponseDecided decided(
      Containment containment, ResponseOutcome outcome, String explanation, Instant now) {
    return new ResponseDecided(
        scored(containment),
        containment.playbook(),
        "isolate-pod",
        containment.pod().inWords(),
        outcome,
        List.of(),
        explanation,
        now,
        null);
  }

  private static ScoredAlert scored(Containment containment) {
    try {
      return AlertJson.readScored(JSON.readTree(containment.scoredJson()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("containment of " + containment.pod().uid(), e);
    }
  }
}
