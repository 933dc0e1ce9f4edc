package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The permissions in Kubernetes that the actions on pods need. */
public final class Grants {
  /**
   * The label of an isolated pod. Its value is the pod's UID, and the pod's NetworkPolicy selects
   * it.
   */
  public static final String QUARANTINE = "cattleguard.io/quarantine";

  /** The prefix of our NetworkPolicies' names; the pod's UID follows. */
  public static final String POLICY_PREFIX = "cattleguard-quarantine-";

  private static final String WHICH = "Read the pod, and how many pods of its workload are ready.";
  private static final String OWNERS = "Read the workload's selector, to find its pods.";
  private static final String POLICIES =
      "Isolate one pod, verify it, find policies that still allow traffic, and release it.";

  static final Grant GET_POD = Grant.toLook("", "pods", "get", WHICH);
  static final Grant LIST_PODS = Grant.toLook("", "pods", "list", WHICH);
  static final Grant GET_REPLICA_SET = Grant.toLook("apps", "replicasets", "get", OWNERS);
  static final Grant GET_DEPLOYMENT = Grant.toLook("apps", "deployments", "get", OWNERS);
  static final Grant GET_STATEFUL_SET = Grant.toLook("apps", "statefulsets", "get", OWNERS);
  static final Grant LIST_BUDGETS =
      Grant.toLook(
          "policy",
          "poddisruptionbudgets",
          "list",
          "Check whether the workload may lose a pod now.");
  static final Grant LIST_POLICIES =
      Grant.toLook("networking.k8s.io", "networkpolicies", "list", POLICIES);

  static final Grant DELETE_POD =
      Grant.toChange(
          "",
          "pods",
          "delete",
          "delete: with the pod's UID as precondition.",
          new Grant.Change(
              "DELETE",
              "Cattleguard may delete a pod only with its UID as precondition",
              """
              !(variables.isPod && request.operation == 'DELETE')
              || (has(request.options.preconditions) && has(request.options.preconditions.uid)
              && request.options.preconditions.uid == oldObject.metadata.uid)
              """));

  static final Grant LABEL_POD =
      Grant.toChange(
          "",
          "pods",
          "patch",
          "patch: add and remove the label of an isolated pod.",
          new Grant.Change(
              "UPDATE",
              "Cattleguard may only set the label cattleguard.io/quarantine to the pod's UID, or"
                  + " remove it",
              """
              !(variables.isPod && request.operation == 'UPDATE')
              || (object.spec == oldObject.spec
              && variables.labels.all(k, k == 'cattleguard.io/quarantine' ? variables.labels[k] == object.metadata.uid : k in variables.oldLabels && variables.oldLabels[k] == variables.labels[k])
              && variables.oldLabels.all(k, k == 'cattleguard.io/quarantine' || k in variables.labels)
              && (has(object.metadata.annotations) ? has(oldObject.metadata.annotations) && object.metadata.annotations == oldObject.metadata.annotations : !has(oldObject.metadata.annotations))
              && (has(object.metadata.ownerReferences) ? has(oldObject.metadata.ownerReferences) && object.metadata.ownerReferences == oldObject.metadata.ownerReferences : !has(oldObject.metadata.ownerReferences))
              && (has(object.metadata.finalizers) ? has(oldObject.metadata.finalizers) && object.metadata.finalizers == oldObject.metadata.finalizers : !has(oldObject.metadata.finalizers)))
              """));

  static final Grant CREATE_POLICY =
      Grant.toChange(
          "networking.k8s.io",
          "networkpolicies",
          "create",
          POLICIES,
          new Grant.Change(
              "CREATE",
              "Cattleguard may create only NetworkPolicies that deny all traffic of the one pod"
                  + " that owns them",
              """
              !(request.resource.resource == 'networkpolicies' && request.operation == 'CREATE')
              || (has(object.metadata.ownerReferences) && object.metadata.ownerReferences.size() == 1
              && object.metadata.ownerReferences[0].kind == 'Pod'
              && object.metadata.name == 'cattleguard-quarantine-' + object.metadata.ownerReferences[0].uid
              && has(object.spec.podSelector.matchLabels) && object.spec.podSelector.matchLabels == {'cattleguard.io/quarantine': object.metadata.ownerReferences[0].uid}
              && !has(object.spec.podSelector.matchExpressions)
              && (!has(object.spec.ingress) || object.spec.ingress.size() == 0)
              && (!has(object.spec.egress) || object.spec.egress.size() == 0))
              """));

  static final Grant DELETE_POLICY =
      Grant.toChange(
          "networking.k8s.io",
          "networkpolicies",
          "delete",
          POLICIES,
          new Grant.Change(
              "DELETE",
              "Cattleguard may delete only its own NetworkPolicies",
              """
              !(request.resource.resource == 'networkpolicies' && request.operation == 'DELETE') || request.name.startsWith('cattleguard-quarantine-')
              """));

  /** For the input of {@code up}, not for an action. */
  public static final Grant REVIEW_TOKENS =
      Grant.toLook(
          "authentication.k8s.io",
          "tokenreviews",
          "create",
          "Verify the bearer tokens of sensors that post alerts to up.");

  private Grants() {}

  /** The permissions that all registered actions need. */
  public static List<Grant> needed() {
    return of(Actions.registered().here());
  }

  /** The permissions that these actions need, without duplicates. */
  public static List<Grant> of(List<Action<?, ?>> actions) {
    Set<Grant> all = new LinkedHashSet<>();
    for (Action<?, ?> action : actions) {
      action.permissions().stream()
          .filter(Grant.class::isInstance)
          .map(Grant.class::cast)
          .forEach(all::add);
    }
    return new ArrayList<>(all);
  }
}
