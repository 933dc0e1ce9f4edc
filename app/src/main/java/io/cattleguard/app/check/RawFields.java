package io.cattleguard.app.check;

import io.cattleguard.events.fields.FieldTypes.Range;
import io.cattleguard.events.text.FieldValues;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What is known of the fields of raw events, for the patterns of detections.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/">audit.k8s.io/v1</a>
 * @see <a
 *     href="https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html">CloudTrail
 *     record contents</a>
 */
final class RawFields {
  private static final Range CODES = new Range(0, 599);

  /** The verbs of the Kubernetes API, and the methods of HTTP for paths outside of it. */
  private static final Set<String> VERBS =
      Set.of(
          "get",
          "list",
          "watch",
          "create",
          "update",
          "patch",
          "delete",
          "deletecollection",
          "post",
          "put",
          "head",
          "options",
          "connect",
          "trace");

  private static final Set<String> CALLERS =
      Set.of(
          "Root",
          "IAMUser",
          "AssumedRole",
          "Role",
          "FederatedUser",
          "Directory",
          "AWSAccount",
          "AWSService",
          "IdentityCenterUser",
          "SAMLUser",
          "WebIdentityUser",
          "Unknown");

  /** The resources of Kubernetes itself that detections name; the rest has other forms. */
  private static final Set<String> RESOURCES =
      Set.of(
          "certificatesigningrequests",
          "clusterrolebindings",
          "clusterroles",
          "configmaps",
          "controllerrevisions",
          "cronjobs",
          "csidrivers",
          "csinodes",
          "customresourcedefinitions",
          "daemonsets",
          "deployments",
          "endpointslices",
          "events",
          "horizontalpodautoscalers",
          "ingressclasses",
          "ingresses",
          "jobs",
          "leases",
          "limitranges",
          "localsubjectaccessreviews",
          "mutatingwebhookconfigurations",
          "namespaces",
          "networkpolicies",
          "nodes",
          "persistentvolumeclaims",
          "persistentvolumes",
          "poddisruptionbudgets",
          "pods",
          "podtemplates",
          "priorityclasses",
          "replicasets",
          "replicationcontrollers",
          "resourcequotas",
          "rolebindings",
          "roles",
          "runtimeclasses",
          "secrets",
          "selfsubjectaccessreviews",
          "selfsubjectrulesreviews",
          "serviceaccounts",
          "services",
          "statefulsets",
          "storageclasses",
          "subjectaccessreviews",
          "tokenreviews",
          "validatingadmissionpolicies",
          "validatingadmissionpolicybindings",
          "validatingwebhookconfigurations",
          "volumeattachments");

  private static final List<String> USER = List.of("username", "uid", "groups", "extra");

  /** The objects of an audit event whose fields its schema lists. */
  static final Map<String, List<String>> AUDIT_OBJECTS =
      Map.of(
          "user",
          USER,
          "impersonatedUser",
          USER,
          "objectRef",
          List.of(
              "resource",
              "namespace",
              "name",
              "uid",
              "apiGroup",
              "apiVersion",
              "resourceVersion",
              "subresource"),
          "responseStatus",
          List.of("metadata", "status", "message", "reason", "details", "code"));

  /** The fields of a CloudTrail record's caller, to which AWS may add others. */
  static final List<String> CALLER =
      List.of(
          "type",
          "principalId",
          "arn",
          "accountId",
          "accessKeyId",
          "userName",
          "sessionContext",
          "invokedBy",
          "onBehalfOf",
          "identityProvider",
          "inScopeOf",
          "credentialId");

  /** The fields of which a source usually has only these values. */
  static final Map<String, Map<String, FieldKind>> USUAL =
      Map.of(
          "kubernetes-audit",
          Map.of(
              "verb",
              FieldKind.named(FieldKind.Words.of("verb"), VERBS).uncertain(),
              "objectRef.resource",
              resource("(?!(?:" + String.join("|", singulars()) + ")$).*").uncertain()));

  /** What is known of the fields of each source. */
  static final Map<String, Map<String, FieldKind>> OF =
      Map.of("kubernetes-audit", audit(), "cloudtrail", cloudTrail());

  private RawFields() {}

  private static Map<String, FieldKind> audit() {
    Map<String, FieldKind> kinds = new HashMap<>();
    kinds.put(
        "level",
        FieldKind.named(
            FieldKind.Words.of("level"), Set.of("None", "Metadata", "Request", "RequestResponse")));
    kinds.put(
        "stage",
        FieldKind.named(
            FieldKind.Words.of("stage"),
            Set.of("RequestReceived", "ResponseStarted", "ResponseComplete", "Panic")));
    shaped(kinds, "verb", "[a-z]+", "create");
    kinds.put("objectRef.resource", resource("[a-z0-9.-]+"));
    shaped(kinds, "objectRef.subresource", "[a-z0-9./-]+", "exec");
    shaped(kinds, "objectRef.namespace", "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "kube-system");
    kinds.put("responseStatus.code", FieldKind.number("responseStatus.code", CODES));
    for (String text : List.of("requestURI", "userAgent", "user.username", "objectRef.name")) {
      kinds.put(text, FieldKind.text(text));
    }
    return Map.copyOf(kinds);
  }

  /** A resource is a plural in lower case; people also write its singular or its kind. */
  private static FieldKind resource(String regex) {
    Map<String, String> names = new HashMap<>();
    for (String plural : RESOURCES) {
      names.put(plural, plural);
      names.put(singular(plural), plural);
    }
    return FieldKind.of(
        "objectRef.resource",
        new FieldValues(
            Set.of("pods; a subresource has its own field"),
            Optional.of(Pattern.compile(regex)),
            Set.of(),
            names));
  }

  /** The singulars that are no plurals of other resources. */
  private static Set<String> singulars() {
    return RESOURCES.stream()
        .map(RawFields::singular)
        .filter(one -> !RESOURCES.contains(one))
        .collect(Collectors.toUnmodifiableSet());
  }

  private static String singular(String plural) {
    if (plural.endsWith("ies")) {
      return plural.substring(0, plural.length() - 3) + "y";
    }
    return plural.matches(".*(ss|x)es")
        ? plural.substring(0, plural.length() - 2)
        : plural.substring(0, plural.length() - 1);
  }

  private static Map<String, FieldKind> cloudTrail() {
    Map<String, FieldKind> kinds = new HashMap<>();
    kinds.put(
        "eventSource",
        FieldKind.of(
                "eventSource",
                FieldValues.shaped("[a-z0-9.-]+\\.amazonaws\\.com", "iam.amazonaws.com"))
            .uncertain());
    kinds.put("readOnly", FieldKind.flag("readOnly"));
    kinds.put("managementEvent", FieldKind.flag("managementEvent"));
    for (String account : List.of("recipientAccountId", "userIdentity.accountId")) {
      kinds.put(
          account,
          FieldKind.of(account, FieldValues.shaped("[0-9]{12}", "\"012345678901\", in quotes"))
              .uncertain());
    }
    kinds.put(
        "userIdentity.type",
        FieldKind.named(FieldKind.Words.of("userIdentity.type"), CALLERS).uncertain());
    kinds.put(
        "eventName",
        FieldKind.of(
                "eventName",
                FieldValues.shaped("[A-Z].*", "CreateAccessKey; it begins with a capital letter"))
            .uncertain());
    kinds.put(
        "awsRegion",
        FieldKind.of("awsRegion", FieldValues.shaped("[a-z]{2}(-[a-z]+)+-\\d+", "eu-central-1"))
            .uncertain());
    for (String text : List.of("sourceIPAddress", "errorCode")) {
      kinds.put(text, FieldKind.text(text));
    }
    return Map.copyOf(kinds);
  }

  private static void shaped(
      Map<String, FieldKind> kinds, String field, String regex, String example) {
    kinds.put(field, FieldKind.of(field, FieldValues.shaped(regex, example)));
  }
}
