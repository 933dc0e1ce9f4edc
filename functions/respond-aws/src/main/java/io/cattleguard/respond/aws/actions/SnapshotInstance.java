package io.cattleguard.respond.aws.actions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.Network.Change;
import io.cattleguard.respond.aws.storage.Evidence;
import io.cattleguard.respond.aws.storage.Snapshots.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Takes a snapshot of each EBS volume of an instance, as evidence. Contains nothing and is not
 * undone: the snapshots stay until people delete them.
 *
 * @param volumes maximum number of volumes
 */
public record SnapshotInstance(int volumes) implements Action<AwsScope, SnapshotGuards.Observed> {
  private static final int DEFAULT_VOLUMES = 10;
  private static final String VOLUMES = "volumes";
  private static final String INSTANCE = "instance";
  private static final String EVIDENCE = "evidence";
  private static final String BEGAN_AT = "beganAt";

  /** EBS may still copy hours after its answer, so the action does not wait. */
  private static final String CAVEAT =
      "memory, instance store volumes and what was not yet written to disk are not in them; they"
          + " stay until you delete them";

  /** Creates the action with at most ten volumes. */
  public SnapshotInstance() {
    this(DEFAULT_VOLUMES);
  }

  @Override
  public String name() {
    return "snapshot-instance";
  }

  @Override
  public Class<AwsScope> place() {
    return AwsScope.class;
  }

  @Override
  public SnapshotInstance with(PolicyNode settings) {
    return new SnapshotInstance(
        settings
            .mapping(VOLUMES)
            .optional(VOLUMES)
            .map(most -> most.wholeNumber(1, 100))
            .orElse(volumes));
  }

  @Override
  public Effect effect() {
    return Effect.NONE;
  }

  @Override
  public SnapshotGuards.Observed look(AwsScope scope, ScoredAlert scored) {
    return SnapshotGuards.Observed.of(scope, scored);
  }

  @Override
  public List<Guard<SnapshotGuards.Observed>> guards() {
    return SnapshotGuards.all(volumes);
  }

  /** Takes no snapshot if the incident has some already, for example from a killed attempt. */
  @Override
  public Progress take(AwsScope scope, SnapshotGuards.Observed observed, UndoRecord undo) {
    Instance instance = observed.subject().orElseThrow().instance();
    Evidence.Of incident = observed.incident();
    List<Snapshot> earlier =
        switch (observed.earlier()) {
          case Fact.Known<List<Snapshot>> known ->
              known.value().stream().filter(one -> !one.state().equals("error")).toList();
          case Fact.Unknown<List<Snapshot>> unknown -> throw new Unavailable(unknown.reason());
        };
    if (!earlier.isEmpty()) {
      return taken(earlier, "nothing to do: the incident has snapshots already: ");
    }
    Change change;
    try {
      change = scope.storage().snapshots().take(instance.id(), incident.id());
    } catch (Unavailable e) {
      return pending(instance.id(), incident, "; EC2 answered: " + e.getMessage());
    }
    return switch (change) {
      case Change.Made made -> pending(instance.id(), incident, "");
      case Change.Denied no ->
          new Progress.Done(ResponseOutcome.FAILED, "not taken: " + no.reason());
      case Change.Gone gone ->
          new Progress.Done(ResponseOutcome.FAILED, "not taken: the instance is gone");
    };
  }

  /** Done when EC2 shows the snapshots. Whether they will be complete shows only later. */
  @Override
  public Progress verify(AwsScope scope, JsonNode state, UndoRecord undo, Duration since) {
    String instance = state.path(INSTANCE).asText();
    Evidence.Of incident =
        new Evidence.Of(
            state.path(EVIDENCE).asText(), Instant.ofEpochSecond(state.path(BEGAN_AT).asLong()));
    List<Snapshot> now = incident.taken(scope.storage().snapshots(), instance);
    return now.isEmpty()
        ? pending(instance, incident, state.path("otherwise").asText())
        : taken(now, "");
  }

  private static Progress.Done taken(List<Snapshot> snapshots, String before) {
    List<String> failed =
        snapshots.stream()
            .filter(one -> one.state().equals("error"))
            .map(one -> one.id() + " of " + one.volume())
            .toList();
    boolean complete = snapshots.stream().allMatch(one -> one.state().equals("completed"));
    String which =
        snapshots.stream()
            .map(
                one ->
                    one.id()
                        + " of "
                        + one.volume()
                        + " started at "
                        + one.startedAt().truncatedTo(ChronoUnit.SECONDS))
            .collect(Collectors.joining(", "));
    if (!failed.isEmpty()) {
      return new Progress.Done(
          ResponseOutcome.FAILED,
          before + which + "; EC2 could not complete " + String.join(", ", failed));
    }
    return complete
        ? new Progress.Done(ResponseOutcome.TAKEN, before + which + "; complete; " + CAVEAT)
        : new Progress.Done(
            ResponseOutcome.REQUESTED,
            before
                + which
                + "; they have the content of the moment at which they were started; EC2 is still"
                + " copying it, so check that they are completed before you terminate the instance;"
                + " "
                + CAVEAT);
  }

  private static Progress pending(String instance, Evidence.Of incident, String otherwise) {
    ObjectNode state =
        JsonNodeFactory.instance
            .objectNode()
            .put(INSTANCE, instance)
            .put(EVIDENCE, incident.id())
            .put(BEGAN_AT, incident.beganAt().getEpochSecond())
            .put("otherwise", otherwise);
    return new Progress.Pending(
        state, new Progress.Done(ResponseOutcome.FAILED, "EC2 shows no snapshot" + otherwise));
  }

  @Override
  public Duration longestPause() {
    return Duration.ofSeconds(5);
  }

  @Override
  public List<Permission> permissions() {
    return List.of(
        Statements.SEE_INSTANCES,
        Statements.SEE_GROUPS,
        Statement.toLook("SeeVolumesAndSnapshots", "ec2:DescribeVolumes", "ec2:DescribeSnapshots"),
        Statement.toChange(
            "TakeSnapshotsOfTaggedInstances",
            "instance",
            Statement.Bound.TAG,
            "ec2:CreateSnapshots"),
        Statement.toChange(
            "TakeSnapshotsOfVolumes", "volume", Statement.Bound.ACCOUNT, "ec2:CreateSnapshots"),
        Statement.toChange(
            "MakeSnapshotsAsEvidence",
            Statement.SNAPSHOT,
            Statement.Bound.EVIDENCE,
            "ec2:CreateSnapshots"),
        Statement.toChange(
            "TagTheSnapshotsThatAreMade",
            Statement.SNAPSHOT,
            Statement.Bound.EVIDENCE,
            Statements.TAGGING));
  }

  @Override
  public String named(Target target) {
    return target.instance() == null ? "no instance" : "instance " + target.instance();
  }

  @Override
  public String inWords(Target target, String uid) {
    return Evidence.inWords(uid);
  }
}
