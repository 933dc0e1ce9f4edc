package io.cattleguard.respond.kubernetes.policies;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Evaluates policies of other kinds, which were read as JSON, for one pod. */
public final class OtherPolicyRules {
  private static final String INGRESS = "ingress";
  private static final String EGRESS = "egress";
  private static final String APPLIED_TO = "appliedTo";
  private static final String POD_SELECTOR = "podSelector";
  private static final String NAMESPACE_SELECTOR = "namespaceSelector";

  /** How the rules of a kind of policy are written. */
  public enum Rules {
    ADMIN,
    BASELINE,
    CALICO,
    CILIUM,
    ANTREA,
    /** Like a NetworkPolicy, to which it adds. */
    ADDITIVE
  }

  /** The attributes of an isolated pod that policies select by. */
  public record Seen(
      Pod pod,
      Map<String, String> labels,
      Map<String, String> namespace,
      Optional<String> serviceAccount) {}

  private final KubernetesSerialization json;

  public OtherPolicyRules(KubernetesSerialization json) {
    this.json = json;
  }

  /** Whether a policy selects the pod and allows something; empty if that is unknown. */
  public Optional<Boolean> allows(Rules rules, String name, JsonNode policy, Seen seen) {
    JsonNode spec = policy.path("spec");
    return switch (rules) {
      case ADMIN -> Optional.of(adminAllows(spec, seen));
      case BASELINE -> Optional.of(false);
      // Calico's API server shows NetworkPolicies as its own with this prefix.
      case CALICO -> name.startsWith("knp.default.") ? Optional.of(false) : calico(spec, seen);
      case CILIUM -> cilium(policy, seen);
      case ANTREA -> antrea(spec, seen, List.of(INGRESS, EGRESS));
      case ADDITIVE ->
          Optional.of(
              (!spec.path(INGRESS).isEmpty() || !spec.path(EGRESS).isEmpty())
                  && selects(spec.path(POD_SELECTOR), seen.labels()));
    };
  }

  /**
   * Whether a policy decides on what leaves the pod. An administrator's denial stays a denial, and
   * what it passes on is left to NetworkPolicies; its baseline ends with the first of these.
   */
  public Optional<Boolean> governs(Rules rules, String name, JsonNode policy, Seen seen) {
    JsonNode spec = policy.path("spec");
    boolean isBaseline = rules == Rules.BASELINE || spec.path("tier").asText().equals("Baseline");
    return switch (rules) {
      case ADMIN, BASELINE ->
          Optional.of(
              subjectIs(spec, seen)
                  && (isBaseline
                      ? !spec.path("egress").isEmpty()
                      : hasAction(spec, List.of(EGRESS), Set.of("Allow", "Accept"))));
      case CALICO ->
          name.startsWith("knp.default.")
                  || !(has(spec.path("types"), "Egress") || !spec.path(EGRESS).isEmpty())
              ? Optional.of(false)
              : calicoSelects(spec, seen);
      case CILIUM -> ciliumSpecs(policy, seen, one -> one.has(EGRESS) || one.has("egressDeny"));
      case ANTREA -> antrea(spec, seen, List.of(EGRESS));
      case ADDITIVE -> Optional.of(selects(spec.path(POD_SELECTOR), seen.labels()));
    };
  }

  private static boolean has(JsonNode list, String text) {
    for (JsonNode one : list) {
      if (one.asText().equals(text)) {
        return true;
      }
    }
    return false;
  }

  private static boolean hasAction(JsonNode spec, Set<String> actions) {
    return hasAction(spec, List.of(INGRESS, EGRESS), actions);
  }

  private static boolean hasAction(JsonNode spec, List<String> directions, Set<String> actions) {
    for (String direction : directions) {
      for (JsonNode rule : spec.path(direction)) {
        if (actions.contains(rule.path("action").asText())) {
          return true;
        }
      }
    }
    return false;
  }

  /** {@code Pass} leaves the traffic to the NetworkPolicies, of which ours denies it. */
  private boolean adminAllows(JsonNode spec, Seen seen) {
    if (spec.path("tier").asText().equals("Baseline")
        || !hasAction(spec, Set.of("Allow", "Accept"))) {
      return false;
    }
    return subjectIs(spec, seen);
  }

  private boolean subjectIs(JsonNode spec, Seen seen) {
    JsonNode subject = spec.path("subject");
    JsonNode pods = subject.path("pods");
    return pods.isObject()
        ? selects(pods.path(NAMESPACE_SELECTOR), seen.namespace())
            && selects(pods.path(POD_SELECTOR), seen.labels())
        : selects(subject.path("namespaces"), seen.namespace());
  }

  private boolean selects(JsonNode selector, Map<String, String> labels) {
    return LabelSelectors.matches(json.convertValue(selector, LabelSelector.class), labels);
  }

  /** An {@code Allow} counts in every order: a policy denies the rest only after all of them. */
  private static Optional<Boolean> calico(JsonNode spec, Seen seen) {
    if (!hasAction(spec, Set.of("Allow"))
        || spec.path("preDNAT").asBoolean()
        || spec.path("doNotTrack").asBoolean()) {
      return Optional.of(false);
    }
    return calicoSelects(spec, seen);
  }

  private static Optional<Boolean> calicoSelects(JsonNode spec, Seen seen) {
    Map<String, String> labels = new HashMap<>(seen.labels());
    labels.put("projectcalico.org/namespace", seen.pod().namespace());
    labels.put("projectcalico.org/orchestrator", "k8s");
    seen.serviceAccount().ifPresent(one -> labels.put("projectcalico.org/serviceaccount", one));
    Map<String, String> ofNamespace = new HashMap<>(seen.namespace());
    ofNamespace.put("projectcalico.org/name", seen.pod().namespace());
    Optional<Boolean> pod = CalicoSelector.matches(spec.path("selector").asText(), labels);
    Optional<Boolean> namespace =
        CalicoSelector.matches(spec.path(NAMESPACE_SELECTOR).asText(), ofNamespace);
    boolean not = pod.equals(Optional.of(false)) || namespace.equals(Optional.of(false));
    return not ? Optional.of(false) : pod.flatMap(one -> namespace);
  }

  /**
   * Whether a rule of Antrea allows something. Its policies come before NetworkPolicies, except
   * those of its last tier, and a rule may name other objects than its policy.
   *
   * @see <a href="https://antrea.io/docs/main/docs/antrea-network-policy/">Antrea's policies</a>
   */
  private Optional<Boolean> antrea(JsonNode spec, Seen seen, List<String> directions) {
    Optional<Boolean> allows = Optional.of(false);
    if (spec.path("tier").asText().equalsIgnoreCase("baseline")) {
      return allows;
    }
    for (String direction : directions) {
      for (JsonNode rule : spec.path(direction)) {
        JsonNode own = rule.path(APPLIED_TO);
        if (rule.path("action").asText().equals("Allow")) {
          for (JsonNode to : own.isEmpty() ? spec.path(APPLIED_TO) : own) {
            Optional<Boolean> applies = antreaApplies(to, seen);
            if (applies.equals(Optional.of(true))) {
              return applies;
            }
            allows = applies.isEmpty() ? applies : allows;
          }
        }
      }
    }
    return allows;
  }

  /** Groups and service accounts are not evaluated. */
  private Optional<Boolean> antreaApplies(JsonNode to, Seen seen) {
    for (String field : (Iterable<String>) to::fieldNames) {
      if (!field.equals(POD_SELECTOR) && !field.equals(NAMESPACE_SELECTOR)) {
        return Optional.empty();
      }
    }
    return Optional.of(
        (!to.has(POD_SELECTOR) || selects(to.path(POD_SELECTOR), seen.labels()))
            && (!to.has(NAMESPACE_SELECTOR)
                || selects(to.path(NAMESPACE_SELECTOR), seen.namespace())));
  }

  /** Cilium's policies have one rule set or several; an empty rule allows nothing. */
  private Optional<Boolean> cilium(JsonNode policy, Seen seen) {
    return ciliumSpecs(policy, seen, spec -> any(spec, INGRESS) || any(spec, EGRESS));
  }

  private Optional<Boolean> ciliumSpecs(JsonNode policy, Seen seen, Predicate<JsonNode> counts) {
    List<JsonNode> specs = new ArrayList<>();
    policy.path("specs").forEach(specs::add);
    specs.add(policy.path("spec"));
    Optional<Boolean> allows = Optional.of(false);
    for (JsonNode spec : specs) {
      if (spec.path("endpointSelector").isObject() && counts.test(spec)) {
        Optional<Boolean> selects = ciliumSelects(spec.path("endpointSelector"), seen);
        if (selects.equals(Optional.of(true))) {
          return selects;
        }
        allows = selects.isEmpty() ? selects : allows;
      }
    }
    return allows;
  }

  private static boolean any(JsonNode spec, String direction) {
    for (JsonNode rule : spec.path(direction)) {
      if (!rule.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /** Keys may name the source of the label: {@code k8s:app}, {@code any:app}. */
  private Optional<Boolean> ciliumSelects(JsonNode endpoints, Seen seen) {
    LabelSelector selector =
        Objects.requireNonNull(json.convertValue(endpoints, LabelSelector.class));
    Map<String, String> labels = new HashMap<>(seen.labels());
    labels.put("io.kubernetes.pod.namespace", seen.pod().namespace());
    seen.namespace()
        .forEach((key, value) -> labels.put("io.cilium.k8s.namespace.labels." + key, value));
    Map<String, String> wanted = new HashMap<>();
    if (selector.getMatchLabels() != null) {
      selector.getMatchLabels().forEach((key, value) -> wanted.put(plain(key), value));
    }
    selector.setMatchLabels(wanted);
    selector.getMatchExpressions().forEach(one -> one.setKey(plain(one.getKey())));
    Set<String> keys = new HashSet<>(wanted.keySet());
    selector.getMatchExpressions().forEach(one -> keys.add(one.getKey()));
    boolean unknown =
        keys.stream()
            .anyMatch(
                key ->
                    !labels.containsKey(key)
                        && (key.contains(":")
                            || (key.startsWith("io.cilium.k8s.")
                                && !key.startsWith("io.cilium.k8s.namespace.labels."))));
    return unknown ? Optional.empty() : Optional.of(LabelSelectors.matches(selector, labels));
  }

  private static String plain(String key) {
    return key.startsWith("k8s:") || key.startsWith("any:") ? key.substring(4) : key;
  }
}
