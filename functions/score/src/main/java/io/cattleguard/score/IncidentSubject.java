package io.cattleguard.score;

import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.Target;
import io.cattleguard.events.WorkloadName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The object that alerts have in common: alerts about one subject share one incident and one
 * history. It is the narrowest object that the alert names: a workload, an EC2 instance, a
 * principal, another cloud resource, or a node. So an alert about a node is not part of the
 * incidents of its pods.
 *
 * @param kind one word for people
 * @param key the key of its history
 * @param words the subject for people: {@code workload shop/web in blue}
 */
record IncidentSubject(Kind kind, String key, String words) {
  private static final int LONGEST_KEY = 512;
  private static final int LONGEST_WORDS = 200;

  /** Some clusters name their nodes by the instance. */
  private static final Pattern INSTANCE = Pattern.compile("i-(?:[0-9a-f]{8}|[0-9a-f]{17})");

  /** Names of callers without a credential. */
  private static final Set<String> ANONYMOUS =
      Set.of("system:anonymous", "system:unauthenticated", "anonymous", "anonymous_principal");

  /** The ARN of an EKS cluster, with its account and name. */
  private static final Pattern EKS_CLUSTER =
      Pattern.compile(
          "arn:[a-z-]+:eks:[a-z0-9-]+:([0-9]{12}):cluster/([0-9A-Za-z][0-9A-Za-z_-]{0,99})");

  /** The kinds of subjects. */
  enum Kind {
    WORKLOAD("workload"),
    INSTANCE("instance"),
    PRINCIPAL("principal"),
    RESOURCE("resource"),
    NODE("node");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  /**
   * The subjects of an alert, the one that names its incident first. An alert of several objects
   * has several; an alert that names none has none. An alert whose class is not part of an attack,
   * a replayed alert and a sample have none either: they would change the history of real alerts.
   *
   * @param accounts the accounts of the clusters; empty if unknown
   */
  static List<IncidentSubject> of(Alert alert, Set<String> accounts) {
    if (!isPartOfAnAttack(alert.alertClass()) || !alert.isReal()) {
      return List.of();
    }
    Map<String, IncidentSubject> subjects = new LinkedHashMap<>();
    boolean spans = !alert.related().isEmpty();
    for (IncidentSubject subject : named(alert, accounts)) {
      subjects.putIfAbsent(subject.key, subject);
      if (!spans) {
        break;
      }
    }
    for (String object : alert.related()) {
      related(object, alert, accounts)
          .ifPresent(subject -> subjects.putIfAbsent(subject.key, subject));
    }
    return List.copyOf(subjects.values());
  }

  /** The object of any alert, for people. */
  static String inWords(Alert alert, Set<String> accounts) {
    List<IncidentSubject> subjects = named(alert, accounts);
    return subjects.isEmpty()
        ? "an object that the alert does not name"
        : subjects.getFirst().words;
  }

  static boolean isPartOfAnAttack(AlertClass alertClass) {
    return switch (alertClass) {
      case RUNTIME, AUDIT -> true;
      case CONFIGURATION, VULNERABILITY, HEALTH -> false;
    };
  }

  /** Every subject that a target names, the narrowest first. */
  private static List<IncidentSubject> named(Alert alert, Set<String> accounts) {
    Target target = alert.target();
    String scope = scope(target, accounts);
    List<IncidentSubject> subjects = new ArrayList<>(1);
    String workload = workloadName(target);
    if (workload != null) {
      subjects.add(workload(scope, target.namespace(), workload));
    }
    String node = target.node();
    String instance = target.instance();
    if (instance != null) {
      subjects.add(instance(alert, instance, scope));
    }
    String principal = target.principal();
    if (principal != null && isNamed(principal)) {
      subjects.add(principal(scope, principal));
    }
    if (subjects.isEmpty()) {
      String other = WorkloadName.of(target);
      if (!other.isEmpty() && !other.equals(node)) {
        subjects.add(
            new IncidentSubject(
                Kind.RESOURCE,
                bounded("resource#" + scope + "/" + orNone(target.namespace()) + "/" + other),
                words("resource " + other)));
      } else if (node != null && target.containerId() == null) {
        subjects.add(
            INSTANCE.matcher(node).matches() ? instance(alert, node, scope) : node(scope, node));
      }
    }
    return subjects;
  }

  /**
   * The name of the workload, the same whether the owner (without its kind), the pod or the
   * container gives it. A ReplicaSet and a Job lose the part that their owner generated.
   */
  private static @Nullable String workloadName(Target target) {
    String owner = target.workload();
    if (owner != null) {
      int kind = owner.indexOf('/');
      String name = owner.substring(kind + 1);
      // Extended to the name of a pod, because the rules for generated parts are those of pods.
      return switch (kind < 0 ? "" : owner.substring(0, kind)) {
        case "Pod" -> pod(name, name);
        case "ReplicaSet", "Job" -> pod(name + "-bcdfg", name);
        default -> name;
      };
    }
    if (target.pod() != null) {
      return WorkloadName.of(Target.builder().pod(target.pod()).build());
    }
    return target.instance() == null ? target.containerName() : null;
  }

  private static String pod(String pod, String otherwise) {
    String name = WorkloadName.of(Target.builder().pod(pod).build());
    return name.isEmpty() ? otherwise : name;
  }

  private static Optional<IncidentSubject> related(
      String object, Alert alert, Set<String> accounts) {
    int kind = object.indexOf('/');
    if (kind < 0 || kind == object.length() - 1) {
      return Optional.empty();
    }
    String name = object.substring(kind + 1);
    String scope = scope(alert.target(), accounts);
    return switch (object.substring(0, kind)) {
      case "instance" -> Optional.of(instance(alert, name, scope));
      case "principal" -> isNamed(name) ? Optional.of(principal(scope, name)) : Optional.empty();
      case "workload" -> {
        int namespace = name.indexOf('/');
        String workload =
            namespace < 0
                ? null
                : workloadName(Target.builder().workload(name.substring(namespace + 1)).build());
        yield workload == null
            ? Optional.empty()
            : Optional.of(workload(scope, name.substring(0, namespace), workload));
      }
      default -> Optional.empty();
    };
  }

  private static IncidentSubject workload(String scope, @Nullable String namespace, String name) {
    String where = orNone(namespace);
    return new IncidentSubject(
        Kind.WORKLOAD,
        bounded(scope + '/' + where + '/' + name),
        words("workload " + (where.isEmpty() ? "" : where + "/") + name + in(scope)));
  }

  /**
   * An instance's id is unique, so its incident spans all clusters and accounts. Root on a node can
   * claim any id. So an alert is about the instance only if the cloud itself or a credential that
   * proves the node says so. Otherwise it is about a node of that cluster.
   */
  private static IncidentSubject instance(Alert alert, String id, String scope) {
    Target target = alert.target();
    boolean cloud = target.account() != null && target.cluster() == null && target.sensor() == null;
    boolean proved = alert.nodeVerified() && id.equals(target.node());
    if (cloud || proved) {
      return new IncidentSubject(Kind.INSTANCE, bounded("instance#" + id), words("instance " + id));
    }
    IncidentSubject node = node(scope, id);
    return id.equals(target.node())
        ? node
        : new IncidentSubject(Kind.INSTANCE, node.key, words("instance " + id + in(scope)));
  }

  private static IncidentSubject node(String scope, String name) {
    return new IncidentSubject(
        Kind.NODE, bounded("node#" + scope + "/" + name), words("node " + name + in(scope)));
  }

  private static IncidentSubject principal(String scope, String principal) {
    String name = lastPart(principal);
    return new IncidentSubject(
        Kind.PRINCIPAL,
        bounded("principal#" + scope + "/" + name),
        words("principal " + name + in(scope)));
  }

  /**
   * The role or user of an ARN: a session of a role is the role, as GuardDuty names it. GuardDuty
   * and Security Hub name both without their kind, so a role and a user of one name are one
   * principal. A federated user is neither, because its caller chose the name.
   */
  private static String lastPart(String principal) {
    if (!principal.startsWith("arn:")) {
      return principal.equals("Root") ? "root" : principal;
    }
    String resource = principal.substring(principal.lastIndexOf(':') + 1);
    String[] parts = resource.split("/", -1);
    return switch (parts[0]) {
      case "assumed-role" -> parts.length > 1 ? parts[1] : resource;
      case "user", "role" -> parts[parts.length - 1];
      default -> resource;
    };
  }

  private static boolean isNamed(String principal) {
    return !ANONYMOUS.contains(principal.toLowerCase(Locale.ROOT));
  }

  /**
   * The cluster, which a cloud's finding names by its ARN; else the account. Clusters of other
   * accounts may have the same name, so theirs is the whole ARN.
   */
  private static String scope(Target target, Set<String> accounts) {
    if (target.cluster() != null) {
      return target.cluster();
    }
    String resource = orNone(target.resource());
    Matcher cluster = EKS_CLUSTER.matcher(resource);
    if (!cluster.matches()) {
      return orNone(target.account());
    }
    String account = cluster.group(1);
    boolean ours =
        account.equals(target.account()) && (accounts.isEmpty() || accounts.contains(account));
    return ours ? cluster.group(2) : resource;
  }

  private static String in(String scope) {
    return scope.isEmpty() ? "" : " in " + scope;
  }

  private static String orNone(@Nullable String part) {
    return part == null ? "" : part;
  }

  /** A database limits its keys, and the text is untrusted. */
  private static String bounded(String key) {
    return key.length() <= LONGEST_KEY
        ? key
        : key.substring(0, LONGEST_KEY / 2) + "…" + Fingerprint.hash(key);
  }

  private static String words(String text) {
    return HostileText.visible(text, LONGEST_WORDS);
  }
}
