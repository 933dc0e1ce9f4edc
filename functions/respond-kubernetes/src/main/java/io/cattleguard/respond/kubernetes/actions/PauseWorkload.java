package io.cattleguard.respond.kubernetes.actions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Objection;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Pauses the workload of the alert's pod: scales it to zero, or suspends a Job and its CronJob. All
 * its pods end, so this is an outage that the playbook must accept.
 *
 * @param leaseTime after which the workload gets its pods back
 * @param outageAccepted whether the playbook says {@code outage: accepted}
 */
public record PauseWorkload(Duration leaseTime, boolean outageAccepted)
    implements Action.Leased<KubernetesScope, ObservedWorkload> {
  private static final Duration DEFAULT_LEASE = Duration.ofHours(4);

  /** The admission policy does not allow a release to start more pods. */
  static final int MOST_PODS = 1_000;

  private static final int MOST_NAMES = 10;

  private static final String OUTAGE = "outage";
  private static final String NOTHING_TO_DO = "nothing to do: the workload wants no pods already";

  /** Creates the action with a lease of four hours, without accepting the outage. */
  public PauseWorkload() {
    this(DEFAULT_LEASE, false);
  }

  @Override
  public String name() {
    return "pause-workload";
  }

  @Override
  public Class<KubernetesScope> place() {
    return KubernetesScope.class;
  }

  @Override
  public PauseWorkload with(PolicyNode settings) {
    PolicyNode.Mapping in = settings.mapping("lease", OUTAGE);
    return new PauseWorkload(
        in.optional("lease").map(PolicyNode::duration).orElse(leaseTime),
        Acceptance.read(
            settings,
            in,
            OUTAGE,
            "pausing ends all pods of the workload; say 'outage: accepted' if this may be"));
  }

  @Override
  public Effect effect() {
    return Effect.CONTAINS;
  }

  @Override
  public ObservedWorkload look(KubernetesScope scope, ScoredAlert scored) {
    return ObservedWorkload.of(scope, scored);
  }

  @Override
  public List<Guard<ObservedWorkload>> guards() {
    List<Guard<ObservedWorkload>> guards =
        new ArrayList<>(WorkloadGuards.ofPod(PodGuards.EVERY, ObservedWorkload::pod));
    guards.add(Guard.asking("workload that can be paused", PauseWorkload::canBePaused));
    guards.add(WorkloadGuards.isOfTheWorkload(one -> one));
    guards.add(
        Guard.of(
            "outage accepted",
            s ->
                outageAccepted
                    ? Optional.empty()
                    : Optional.of(
                        "the playbook does not accept the outage of the workload; it would have to"
                            + " say 'outage: accepted'")));
    return List.copyOf(guards);
  }

  private static Optional<Objection> canBePaused(Situation<ObservedWorkload> s) {
    return Fact.objection(
        s.observed().pod().pod(),
        pod -> {
          Optional<String> kind = pod.owner().map(Pod.Owner::kind);
          if (kind.isEmpty()) {
            return Optional.of(
                Objection.refuses("the pod has no controller, so there is nothing to pause"));
          }
          if (!Workload.PAUSABLE.contains(kind.get())) {
            return Optional.of(
                Objection.refuses(
                    "the pod belongs to "
                        + pod.owner().get()
                        + "; only a Deployment, ReplicaSet, StatefulSet or Job can be paused"));
          }
          return Fact.exists(
                  s,
                  s.observed().workload(),
                  pod.owner().get() + " no longer exists",
                  "cannot read " + pod.owner().get())
              .or(() -> tooManyPods(s));
        });
  }

  private static Optional<Objection> tooManyPods(Situation<ObservedWorkload> s) {
    return s.observed()
        .subject()
        .filter(is -> is.replicas() > MOST_PODS)
        .map(
            is ->
                Objection.refuses(
                    "the workload wants "
                        + is.replicas()
                        + " pods, and the admission policy allows a release to start at most "
                        + MOST_PODS));
  }

  @Override
  public Progress take(KubernetesScope scope, ObservedWorkload observed, UndoRecord undo) {
    Workload now = observed.subject().orElseThrow();
    Optional<Workload> earlier = undo.remembered().map(Workload::read);
    Optional<Pod> pod = observed.pod().subject();
    if (now.isPaused() && earlier.isEmpty()) {
      return pending(State.of(now, pod, false), Duration.ZERO, "");
    }
    // An earlier attempt may have paused it already, so that its number of pods is in the ledger.
    Workload before =
        earlier.filter(one -> now.isPaused()).map(one -> now.wanting(one.replicas())).orElse(now);
    undo.remember(before);
    Cluster.Change change;
    try {
      change = scope.cluster().pause(before);
    } catch (Denied e) {
      // A workload that an earlier attempt paused still needs its release.
      if (earlier.isEmpty()) {
        undo.forget();
      }
      throw e;
    }
    return switch (change) {
      case MADE -> pending(State.of(before, pod, true), Duration.ZERO, "");
      case GONE, REPLACED, REFUSED_BY_BUDGET -> {
        undo.forget();
        yield new Progress.Done(
            ResponseOutcome.REFUSED, "the workload is gone; nothing was paused");
      }
    };
  }

  /** Done when the workload has no pods any more, or when something has scaled it back. */
  @Override
  public Progress verify(KubernetesScope scope, JsonNode state, UndoRecord undo, Duration since) {
    State before = State.read(state);
    Optional<Workload> is = now(scope, before.workload());
    boolean podThere = before.podThere(scope);
    if (is.isEmpty()) {
      if (podThere) {
        return pending(before, since, "");
      }
      undo.forget();
      return new Progress.Done(ResponseOutcome.TAKEN, "the workload was deleted meanwhile");
    }
    return is.get().isPaused() && (is.get().pods() > 0 || podThere)
        ? pending(before, since, rivals(is.get()))
        : paused(scope, before, is.get());
  }

  /** Only information for people, so a failed read does not fail the action. */
  private static String detached(KubernetesScope scope, Workload workload) {
    List<String> names;
    try {
      names = scope.cluster().detachedFrom(workload);
    } catch (Unavailable e) {
      return "; whether pods that were detached from it remain cannot be read: " + e.getMessage();
    }
    return names.isEmpty()
        ? ""
        : "; "
            + (names.size() == 1
                ? "1 detached pod of it remains"
                : names.size() + " detached pods of it remain")
            + ", isolated: "
            + String.join(", ", names.subList(0, Math.min(MOST_NAMES, names.size())))
            + (names.size() > MOST_NAMES ? ", …" : "");
  }

  /**
   * What a verification needs to know.
   *
   * @param workload before the pause
   * @param pod of the alert, which must have ended
   * @param ours whether this action has paused the workload
   */
  private record State(Workload workload, Optional<Pod> pod, boolean ours) {
    private static final String POD = "pod";
    private static final String OURS = "ours";

    static State of(Workload workload, Optional<Pod> pod, boolean ours) {
      return new State(workload, pod, ours);
    }

    static State read(JsonNode in) {
      return new State(
          Workload.read(in),
          Optional.of(in.path(POD)).filter(JsonNode::isObject).map(Pod::read),
          in.path(OURS).asBoolean(true));
    }

    ObjectNode toJson() {
      ObjectNode out = workload.toJson().put(OURS, ours);
      pod.ifPresent(one -> out.set(POD, one.toJson()));
      return out;
    }

    boolean podThere(KubernetesScope scope) {
      return pod.filter(
              one ->
                  scope
                      .cluster()
                      .pod(one.namespace(), one.name())
                      .filter(now -> now.uid().equals(one.uid()))
                      .isPresent())
          .isPresent();
    }
  }

  private static Optional<Workload> now(KubernetesScope scope, Workload before) {
    return scope
        .cluster()
        .workload(before.namespace(), new Pod.Owner(before.kind(), before.name()))
        .filter(now -> now.uid().equals(before.uid()));
  }

  private static Progress.Done paused(KubernetesScope scope, State state, Workload is) {
    String after = detached(scope, is);
    if (!state.ours()) {
      return is.isPaused()
          ? new Progress.Done(
              ResponseOutcome.TAKEN, NOTHING_TO_DO + ", and stays like that" + after)
          : new Progress.Done(
              ResponseOutcome.REQUESTED,
              NOTHING_TO_DO
                  + ", but "
                  + is.changedBy().orElse("something else")
                  + " has scaled it back");
    }
    Workload before = state.workload();
    return is.isPaused()
        ? new Progress.Done(
            ResponseOutcome.TAKEN, how(before) + " and no pod is left" + after + rivals(is), true)
        : new Progress.Done(
            ResponseOutcome.REQUESTED,
            how(before)
                + ", but "
                + is.changedBy().orElse("something else")
                + " has scaled it back: stop that first"
                + after
                + rivals(is),
            true);
  }

  private static String how(Workload before) {
    return before.kind().equals("Job")
        ? "suspended" + before.schedule().map(cron -> " with its CronJob " + cron.name()).orElse("")
        : "scaled from " + before.replicas() + " to 0";
  }

  private static String rivals(Workload workload) {
    return workload.rivals().isEmpty() ? "" : "; " + String.join("; ", workload.rivals());
  }

  private static Progress pending(State state, Duration since, String rivals) {
    return new Progress.Pending(
        state.toJson(),
        new Progress.Done(
            ResponseOutcome.REQUESTED,
            (state.ours() ? how(state.workload()) : NOTHING_TO_DO)
                + ", but pods were still running after "
                + since.toMillis()
                + " ms"
                + rivals,
            state.ours()));
  }

  /** An attempt that was killed after it paused the workload has succeeded. */
  @Override
  public Optional<Progress.Done> interrupted(
      KubernetesScope scope, ObservedWorkload observed, String uid, UndoRecord undo) {
    return undo.remembered()
        .map(Workload::read)
        .flatMap(
            before ->
                now(scope, before)
                    .filter(is -> is.isPaused() && is.pausedByUs())
                    .filter(is -> is.pods() == 0)
                    .filter(is -> !State.of(before, observed.pod().subject(), true).podThere(scope))
                    .map(is -> paused(scope, State.of(before, Optional.empty(), true), is)));
  }

  /** Restores only the parts that are still as this action left them. */
  @Override
  public Progress.Done release(KubernetesScope scope, JsonNode subject) {
    Workload before = Workload.read(subject);
    Optional<Workload> is = now(scope, before);
    if (is.filter(one -> !one.pausedByUs()).isPresent()) {
      // This action may still have paused its CronJob.
      Cluster.Change unused = scope.cluster().resume(before.wanting(0));
      return new Progress.Done(
          ResponseOutcome.RELEASED,
          "something else has changed the workload since, so it was left as it is");
    }
    return new Progress.Done(
        ResponseOutcome.RELEASED,
        switch (scope.cluster().resume(before)) {
          case MADE ->
              before.kind().equals("Job")
                  ? "the Job runs again"
                  : "the workload is scaled to " + before.replicas() + " again";
          case GONE -> "the workload is gone";
          case REPLACED, REFUSED_BY_BUDGET ->
              "another workload has that name now and was not changed";
        });
  }

  @Override
  public boolean holds(KubernetesScope scope, JsonNode subject) {
    return now(scope, Workload.read(subject)).filter(is -> !is.isPaused()).isEmpty();
  }

  @Override
  public List<Permission> permissions() {
    return PauseGrants.ALL;
  }

  @Override
  public String named(Target target) {
    return target.workload() != null
        ? "workload " + target.namespace() + "/" + target.workload()
        : "the workload of " + PodWords.named(target);
  }

  @Override
  public String inWords(Target target, String uid) {
    return Workload.inWords(
        target.namespace()
            + "/"
            + (target.workload() != null ? target.workload() : "of pod " + target.pod()),
        uid);
  }
}
