package io.cattleguard.events.fields;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import io.cattleguard.events.text.FieldValues;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The fields that a policy's patterns may use, as dotted paths. A pattern on any other path would
 * silently never match, so it is an error.
 */
public final class AlertFields {
  /** The fields of a scored alert, without the raw text. */
  public static final Set<String> SCORED =
      Set.of(
          "schema",
          "id",
          "cluster",
          "observedAt",
          "hops",
          "acceptance",
          "fingerprint",
          "count",
          "firstAt",
          "lastAt",
          "targets",
          "silenced.by",
          "silenced.reason",
          "silenced.responders",
          "silenced.below",
          "silenced.until",
          "score",
          "reasons.points",
          "reasons.why",
          "incident.id",
          "incident.openedAt",
          "incident.subject",
          "incident.reasons",
          "incident.steps.at",
          "incident.steps.source",
          "incident.steps.rule",
          "incident.steps.severity",
          "incident.steps.tactics",
          "incident.joined",
          "alert.id",
          "alert.class",
          "alert.source",
          "alert.rule",
          "alert.title",
          "alert.severity",
          "alert.tactics",
          "alert.techniques",
          "alert.traits",
          "alert.target.cluster",
          "alert.target.node",
          "alert.target.sensor",
          "alert.target.namespace",
          "alert.target.pod",
          "alert.target.podUid",
          "alert.target.workload",
          "alert.target.containerId",
          "alert.target.containerName",
          "alert.target.image",
          "alert.target.account",
          "alert.target.region",
          "alert.target.instance",
          "alert.target.securityGroup",
          "alert.target.principal",
          "alert.target.principalType",
          "alert.target.accessKey",
          "alert.target.resource",
          "alert.target.labels",
          "alert.process.executable",
          "alert.process.name",
          "alert.process.commandLine",
          "alert.process.parent",
          "alert.process.user",
          "alert.network.peer",
          "alert.network.port",
          "alert.network.localPort",
          "alert.network.protocol",
          "alert.network.direction",
          "alert.network.domain",
          "alert.file.path",
          "alert.observedAt",
          "alert.count",
          "alert.related",
          "alert.notes");

  /**
   * The fields whose values are chosen by those who may change a pod. No rule that hides an alert
   * or decides about an action may use them: an intruder could add a label that hides an alert or
   * prevents a containment.
   */
  public static final Set<String> CHOSEN_BY_THE_POD = Set.of("alert.target.labels");

  /** The fields without those that {@link #CHOSEN_BY_THE_POD}. */
  public static Set<String> notChosenByThePod(Set<String> fields) {
    return fields.stream()
        .filter(field -> !CHOSEN_BY_THE_POD.contains(field))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The fields of an accepted alert. */
  public static final Set<String> ACCEPTED =
      SCORED.stream()
          .filter(
              field ->
                  !field.equals("score")
                      && !field.startsWith("reasons.")
                      && !field.startsWith("incident."))
          .collect(Collectors.toUnmodifiableSet());

  /** The fields of an alert before deduplication. */
  public static final Set<String> ALERT =
      SCORED.stream()
          .filter(field -> field.startsWith("alert."))
          .collect(Collectors.toUnmodifiableSet());

  /** The fields that every alert has, so that no pattern finds an alert without them. */
  public static final Set<String> ALWAYS =
      Set.of("alert.id", "alert.class", "alert.source", "alert.count");

  /** The fields of a decided response. */
  public static final Set<String> DECIDED =
      Stream.concat(
              SCORED.stream(),
              Stream.of(
                  "response.playbook",
                  "response.action",
                  "response.target",
                  "response.outcome",
                  "response.objections",
                  "response.explanation",
                  "response.decidedAt",
                  "response.leaseUntil"))
          .collect(Collectors.toUnmodifiableSet());

  /** The fields with a closed list of values or of one shape, as the events write them. */
  public static final Map<String, FieldValues> VALUES =
      Map.of(
          "acceptance", names(Acceptance.values(), Acceptance::jsonName),
          "alert.class", names(AlertClass.values(), AlertClass::jsonName),
          "alert.severity", names(Severity.values(), Severity::jsonName),
          "alert.tactics", FieldValues.TACTIC_IDS,
          "alert.techniques", FieldValues.TECHNIQUE_IDS,
          "alert.network.direction", FieldValues.of(Set.of("inbound", "outbound")),
          "response.outcome", names(ResponseOutcome.values(), ResponseOutcome::jsonName));

  private AlertFields() {}

  private static <E> FieldValues names(E[] values, Function<E, String> name) {
    return FieldValues.of(Arrays.stream(values).map(name).collect(Collectors.toUnmodifiableSet()));
  }
}
