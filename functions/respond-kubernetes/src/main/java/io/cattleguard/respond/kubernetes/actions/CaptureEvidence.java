package io.cattleguard.respond.kubernetes.actions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.AlertJson;
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
import io.cattleguard.respond.evidence.EvidenceChain;
import io.cattleguard.respond.evidence.EvidenceStore;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Redaction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Stores what the API server knows about the alert's pod, before later steps change it. It changes
 * nothing in the cluster and runs nothing in the pod.
 *
 * @param deadline total time for finding the pod, reading and storing
 * @param logKilobytes the longest log of a container
 */
public record CaptureEvidence(Duration deadline, int logKilobytes)
    implements Action<KubernetesScope, ObservedPod> {
  private static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(3);
  private static final Duration LEAST_DEADLINE = Duration.ofMillis(300);
  private static final Duration LONGEST_DEADLINE = Duration.ofSeconds(15);
  private static final int DEFAULT_LOG = 64;
  private static final int KILO = 1_024;
  private static final int LONGEST_PART = 512 * KILO;
  private static final int LONGEST_REASON = 200;
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String READ = "Read what is kept as evidence of a pod.";

  private static final List<Guard<ObservedPod>> GUARDS = guardsOfIt();

  private static final List<Permission> PERMISSIONS =
      List.of(
          Grants.GET_POD,
          Grants.GET_REPLICA_SET,
          Grants.GET_DEPLOYMENT,
          Grants.GET_STATEFUL_SET,
          Grants.GET_NODE,
          Grants.LIST_SERVICES,
          Grants.LIST_POLICIES,
          PauseGrants.GET_JOB,
          Grant.toLook("", "events", "list", READ),
          Grant.toLook("", "pods/log", "get", READ));

  /** Creates the action with a deadline of three seconds and 64 KiB of each log. */
  public CaptureEvidence() {
    this(DEFAULT_DEADLINE, DEFAULT_LOG);
  }

  private static List<Guard<ObservedPod>> guardsOfIt() {
    List<Guard<ObservedPod>> guards = new ArrayList<>(PodGuards.EVERY);
    guards.add(
        Guard.of(
            "evidence store",
            s ->
                s.rehearsal() || s.observed().scope().evidence().isPresent()
                    ? Optional.empty()
                    : Optional.of("there is no store for evidence")));
    return List.copyOf(guards);
  }

  @Override
  public String name() {
    return "capture-evidence";
  }

  @Override
  public Class<KubernetesScope> place() {
    return KubernetesScope.class;
  }

  @Override
  public CaptureEvidence with(PolicyNode settings) {
    PolicyNode.Mapping in = settings.mapping("deadline", "log-kilobytes");
    Optional<PolicyNode> asked = in.optional("deadline");
    Duration time = asked.map(PolicyNode::duration).orElse(deadline);
    if (time.compareTo(LEAST_DEADLINE) < 0 || time.compareTo(LONGEST_DEADLINE) > 0) {
      throw asked.orElse(settings).wrong("expected a deadline from 1s to 15s");
    }
    return new CaptureEvidence(
        time,
        in.optional("log-kilobytes").map(node -> node.wholeNumber(1, 500)).orElse(logKilobytes));
  }

  /** Evidence is not a containment: there is nothing to undo, and it has a separate budget. */
  @Override
  public Effect effect() {
    return Effect.NONE;
  }

  /** Finding the pod, reading and storing get a third of the deadline each. */
  private Duration third() {
    return deadline.dividedBy(3);
  }

  @Override
  public ObservedPod look(KubernetesScope scope, ScoredAlert scored) {
    return ObservedPod.of(scope.within(third()), scored);
  }

  @Override
  public List<Guard<ObservedPod>> guards() {
    return GUARDS;
  }

  @Override
  public Progress take(KubernetesScope scope, ObservedPod observed, UndoRecord undo) {
    Pod pod = observed.subject().orElseThrow();
    List<EvidenceChain.Part> parts = new ArrayList<>();
    Map<String, String> missing = new TreeMap<>();
    read(scope, pod)
        .forEach(
            (name, fact) -> {
              switch (fact) {
                case Fact.Known<Cluster.Excerpt> known -> parts.add(part(name, known.value()));
                case Fact.Unknown<Cluster.Excerpt> unknown ->
                    missing.put(name, bounded(unknown.reason()));
              }
            });
    boolean isRead = !parts.isEmpty();
    ScoredAlert scored = scored(undo);
    parts.add(part("alert.json", Cluster.Excerpt.whole(redacted(undo))));
    EvidenceStore store = scope.evidence().orElseThrow().within(third());
    String id = EvidenceChain.idOf(scored);
    EvidenceChain.Stored stored;
    try {
      stored = new EvidenceChain(store, id).append(about(scope, pod, scored, undo), parts, missing);
    } catch (Unavailable e) {
      return new Progress.Done(
          ResponseOutcome.FAILED, "the evidence could not be stored: " + e.getMessage());
    }
    String kept =
        parts.size()
            + (parts.size() == 1 ? " part" : " parts")
            + " stored as manifest "
            + stored.number()
            + " of "
            + id
            + " (SHA-256 "
            + stored.sha256()
            + "); read them with: cattleguard evidence "
            + id
            + missing(missing);
    return isRead
        ? new Progress.Done(ResponseOutcome.TAKEN, kept)
        : new Progress.Done(ResponseOutcome.FAILED, "nothing of the pod could be read; " + kept);
  }

  private static ScoredAlert scored(UndoRecord undo) {
    return AlertJson.readStored(tree(undo));
  }

  private static String redacted(UndoRecord undo) {
    JsonNode scored = tree(undo);
    if (scored instanceof ObjectNode object) {
      Redaction.redactAlert(object);
    }
    return scored.toString();
  }

  private static JsonNode tree(UndoRecord undo) {
    try {
      return JSON.readTree(undo.scoredJson());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a stored alert is not JSON", e);
    }
  }

  private Map<String, Fact<Cluster.Excerpt>> read(KubernetesScope scope, Pod pod) {
    try {
      return scope.cluster().evidence(pod, logKilobytes * KILO, third());
    } catch (Unavailable e) {
      return Map.of("pod.json", new Fact.Unknown<>(String.valueOf(e.getMessage())));
    }
  }

  private static EvidenceChain.Part part(String name, Cluster.Excerpt content) {
    String text = content.text();
    boolean isLong = text.length() > LONGEST_PART;
    return new EvidenceChain.Part(
        name, isLong ? text.substring(0, LONGEST_PART) : text, isLong || content.truncated());
  }

  private static ObjectNode about(
      KubernetesScope scope, Pod pod, ScoredAlert scored, UndoRecord undo) {
    ObjectNode about = JsonNodeFactory.instance.objectNode();
    about.put("schema", 1);
    about.put("capturedAt", undo.since().toString());
    scope.name().ifPresent(name -> about.put("cluster", name));
    about.put("alert", scored.alert().id());
    about.put("fingerprint", scored.accepted().fingerprint());
    about.set("object", pod.toJson());
    return about;
  }

  private static String missing(Map<String, String> missing) {
    return missing.isEmpty()
        ? ""
        : "; not captured: "
            + bounded(
                String.join(
                    ", ",
                    missing.entrySet().stream()
                        .map(one -> one.getKey() + " (" + one.getValue() + ")")
                        .toList()),
                LONGEST_REASON * 5);
  }

  private static String bounded(String reason) {
    return bounded(reason, LONGEST_REASON);
  }

  private static String bounded(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most) + "…";
  }

  /** There is nothing to verify: the store has acknowledged the evidence. */
  @Override
  public Progress verify(KubernetesScope scope, JsonNode state, UndoRecord undo, Duration since) {
    throw new IllegalStateException(name() + " has nothing to verify");
  }

  @Override
  public List<Permission> permissions() {
    return PERMISSIONS;
  }

  @Override
  public String named(Target target) {
    return PodWords.named(target);
  }

  @Override
  public String inWords(Target target, String uid) {
    return PodWords.inWords(target, uid);
  }
}
