package io.cattleguard.respond.aws.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Incident;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.action.Subject;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.storage.Snapshots.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The snapshots of an instance for one incident. Each incident has its own, because those of an
 * earlier one do not show what an intruder did since.
 */
public record Evidence(Instance instance, Of incident) implements Subject {
  /**
   * An incident.
   *
   * @param id the value of the tag of its snapshots
   * @param beganAt event time of its first alert
   */
  public record Of(String id, Instant beganAt) {
    /** The clock that wrote the event may be ahead of EC2's. */
    private static final Duration SKEW = Duration.ofMinutes(5);

    /** The incident of an alert. */
    public static Of incident(ScoredAlert scored) {
      Incident incident = scored.incident();
      return new Of(
          scored.incidentId(),
          incident == null ? scored.accepted().firstAt() : incident.openedAt());
    }

    /** The snapshots of the instance since it began; the same id may have been used weeks ago. */
    public List<Snapshot> taken(Snapshots snapshots, String instance) {
      return snapshots.taken(instance, id).stream()
          .filter(one -> !one.startedAt().isBefore(beganAt.minus(SKEW)))
          .toList();
    }
  }

  @Override
  public String uid() {
    return instance.uid() + "/" + incident.id() + "@" + incident.beganAt().getEpochSecond();
  }

  /** Describes the instance of a UID. */
  public static String inWords(String uid) {
    String[] parts = uid.split("/", 4);
    return Instance.inWords(String.join("/", List.of(parts).subList(0, Math.min(3, parts.length))));
  }

  @Override
  public String inWords() {
    return instance.inWords();
  }

  @Override
  public String workload() {
    return instance.workload();
  }

  @Override
  public String neighbourhood() {
    return instance.neighbourhood();
  }

  @Override
  public ObjectNode toJson() {
    return instance.toJson();
  }
}
