package io.cattleguard.respond.kubernetes.revocation;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The admission policy that denies each change with a token that is bound to a revoked pod.
 *
 * <p>A pod is revoked by an object of the kind RevokedPod that is named like the pod's UID, and
 * these objects are the parameters of the policy. So the manifest installs the policy once, and an
 * action needs no permission to change a policy.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/">
 *     ValidatingAdmissionPolicy</a>
 */
public final class RevocationPolicy {
  /** The name of the policy and of its binding. */
  public static final String NAME = "cattleguard-revoked";

  /** The API group of the records. */
  public static final String GROUP = "cattleguard.io";

  /** The resource of the records; it has no namespace. */
  public static final String RESOURCE = "revokedpods";

  /** The kind of the records. */
  public static final String KIND = "RevokedPod";

  /** Shown to a client whose change is denied. */
  public static final String MESSAGE =
      "Cattleguard has revoked the service account tokens of this pod";

  private static final String POD_UID = "authentication.kubernetes.io/pod-uid";
  private static final String ACCOUNTS_OF = "system:serviceaccounts:";
  private static final Pattern EXCEPTED = Pattern.compile("'" + ACCOUNTS_OF + "([a-z0-9-]+)'");

  private RevocationPolicy() {}

  /**
   * The kind of the records, the policy and its binding.
   *
   * @param protectedNamespaces whose service accounts are never denied
   */
  public static String manifest(Set<String> protectedNamespaces) {
    return """
    # Denies each change, and exec, attach, port-forward and proxy, with a token that is bound to a revoked pod. Each RevokedPod
    # revokes the pod whose UID is its name. A fault in this policy must not stop a cluster, so it fails open, and it never
    # denies the service accounts of protected namespaces.
    """
        + kind()
        + "---\n"
        + policy(protectedNamespaces)
        + "---\n"
        + binding();
  }

  private static String kind() {
    return """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata:
      name: %1$s.%2$s
    spec:
      group: %2$s
      scope: Cluster
      names:
        kind: %3$s
        plural: %1$s
        singular: revokedpod
      versions:
        - name: v1
          served: true
          storage: true
          additionalPrinterColumns:
            - name: Pod
              type: string
              jsonPath: .spec.pod
            - name: Age
              type: date
              jsonPath: .metadata.creationTimestamp
          schema:
            openAPIV3Schema:
              type: object
              properties:
                spec:
                  type: object
                  properties:
                    pod:
                      description: The namespace and the name of the pod, for people. The name of this object is the pod's UID.
                      type: string
                      maxLength: 512
    """
        .formatted(RESOURCE, GROUP, KIND);
  }

  /** The policy alone. */
  public static String policy(Set<String> protectedNamespaces) {
    return """
    apiVersion: admissionregistration.k8s.io/v1
    kind: ValidatingAdmissionPolicy
    metadata:
      name: %1$s
    spec:
      failurePolicy: Ignore
      paramKind:
        apiVersion: %2$s/v1
        kind: %3$s
      matchConstraints:
        matchPolicy: Equivalent
        namespaceSelector: {}
        objectSelector: {}
        resourceRules:
          - apiGroups: ["*"]
            apiVersions: ["*"]
            operations: [CREATE, UPDATE, DELETE, CONNECT]
            resources: ["*/*"]
            scope: "*"
      matchConditions:
        - name: token-of-a-pod
          expression: >-
            has(request.userInfo.extra) && '%4$s' in request.userInfo.extra
        - name: not-of-a-protected-namespace
          expression: >-
            %5$s
      validations:
        - message: %6$s
          expression: >-
            !(params.metadata.name in request.userInfo.extra['%4$s'])
    """
        .formatted(NAME, GROUP, KIND, POD_UID, excepting(protectedNamespaces), MESSAGE);
  }

  /** The binding alone. */
  public static String binding() {
    return """
    apiVersion: admissionregistration.k8s.io/v1
    kind: ValidatingAdmissionPolicyBinding
    metadata:
      name: %1$s
    spec:
      policyName: %1$s
      validationActions: [Deny]
      paramRef:
        selector: {}
        # Without a revoked pod nothing is denied.
        parameterNotFoundAction: Allow
    """
        .formatted(NAME);
  }

  private static String excepting(Set<String> namespaces) {
    return "!request.userInfo.groups.exists(g, g in ["
        + namespaces.stream()
            // A namespace's name has only these characters, so it cannot end the string in the
            // rule.
            .filter(name -> name.matches("[a-z0-9-]+"))
            .sorted()
            .map(name -> "'" + ACCOUNTS_OF + name + "'")
            .collect(Collectors.joining(", "))
        + "])";
  }

  /** The namespaces whose service accounts a condition of a policy excepts. */
  public static Set<String> excepted(String condition) {
    return EXCEPTED
        .matcher(condition)
        .results()
        .map(found -> found.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
