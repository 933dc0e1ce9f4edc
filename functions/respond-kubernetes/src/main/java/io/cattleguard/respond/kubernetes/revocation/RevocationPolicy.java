package io.cattleguard.respond.kubernetes.revocation;

import java.util.Collection;
import java.util.List;
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

  /** Shown to a responder that asks whether the API server denies the tokens of a pod. */
  public static final String DENIES = "Yes: the tokens of this pod are denied";

  private static final String POD_UID = "authentication.kubernetes.io/pod-uid";

  /** A request that asks: a dry run that would record a revoked pod again. */
  private static final String ASKS =
      "(request.resource.group == '"
          + GROUP
          + "' && request.resource.resource == '"
          + RESOURCE
          + "' && request.operation == 'CREATE' && has(request.dryRun) && request.dryRun)";

  private static final String BOUND =
      "has(request.userInfo.extra) && '" + POD_UID + "' in request.userInfo.extra";
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
    # denies the service accounts of protected namespaces. A responder asks by a dry run whether the API server denies.
    """
        + kind()
        + "---\n"
        + policy(new TreeSet<>(protectedNamespaces))
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

  /**
   * The policy alone.
   *
   * @param protectedNamespaces in their order, as a found policy may name them in another one
   */
  public static String policy(Collection<String> protectedNamespaces) {
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
        - name: token-of-a-pod-or-question
          expression: >-
            (%4$s) || %5$s
        - name: not-of-a-protected-namespace
          expression: >-
            %6$s
            || %5$s
      validations:
        - message: "%7$s"
          expression: >-
            !(%5$s && object.metadata.name == params.metadata.name)
        - message: %8$s
          expression: >-
            !(%4$s && params.metadata.name in request.userInfo.extra['%9$s'])
    """
        .formatted(
            NAME,
            GROUP,
            KIND,
            BOUND,
            ASKS,
            excepting(protectedNamespaces),
            DENIES,
            MESSAGE,
            POD_UID);
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

  private static String excepting(Collection<String> namespaces) {
    return "!(has(request.userInfo.groups) && request.userInfo.groups.exists(g, g in ["
        + namespaces.stream()
            // A namespace's name has only these characters, so it cannot end the string in the
            // rule.
            .filter(name -> name.matches("[a-z0-9-]+"))
            .map(name -> "'" + ACCOUNTS_OF + name + "'")
            .collect(Collectors.joining(", "))
        + "]))";
  }

  /** The namespaces whose service accounts a condition of a policy excepts, in their order. */
  public static List<String> excepted(String condition) {
    return EXCEPTED.matcher(condition).results().map(found -> found.group(1)).toList();
  }
}
