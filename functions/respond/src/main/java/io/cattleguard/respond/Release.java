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
  private static final String ENDED = "the lease has ended: ";

  private final Cluster cluster;
  private final Quarantine quarantine;
  private final Revocation revocation;

  Release(Cluster cluster, Quarantine quarantine, Revocation revocation) {
    this.cluster = cluster;
    this.quarantine = quarantine;
    this.revocation = revocation;
  }

  /** Releases the object, or says why not; a release that failed is tried again. */
  ResponseDecided of(Containment containment, Instant now) {
    Undone undone;
    try {
      undone =
          switch (containment.subject()) {
            case Pod pod -> released(pod);
            case Instance instance -> quarantine.release(instance);
            case IngressRule rule -> revocation.release(rule);
          };
    } catch (Unavailable e) {
      return decided(
          containment,
          ResponseOutcome.FAILED,
          "the lease has ended, and it could not be released: " + e.getMessage(),
          now);
    }
    return decided(containment, undone.outcome(), ENDED + undone.explanation(), now);
  }

  private Undone released(Pod pod) {
    return new Undone(
        ResponseOutcome.RELEASED,
        switch (cluster.release(pod)) {
          case MADE -> "the pod is back on the network";
          case GONE -> "the pod is gone, its policy was taken away";
          case REPLACED ->
              "another pod has that name and was not touched, the policy was taken away";
        });
  }

  private static ResponseDecided decided(
      Containment containment, ResponseOutcome outcome, String explanation, Instant now) {
    return new ResponseDecided(
        scored(containment),
        containment.playbook(),
        containment.key().action(),
        containment.subject().inWords(),
        outcome,
        outcome == ResponseOutcome.REFUSED ? List.of(explanation) : List.of(),
        explanation,
        now,
        null);
  }

  private static ScoredAlert scored(Containment containment) {
    try {
      return AlertJson.readScored(JSON.readTree(containment.scoredJson()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("containment of " + containment.subject().uid(), e);
    }
  }
}
