package io.cattleguard.respond.kubernetes.actions;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Generates the manifests of {@code infra/kubernetes} from the actions' permissions. */
public final class Manifests {
  private static final List<String> VERBS = List.of("get", "list", "create", "patch", "delete");

  private Manifests() {}

  /** {@code rbac.yaml}: the permissions of {@code cattleguard up}. */
  public static String rbac(List<Grant> grants) {
    return """
    # What `cattleguard up` needs of a cluster: this, and nothing else. No secrets, no exec, no create of pods.
    # Made by `cattleguard permissions --as rbac`. A test takes each verb away in turn, against a real API server, and sees
    # something fail without it.
    apiVersion: v1
    kind: Namespace
    metadata:
      name: cattleguard
    ---
    apiVersion: v1
    kind: ServiceAccount
    metadata:
      name: cattleguard-up
      namespace: cattleguard
    ---
    """
        + role("cattleguard-up", grants)
        + "---\n"
        + binding(
            "cattleguard-up",
            """
              - kind: ServiceAccount
                name: cattleguard-up
                namespace: cattleguard
            """);
  }

  /** {@code respond.yaml}: the permissions of the Lambda function, for its two groups. */
  public static String respond(List<Grant> grants) {
    return """
    # What the function respond-kubernetes may do in a cluster, by the two groups that the Terraform module's EKS access
    # entry puts it in: cattleguard-observe looks and changes nothing, cattleguard-respond acts as well. No secrets, no
    # exec, no create of pods. admission.yaml narrows the verbs to the very changes that respond makes.
    # Made by `cattleguard permissions --as respond`.
    """
        + role("cattleguard-observe", grants.stream().filter(grant -> !grant.changes()).toList())
        + "---\n"
        + role("cattleguard-respond", grants.stream().filter(Grant::changes).toList())
        + "---\n"
        + binding(
            "cattleguard-observe", group("cattleguard-observe") + group("cattleguard-respond"))
        + "---\n"
        + binding("cattleguard-respond", group("cattleguard-respond"));
  }

  private static String group(String name) {
    return """
      - apiGroup: rbac.authorization.k8s.io
        kind: Group
        name: %s
    """
        .formatted(name);
  }

  private static String binding(String name, String subjects) {
    return """
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRoleBinding
    metadata:
      name: %1$s
    roleRef:
      apiGroup: rbac.authorization.k8s.io
      kind: ClusterRole
      name: %1$s
    subjects:
    """
            .formatted(name)
        + subjects;
  }

  private static String role(String name, List<Grant> grants) {
    return """
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata:
      name: %s
    rules:
    """
            .formatted(name)
        + rules(grants);
  }

  /** One rule for all resources of an API group with the same verbs. */
  private static String rules(List<Grant> grants) {
    Map<String, List<Grant>> byResource = new LinkedHashMap<>();
    grants.stream()
        .sorted(Comparator.comparing(Grant::group))
        .forEach(
            grant ->
                byResource
                    .computeIfAbsent(
                        grant.group() + "/" + grant.resource(), key -> new ArrayList<>())
                    .add(grant));
    Map<String, List<Grant>> byRule = new LinkedHashMap<>();
    byResource
        .values()
        .forEach(
            some ->
                byRule
                    .computeIfAbsent(
                        some.getFirst().group() + " " + verbs(some), key -> new ArrayList<>())
                    .addAll(some));
    return byRule.values().stream().map(Manifests::rule).collect(Collectors.joining());
  }

  private static String rule(List<Grant> grants) {
    Set<String> whys = new LinkedHashSet<>();
    Set<String> resources = new LinkedHashSet<>();
    for (Grant grant : grants) {
      whys.add("  # " + grant.why() + "\n");
      resources.add(grant.resource());
    }
    String group = grants.getFirst().group();
    return String.join("", whys)
        + """
          - apiGroups: [%s]
            resources: [%s]
            verbs: [%s]
        """
            .formatted(
                group.isEmpty() ? "\"\"" : group, String.join(", ", resources), verbs(grants));
  }

  private static String verbs(List<Grant> grants) {
    Set<String> granted = grants.stream().map(Grant::verb).collect(Collectors.toSet());
    Set<String> others = new TreeSet<>(granted);
    VERBS.forEach(others::remove);
    return VERBS.stream()
        .filter(granted::contains)
        .collect(Collectors.joining(", "))
        .concat(others.isEmpty() ? "" : ", " + String.join(", ", others));
  }

  /** {@code admission.yaml}: the exact changes that the verbs may make. */
  public static String admission(List<Grant> grants) {
    List<Grant> changes = grants.stream().filter(Grant::changes).toList();
    return """
    # RBAC can say "patch pods"; this says which patch. Whatever respond's code, its policy or whoever holds its role asks
    # for, the API server takes from it only the changes below; none in a protected namespace, none on a static pod.
    # Kubernetes 1.30 or newer. Made by `cattleguard permissions --as admission`.
    apiVersion: admissionregistration.k8s.io/v1
    kind: ValidatingAdmissionPolicy
    metadata:
      name: cattleguard-respond
    spec:
      failurePolicy: Fail
      matchConstraints:
        resourceRules:
    """
        + resourceRules(changes)
        + """
          matchConditions:
            - name: only-what-cattleguard-does
              expression: >-
                'cattleguard-respond' in request.userInfo.groups || 'cattleguard-observe' in request.userInfo.groups
                || request.userInfo.username == 'system:serviceaccount:cattleguard:cattleguard-up'
          variables:
            - name: isPod
              expression: request.resource.resource == 'pods'
            - name: labels
              expression: >-
                object == null || !has(object.metadata.labels) ? {} : object.metadata.labels
            - name: oldLabels
              expression: >-
                oldObject == null || !has(oldObject.metadata.labels) ? {} : oldObject.metadata.labels
          validations:
        """
        + validation(
            "in this namespace Cattleguard touches nothing",
            "!(has(request.namespace) && request.namespace in ["
                + KubernetesScope.ALWAYS_PROTECTED.stream()
                    .sorted()
                    .map(name -> "'" + name + "'")
                    .collect(Collectors.joining(", "))
                + "])\n")
        + validation(
            "Cattleguard changes nothing else, and no subresource",
            operations(changes) + "&& (!has(request.subResource) || request.subResource == '')\n")
        + validation(
            "a static pod is its node's business",
            """
            !variables.isPod || oldObject == null || !has(oldObject.metadata.annotations)
            || !('kubernetes.io/config.mirror' in oldObject.metadata.annotations)
            """)
        + changes.stream()
            .map(grant -> grant.only().orElseThrow())
            .map(change -> validation(change.message(), change.expression()))
            .collect(Collectors.joining())
        + """
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata:
          name: cattleguard-respond
        spec:
          policyName: cattleguard-respond
          validationActions: [Deny]
        """;
  }

  private static Map<String, Set<String>> operationsByResource(List<Grant> changes) {
    Map<String, Set<String>> operations = new LinkedHashMap<>();
    changes.stream()
        .sorted(Comparator.comparing(Grant::group))
        .forEach(
            grant ->
                operations
                    .computeIfAbsent(grant.group() + "/" + grant.resource(), key -> new TreeSet<>())
                    .add(grant.only().orElseThrow().operation()));
    return operations;
  }

  private static String resourceRules(List<Grant> changes) {
    StringBuilder rules = new StringBuilder();
    for (String key : operationsByResource(changes).keySet()) {
      String[] parts = key.split("/", 2);
      rules.append(
          """
                - apiGroups: [%s]
                  apiVersions: [v1]
                  operations: [CREATE, UPDATE, DELETE]
                  resources: [%2$s, %2$s/*]
          """
              .formatted(parts[0].isEmpty() ? "\"\"" : parts[0], parts[1]));
    }
    return rules.toString();
  }

  private static String operations(List<Grant> changes) {
    return operationsByResource(changes).entrySet().stream()
        .map(
            entry ->
                "(request.resource.resource == '%s' && request.operation in [%s])"
                    .formatted(
                        entry.getKey().split("/", 2)[1],
                        entry.getValue().stream()
                            .map(one -> "'" + one + "'")
                            .collect(Collectors.joining(", "))))
        .collect(Collectors.joining("\n|| ", "(", ")\n"));
  }

  private static String validation(String message, String expression) {
    return "    - message: " + message + "\n      expression: >-\n" + expression.indent(8);
  }
}
