package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Playbooks;
import java.util.List;

/** The permissions in Kubernetes that the actions on pods need. */
public final class Grants {
  /**
   * The label of an isolated pod. Its value is the pod's UID, and the pod's NetworkPolicy selects
   * it.
   */
  public static final String QUARANTINE = "cattleguard.io/quarantine";

  /**
   * The annotation with the labels that an isolation removed, {@code app=web,tier=front}. A release
   * puts these labels back.
   */
  public static final String LABELS_BEFORE = "cattleguard.io/labels-before";

  /** The prefix of our NetworkPolicies' names; the pod's UID follows. */
  public static final String POLICY_PREFIX = "cattleguard-quarantine-";

  /** The prefix of the NetworkPolicies that deny one peer; the workload's UID follows. */
  public static final String EGRESS_PREFIX = "cattleguard-block-egress-";

  private static final String WHICH = "Read the pod, and how many pods of its workload are ready.";
  private static final String OWNERS = "Read the workload's selector, to find its pods.";
  private static final String POLICIES =
      "Isolate one pod, verify it, find policies that still allow traffic, and release it.";

  private static final String ENFORCES =
      "Find out whether the network plugin enforces NetworkPolicy for the pod.";
  private static final String OTHERS =
      "Find policies of other kinds that allow an isolated pod traffic, where they are installed.";

  static final Grant GET_POD = Grant.toLook("", "pods", "get", WHICH);
  static final Grant LIST_PODS = Grant.toLook("", "pods", "list", WHICH);
  static final Grant GET_REPLICA_SET = Grant.toLook("apps", "replicasets", "get", OWNERS);
  static final Grant GET_DEPLOYMENT = Grant.toLook("apps", "deployments", "get", OWNERS);
  static final Grant GET_STATEFUL_SET = Grant.toLook("apps", "statefulsets", "get", OWNERS);
  static final Grant LIST_SERVICES =
      Grant.toLook("", "services", "list", "Find the Services that still select an isolated pod.");
  static final Grant LIST_DAEMON_SETS = Grant.toLook("apps", "daemonsets", "list", ENFORCES);
  static final Grant GET_NODE = Grant.toLook("", "nodes", "get", ENFORCES);
  static final Grant GET_NAMESPACE = Grant.toLook("", "namespaces", "get", OTHERS);

  /** If these kinds are not installed, the permissions have no effect. */
  static final List<Grant> OTHER_POLICIES =
      List.of(
          Grant.toLook("policy.networking.k8s.io", "adminnetworkpolicies", "list", OTHERS),
          Grant.toLook("policy.networking.k8s.io", "clusternetworkpolicies", "list", OTHERS),
          Grant.toLook("crd.projectcalico.org", "networkpolicies", "list", OTHERS),
          Grant.toLook("crd.projectcalico.org", "globalnetworkpolicies", "list", OTHERS),
          Grant.toLook("projectcalico.org", "networkpolicies", "list", OTHERS),
          Grant.toLook("projectcalico.org", "globalnetworkpolicies", "list", OTHERS),
          Grant.toLook("cilium.io", "ciliumnetworkpolicies", "list", OTHERS),
          Grant.toLook("cilium.io", "ciliumclusterwidenetworkpolicies", "list", OTHERS),
          Grant.toLook("crd.antrea.io", "networkpolicies", "list", OTHERS),
          Grant.toLook("crd.antrea.io", "clusternetworkpolicies", "list", OTHERS),
          Grant.toLook("networking.k8s.aws", "clusternetworkpolicies", "list", OTHERS),
          Grant.toLook("networking.k8s.aws", "applicationnetworkpolicies", "list", OTHERS),
          Grant.toLook("networking.gke.io", "fqdnnetworkpolicies", "list", OTHERS));

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

  static final Grant EVICT_POD =
      Grant.toChange(
          "",
          "pods/eviction",
          "create",
          "Delete a pod that a PodDisruptionBudget selects, with the pod's UID as precondition.",
          new Grant.Change(
              "CREATE",
              "Cattleguard may evict a pod only with its UID as precondition",
              """
              !(variables.what == 'pods/eviction' && request.operation == 'CREATE')
              || (has(object.deleteOptions) && has(object.deleteOptions.preconditions) && has(object.deleteOptions.preconditions.uid)
              && object.deleteOptions.preconditions.uid != '')
              """));

  static final Grant LABEL_POD =
      Grant.toChange(
          "",
          "pods",
          "patch",
          "patch: add and remove the label of an isolated pod, remove and put back its labels.",
          new Grant.Change(
                  "UPDATE",
                  "Cattleguard may only set the label cattleguard.io/quarantine to the pod's UID"
                      + " and remove the other labels, or undo that",
                  """
                  !(variables.isPod && request.operation == 'UPDATE')
                  || (object.spec == oldObject.spec
                  && variables.labels.all(k, k == 'cattleguard.io/quarantine' ? variables.labels[k] == object.metadata.uid : (k in variables.oldLabels && variables.oldLabels[k] == variables.labels[k]) || k + '=' + variables.labels[k] in variables.oldRecord)
                  && variables.oldLabels.all(k, k == 'cattleguard.io/quarantine' || k in variables.labels || ('cattleguard.io/quarantine' in variables.labels && k + '=' + variables.oldLabels[k] in variables.record))
                  && variables.record.all(one, one in variables.oldRecord || variables.oldLabels.exists(k, k + '=' + variables.oldLabels[k] == one))
                  && variables.annotations.all(k, k == 'cattleguard.io/labels-before' || (k in variables.oldAnnotations && variables.oldAnnotations[k] == variables.annotations[k]))
                  && variables.oldAnnotations.all(k, k == 'cattleguard.io/labels-before' || k in variables.annotations)
                  && (has(object.metadata.ownerReferences) ? has(oldObject.metadata.ownerReferences) && object.metadata.ownerReferences == oldObject.metadata.ownerReferences : !has(oldObject.metadata.ownerReferences))
                  && (has(object.metadata.finalizers) ? has(oldObject.metadata.finalizers) && object.metadata.finalizers == oldObject.metadata.finalizers : !has(oldObject.metadata.finalizers)))
                  """)
              .undoing(
                  "variables.isPod && request.operation == 'UPDATE' &&"
                      + " !('cattleguard.io/quarantine' in variables.labels)"));

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
              && has(object.spec.policyTypes) && 'Ingress' in object.spec.policyTypes && 'Egress' in object.spec.policyTypes
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
                  """)
              .undoing(
                  "request.resource.resource == 'networkpolicies' && request.operation =="
                      + " 'DELETE'"));

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

  /**
   * The permissions that a policy needs: to read, those of every action that a playbook names; to
   * change, those of actions that a playbook does not only observe.
   */
  public static List<Grant> of(Playbooks playbooks) {
    List<Grant> acting = of(playbooks.used(playbook -> playbook.mode() != Mode.OBSERVE));
    return of(playbooks.used(playbook -> true)).stream()
        .filter(grant -> !grant.changes() || acting.contains(grant))
        .toList();
  }

  /** The permissions that these actions need, without duplicates. */
  public static List<Grant> of(List<Action<?, ?>> actions) {
    return Permission.needed(actions, Grant.class);
  }
}
