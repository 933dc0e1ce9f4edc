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
import io.cattleguard.respond.action.ConcurrencyLimit;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.Subject;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Cordons the alert's node: the scheduler places no new pods on it. Running pods keep running, so
 * this limits what an intruder on the node can reach next; it does not stop the intruder.
 *
 * @param leaseTime after which the cordon ends
 * @param taint whether to add a taint too, which keeps away new pods of DaemonSets
 * @param maxPercent how many percent of the nodes may be unschedulable at once; one always may
 */
public record CordonNode(Duration leaseTime, boolean taint, int maxPercent)
    implements Action.Leased<KubernetesScope, ObservedNode> {
  private static final Duration DEFAULT_LEASE = Duration.ofHours(4);
  private static final int DEFAULT_PERCENT = 10;

  /** Maximum age of another responder's reading when it takes its place. */
  private static final Duration VISIBLE_WITHIN = Duration.ofMinutes(2);

  /** The namespace of Cattleguard's own pods. */
  private static final String OURS = "cattleguard";

  private static final String TAINT = "taint";

  private static final String NODES =
      "Cordon one node, verify it, and count the nodes that stay schedulable.";

  static final Grant LIST_NODES = Grant.toLook("", "nodes", "list", NODES);

  static final Grant CORDON_NODE =
      Grant.toChange(
          "",
          "nodes",
          "patch",
          NODES,
          new Grant.Change(
              "UPDATE",
              "Cattleguard may only cordon and uncordon a worker node, and add and remove its own"
                  + " taint",
              """
              !(variables.what == 'nodes' && request.operation == 'UPDATE')
              || (!variables.oldLabels.exists(k, k == 'node-role.kubernetes.io/control-plane' || k == 'node-role.kubernetes.io/master')
              && variables.labels == variables.oldLabels
              && variables.annotations == variables.oldAnnotations
              && (has(object.metadata.finalizers) ? has(oldObject.metadata.finalizers) && object.metadata.finalizers == oldObject.metadata.finalizers : !has(oldObject.metadata.finalizers))
              && (has(object.metadata.ownerReferences) ? has(oldObject.metadata.ownerReferences) && object.metadata.ownerReferences == oldObject.metadata.ownerReferences : !has(oldObject.metadata.ownerReferences))
              && (has(object.spec.podCIDR) ? has(oldObject.spec.podCIDR) && object.spec.podCIDR == oldObject.spec.podCIDR : !has(oldObject.spec.podCIDR))
              && (has(object.spec.podCIDRs) ? has(oldObject.spec.podCIDRs) && object.spec.podCIDRs == oldObject.spec.podCIDRs : !has(oldObject.spec.podCIDRs))
              && (has(object.spec.providerID) ? has(oldObject.spec.providerID) && object.spec.providerID == oldObject.spec.providerID : !has(oldObject.spec.providerID))
              && (!has(object.spec.taints) || object.spec.taints.all(t, (t.key == 'cattleguard.io/quarantine' && t.effect == 'NoSchedule') || (has(oldObject.spec.taints) && t in oldObject.spec.taints)))
              && (!has(oldObject.spec.taints) || oldObject.spec.taints.all(t, t.key == 'cattleguard.io/quarantine' || (has(object.spec.taints) && t in object.spec.taints))))
              """));

  /**
   * Creates the action with a lease of four hours, without a taint, for at most a tenth of the
   * nodes.
   */
  public CordonNode() {
    this(DEFAULT_LEASE, false, DEFAULT_PERCENT);
  }

  /** A node before its cordon. */
  private record Before(Node node, boolean taint) implements Subject {
    @Override
    public String uid() {
      return node.uid();
    }

    @Override
    public String inWords() {
      return node.inWords();
    }

    @Override
    public String workload() {
      return node.workload();
    }

    @Override
    public String neighbourhood() {
      return node.neighbourhood();
    }

    @Override
    public ObjectNode toJson() {
      return node.toJson().put(TAINT, taint);
    }
  }

  @Override
  public String name() {
    return "cordon-node";
  }

  @Override
  public Class<KubernetesScope> place() {
    return KubernetesScope.class;
  }

  @Override
  public CordonNode with(PolicyNode settings) {
    PolicyNode.Mapping in = settings.mapping("lease", TAINT, "max-percent");
    return new CordonNode(
        in.optional("lease").map(PolicyNode::duration).orElse(leaseTime),
        in.optional(TAINT).map(PolicyNode::flag).orElse(taint),
        in.optional("max-percent").map(node -> node.wholeNumber(1, 50)).orElse(maxPercent));
  }

  /** It keeps new pods from the node; pods that run there keep running. */
  @Override
  public Effect effect() {
    return Effect.LIMITS;
  }

  @Override
  public ObservedNode look(KubernetesScope scope, ScoredAlert scored) {
    return ObservedNode.of(scope, scored);
  }

  @Override
  public List<Guard<ObservedNode>> guards() {
    return NodeGuards.ofCordon(maxPercent);
  }

  /**
   * Two responders that read at the same moment each see the other's node as schedulable. A slot
   * stays taken until every reader sees the cordon.
   */
  @Override
  public List<ConcurrencyLimit> concurrencyLimits(ObservedNode observed) {
    if (observed.subject().filter(Node::unschedulable).isPresent()
        || !(observed.all() instanceof Fact.Known<List<Node>> all)) {
      return List.of();
    }
    int limit = NodeGuards.limit(all.value().size(), maxPercent);
    List<ConcurrencyLimit> limits = new ArrayList<>();
    limits.add(
        new ConcurrencyLimit(
            "cordoning", limit - NodeGuards.cordoned(all.value()), VISIBLE_WITHIN));
    observed.subject().map(node -> pool(node, all.value())).ifPresent(limits::add);
    return List.copyOf(limits);
  }

  /**
   * The nodes with the same taints, of which one stays schedulable. The pods of a node that is
   * alone in its pool go to the largest other pool that takes them, so it takes its slot there.
   */
  private static ConcurrencyLimit pool(Node node, List<Node> all) {
    Map<String, Long> schedulable =
        all.stream()
            .filter(other -> other.uid().equals(node.uid()) || node.canMoveTo(other))
            .collect(Collectors.groupingBy(Node::pool, TreeMap::new, Collectors.counting()));
    String name =
        schedulable.getOrDefault(node.pool(), 0L) > 1
            ? node.pool()
            : schedulable.entrySet().stream()
                .filter(pool -> !pool.getKey().equals(node.pool()))
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(node.pool());
    long nodes = schedulable.getOrDefault(name, 0L);
    return new ConcurrencyLimit(
        "cordoning/" + name, Math.toIntExact(Math.max(1, nodes - 1)), VISIBLE_WITHIN);
  }

  /** A person's cordon is neither changed nor undone. */
  @Override
  public Progress take(KubernetesScope scope, ObservedNode observed, UndoRecord undo) {
    Node node = observed.subject().orElseThrow();
    if (!taint && node.unschedulable() && !node.cordonedByUs()) {
      if (!isCordoned(scope, node, false)) {
        throw new Unavailable("the node was uncordoned meanwhile, so nothing was cordoned");
      }
      return new Progress.Done(
          ResponseOutcome.TAKEN,
          "nothing to do: something else had cordoned the node already, so its cordon stays");
    }
    boolean isFirst = undo.remembered().isEmpty();
    undo.remember(new Before(node, taint));
    Cluster.Change change;
    try {
      change = scope.cluster().cordon(node, taint);
    } catch (Denied e) {
      // A node that an earlier attempt cordoned still needs its release.
      if (isFirst) {
        undo.forget();
      }
      throw e;
    }
    return switch (change) {
      case MADE -> pending(node, taint, Duration.ZERO);
      case GONE, REPLACED, REFUSED_BY_BUDGET -> {
        undo.forget();
        yield new Progress.Done(ResponseOutcome.REFUSED, "the node is gone; nothing was cordoned");
      }
    };
  }

  @Override
  public Progress verify(KubernetesScope scope, JsonNode state, UndoRecord undo, Duration since) {
    Node node = Node.read(state);
    boolean tainted = state.path(TAINT).asBoolean();
    return isCordoned(scope, node, tainted)
        ? cordoned(scope, node, tainted)
        : pending(node, tainted, since);
  }

  private static boolean isCordoned(KubernetesScope scope, Node node, boolean tainted) {
    return now(scope, node)
        .filter(is -> is.unschedulable() && (!tainted || is.taintedByUs()))
        .isPresent();
  }

  private static Optional<Node> now(KubernetesScope scope, Node node) {
    return scope.cluster().node(node.name()).filter(is -> is.uid().equals(node.uid()));
  }

  private static Progress.Done cordoned(KubernetesScope scope, Node node, boolean tainted) {
    return new Progress.Done(
        ResponseOutcome.TAKEN,
        "cordoned"
            + (tainted ? " and tainted with " + Node.TAINT : "")
            + ": no new pods are scheduled on the node; its running pods keep running"
            + ours(scope, node),
        true);
  }

  /** Only information for people, so a failed read does not fail the action. */
  private static String ours(KubernetesScope scope, Node node) {
    List<String> ours;
    try {
      ours = scope.cluster().podsOn(node.name(), OURS);
    } catch (Unavailable e) {
      return "";
    }
    return ours.isEmpty()
        ? ""
        : "; Cattleguard itself runs there ("
            + String.join(", ", ours)
            + ") and would be restarted on another node";
  }

  private static Progress pending(Node node, boolean tainted, Duration since) {
    return new Progress.Pending(
        node.toJson().put(TAINT, tainted),
        new Progress.Done(
            ResponseOutcome.FAILED,
            "the node was not cordoned after " + since.toMillis() + " ms",
            true));
  }

  /** An attempt that was killed after it cordoned the node has succeeded. */
  @Override
  public Optional<Progress.Done> interrupted(
      KubernetesScope scope, ObservedNode observed, String uid, UndoRecord undo) {
    return undo.remembered()
        .filter(before -> holds(scope, before))
        .map(before -> cordoned(scope, Node.read(before), before.path(TAINT).asBoolean()));
  }

  @Override
  public Progress.Done release(KubernetesScope scope, JsonNode subject) {
    Node node = Node.read(subject);
    Optional<Node> before = now(scope, node);
    Cluster.Change change = scope.cluster().uncordon(node);
    return new Progress.Done(
        ResponseOutcome.RELEASED,
        switch (change) {
          case MADE ->
              before.filter(is -> is.unschedulable() && !is.cordonedByUs()).isPresent()
                  ? "the node stays cordoned, because something else cordoned it"
                      + (before.get().taintedByUs() ? "; the taint was removed" : "")
                  : "the node takes new pods again";
          case GONE -> "the node is gone";
          case REPLACED, REFUSED_BY_BUDGET -> "another node has that name now and was not changed";
        });
  }

  @Override
  public boolean holds(KubernetesScope scope, JsonNode subject) {
    return isCordoned(scope, Node.read(subject), subject.path(TAINT).asBoolean());
  }

  @Override
  public boolean isUndone(KubernetesScope scope, JsonNode subject) {
    return !holds(scope, subject) && now(scope, Node.read(subject)).isPresent();
  }

  @Override
  public List<Permission> permissions() {
    return List.of(Grants.GET_POD, Grants.LIST_PODS, Grants.GET_NODE, LIST_NODES, CORDON_NODE);
  }

  @Override
  public String named(Target target) {
    return target.node() == null ? "no node" : "node " + target.node();
  }

  @Override
  public String inWords(Target target, String uid) {
    return Node.inWords(String.valueOf(target.node()), uid);
  }
}
