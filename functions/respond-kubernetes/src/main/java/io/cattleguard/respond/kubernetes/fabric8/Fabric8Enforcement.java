package io.cattleguard.respond.kubernetes.fabric8;

import io.cattleguard.respond.kubernetes.cluster.Cluster.Enforcement;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Enforces;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.policies.LabelSelectors;
import io.cattleguard.respond.kubernetes.reading.Cached;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAffinity;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds out whether a cluster enforces NetworkPolicies, by the DaemonSets of its network plugin and
 * the labels of the pod's node.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy-configure.html">The
 *     VPC CNI</a>
 */
final class Fabric8Enforcement {
  private static final Duration KEPT = Duration.ofMinutes(5);

  /**
   * Only these namespaces count, because any tenant may run a DaemonSet of that name in another
   * one.
   */
  private static final Set<String> NAMESPACES =
      Set.of(
          "kube-system",
          "calico-system",
          "cilium",
          "kube-flannel",
          "kube-router",
          "weave",
          "openshift-ovn-kubernetes");

  private static final Set<String> ENFORCE =
      Set.of(
          "calico-node",
          "canal",
          "cilium",
          "anetd",
          "antrea-agent",
          "azure-npm",
          "kube-network-policies",
          "kube-router",
          "ovnkube-node",
          "weave-net");

  private static final Set<String> CILIUM = Set.of("cilium", "anetd");

  private static final String VPC_CNI = "aws-node";

  private static final String OS = "kubernetes.io/os";

  private static final String COMPUTE_TYPE = "eks.amazonaws.com/compute-type";

  private static final Set<String> WITHOUT_VPC_CNI = Set.of("fargate", "hybrid");

  /**
   * The spellings of a flag's value.
   *
   * @see <a href="https://pkg.go.dev/strconv#ParseBool">Go's ParseBool</a>
   */
  private static final Set<String> NO = Set.of("0", "f", "F", "false", "FALSE", "False");

  private static final Set<String> YES = Set.of("1", "t", "T", "true", "TRUE", "True");

  private static final Set<String> VPC_CNI_AGENTS =
      Set.of("aws-network-policy-agent", "aws-eks-nodeagent");

  private final KubernetesClient client;
  private final Cached<List<DaemonSet>> daemonSets;
  private final Cached<Map<String, String>> nodes;

  Fabric8Enforcement(KubernetesClient client, InstantSource clock) {
    this.client = client;
    this.daemonSets = new Cached<>(clock, KEPT);
    this.nodes = new Cached<>(clock, KEPT);
  }

  Enforcement of(Pod pod) {
    if (pod.node().isEmpty()) {
      return unknown("the pod has no node yet");
    }
    String node = pod.node().get();
    try {
      Map<String, String> labels = nodes.ask(node, () -> labels(node));
      return of(daemonSets.ask("daemonsets", this::plugins), labels);
    } catch (KubernetesClientException e) {
      return unknown(String.valueOf(Fabric8Answers.unavailable(e).getMessage()));
    }
  }

  /**
   * Whether an agent of the VPC CNI enforces policies on that node or on others. Each agent keeps
   * one set of rules for all pods whose names differ in their last part only, and notes every
   * policy for that beginning, also one for a pod of another node. So a pod that starts elsewhere
   * is denied what a policy denies to one of them.
   *
   * @see <a href="https://github.com/aws/aws-network-policy-agent/issues/327">Its limitation</a>
   */
  boolean sharesRules(Optional<String> node) {
    return named(daemonSets.ask("daemonsets", this::plugins), VPC_CNI)
            .filter(Fabric8Enforcement::isEnabled)
            .isPresent()
        || isByVpcCni(node);
  }

  /**
   * Whether the agent of the VPC CNI enforces policies on the node. Another plugin beside it allows
   * nothing that it denies, or runs on other nodes.
   */
  boolean isByVpcCni(Optional<String> node) {
    Map<String, String> labels =
        node.map(one -> nodes.ask(one, () -> labels(one))).orElse(Map.of());
    if ("auto".equals(labels.get(COMPUTE_TYPE))) {
      return true;
    }
    if (WITHOUT_VPC_CNI.contains(labels.getOrDefault(COMPUTE_TYPE, ""))
        || "windows".equals(labels.get(OS))) {
      return false; // it enforces nothing there
    }
    return named(daemonSets.ask("daemonsets", this::plugins), VPC_CNI)
        .filter(Fabric8Enforcement::isEnabled)
        .isPresent();
  }

  /** Plugins whose enforcement can be switched off, and show it. */
  private static Optional<Enforcement> switchedOff(DaemonSet set) {
    return switch (name(set)) {
      case "kube-router" ->
          containers(set).stream().anyMatch(one -> isSet(one, "run-firewall", NO))
              ? Optional.of(no("kube-router does not enforce NetworkPolicy: --run-firewall=false"))
              : Optional.empty();
      case "weave-net" ->
          has(set, "weave-npc")
              ? Optional.empty()
              : Optional.of(no("weave-net does not enforce NetworkPolicy without weave-npc"));
      default -> Optional.empty();
    };
  }

  private static boolean enforces(DaemonSet set) {
    return ENFORCE.contains(name(set)) || has(set, "kube-network-policies");
  }

  /** The network plugin's setting for all nodes. */
  Enforcement ofCluster() {
    try {
      return of(daemonSets.ask("daemonsets", this::plugins), Map.of());
    } catch (KubernetesClientException e) {
      return unknown(String.valueOf(Fabric8Answers.unavailable(e).getMessage()));
    }
  }

  /** The DaemonSet of Cilium, for which nodes and the API server are no addresses. */
  Optional<String> cilium() {
    return daemonSets.ask("daemonsets", this::plugins).stream()
        .map(Fabric8Enforcement::name)
        .filter(CILIUM::contains)
        .findFirst();
  }

  private Map<String, String> labels(String name) {
    Node node = client.nodes().withName(name).get();
    return node == null ? Map.of() : Map.copyOf(Fabric8Pods.labels(node));
  }

  private List<DaemonSet> plugins() {
    return client.apps().daemonSets().inAnyNamespace().list().getItems().stream()
        .filter(set -> NAMESPACES.contains(set.getMetadata().getNamespace()))
        .toList();
  }

  /** What these DaemonSets say about a node with these labels. */
  static Enforcement of(List<DaemonSet> sets, Map<String, String> node) {
    if ("fargate".equals(node.get(COMPUTE_TYPE))) {
      return no("Fargate does not enforce NetworkPolicy");
    }
    boolean windows = "windows".equals(node.get(OS));
    for (DaemonSet set : sets) {
      if (enforces(set) && mayRunOn(set, node)) {
        return windows
            ? unknown("whether " + name(set) + " enforces NetworkPolicy on Windows is not known")
            : switchedOff(set).orElseGet(() -> ifReady(set));
      }
    }
    if ("auto".equals(node.get(COMPUTE_TYPE))) {
      return unknown("EKS Auto Mode does not show whether it enforces NetworkPolicy");
    }
    Optional<DaemonSet> vpcCni =
        "hybrid".equals(node.get(COMPUTE_TYPE)) ? Optional.empty() : named(sets, VPC_CNI);
    if (vpcCni.isPresent()) {
      if (windows) {
        return no("aws-node does not enforce NetworkPolicy on Windows");
      }
      return isEnabled(vpcCni.get())
          ? ifReady(vpcCni.get())
          : no("aws-node does not enforce NetworkPolicy; set enableNetworkPolicy of the VPC CNI");
    }
    if (named(sets, "kindnet").isPresent()) {
      return unknown("only newer versions of kindnet enforce NetworkPolicy");
    }
    return named(sets, "kube-flannel-ds").isPresent()
        ? no("kube-flannel-ds does not enforce NetworkPolicy")
        : unknown("no network plugin that is known to enforce NetworkPolicy was found");
  }

  /** Whether the DaemonSet may have a pod on a node with these labels, if any are known. */
  private static boolean mayRunOn(DaemonSet set, Map<String, String> node) {
    if (node.isEmpty()) {
      return true;
    }
    PodSpec pod = set.getSpec().getTemplate().getSpec();
    Map<String, String> selected = new HashMap<>(pod.getNodeSelector());
    selected.remove(OS); // judged above, and not set by each kubelet
    return node.entrySet().containsAll(selected.entrySet())
        && Optional.ofNullable(pod.getAffinity())
            .map(Affinity::getNodeAffinity)
            .map(NodeAffinity::getRequiredDuringSchedulingIgnoredDuringExecution)
            .map(NodeSelector::getNodeSelectorTerms)
            .map(terms -> terms.stream().anyMatch(term -> matches(term, node)))
            .orElse(true);
  }

  private static boolean matches(NodeSelectorTerm term, Map<String, String> node) {
    LabelSelector selector = new LabelSelector();
    selector.setMatchExpressions(
        term.getMatchExpressions().stream()
            .filter(one -> !one.getKey().equals(OS))
            .map(
                one ->
                    new LabelSelectorRequirement(one.getKey(), one.getOperator(), one.getValues()))
            .toList());
    return LabelSelectors.matches(selector, node);
  }

  private static Enforcement ifReady(DaemonSet set) {
    DaemonSetStatus status = set.getStatus();
    int ready = status == null ? 0 : count(status.getNumberReady());
    int desired = status == null ? 0 : count(status.getDesiredNumberScheduled());
    return ready > 0 && ready >= desired
        ? new Enforcement(
            Enforces.YES,
            name(set)
                + " enforces NetworkPolicy"
                + (name(set).equals(VPC_CNI)
                    ? ", and denies the same to all pods whose names begin alike"
                    : ""))
        : unknown(name(set) + " is ready on " + ready + " of " + desired + " nodes");
  }

  private static int count(Integer number) {
    return number == null ? 0 : number;
  }

  private static boolean isEnabled(DaemonSet vpcCni) {
    return containers(vpcCni).stream()
        .filter(container -> VPC_CNI_AGENTS.contains(container.getName()))
        .anyMatch(container -> isSet(container, "enable-network-policy", YES));
  }

  /** Whether the last flag of that name in the container's command line has one of these values. */
  private static boolean isSet(Container container, String flag, Set<String> values) {
    String written = "--" + flag + "=";
    return Stream.concat(container.getCommand().stream(), container.getArgs().stream())
        .flatMap(text -> Stream.of(text.trim().split("\\s+")))
        .map(text -> text.equals("--" + flag) ? written + "true" : text)
        .filter(text -> text.startsWith(written))
        .reduce((earlier, later) -> later)
        .filter(last -> values.contains(last.substring(written.length())))
        .isPresent();
  }

  private static boolean has(DaemonSet set, String container) {
    return containers(set).stream().anyMatch(one -> one.getName().equals(container));
  }

  private static List<Container> containers(DaemonSet set) {
    return set.getSpec().getTemplate().getSpec().getContainers();
  }

  private static Optional<DaemonSet> named(List<DaemonSet> sets, String name) {
    return sets.stream().filter(set -> name(set).equals(name)).findFirst();
  }

  private static String name(DaemonSet set) {
    return set.getMetadata().getName();
  }

  private static Enforcement no(String reason) {
    return new Enforcement(Enforces.NO, reason);
  }

  private static Enforcement unknown(String reason) {
    return new Enforcement(Enforces.UNKNOWN, reason);
  }
}
