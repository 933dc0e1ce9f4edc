package io.cattleguard.events;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The fields of a {@link DetailType#RESPONSE_DECIDED} event, and so of every event before it, as
 * dotted paths: a pattern on any other path would never match, and nobody would notice.
 */
public final class AlertFields {
  /** What an alert is matched on once it is scored; not its raw text. */
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
          "score",
          "reasons.points",
          "reasons.why",
          "alert.id",
          "alert.class",
          "alert.source",
          "alert.rule",
          "alert.severity",
          "alert.tactics",
          "alert.techniques",
          "alert.traits",
          "alert.target.cluster",
          "alert.target.node",
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
          "alert.target.resource",
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
          "alert.file.path",
          "alert.observedAt",
          "alert.count",
          "alert.notes");

  /** What an alert is matched on before it is scored. */
  public static final Set<String> ACCEPTED =
      SCORED.stream()
          .filter(field -> !field.equals("score") && !field.startsWith("reasons."))
          .collect(Collectors.toUnmodifiableSet());

  /** What an alert is matched on before anything is known of its problem. */
  public static final Set<String> ALERT =
      SCORED.stream()
          .filter(field -> field.startsWith("alert."))
          .collect(Collectors.toUnmodifiableSet());

  /** What is matched once a response was decided. */
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

  private AlertFields() {}
}
