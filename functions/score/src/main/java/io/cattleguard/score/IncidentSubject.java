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
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The object that alerts have in common: those about one subject are one incident and one history.
 * It is a workload, an EC2 instance, a principal, another cloud resource, or a node; the narrowest
 * that the alert names. So an alert about a node is no part of the incidents of its pods.
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

  /** Names of callers that are nobody in particular. */
  private static final Set<String> NOBODY =
      Set.of("system:anonymous", "system:unauthenticated", "anonymous", "anonymous_principal");

  private static final String EKS_CLUSTER = ":cluster/";

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
   * has several; an alert that names none has none. Neither has an alert whose class is no part of
   * an attack, nor one that is replayed or a sample: it would change what is known of real ones.
   */
  static List<IncidentSubject> of(Alert alert) {
    if (!isPartOfAnAttack(alert.alertClass()) || !alert.isReal()) {
      return List.of();
    }
    Map<String, IncidentSubject> subjects = new LinkedHashMap<>();
    boolean spans = !alert.related().isEmpty();
    for (IncidentSubject subject : named(alert.target())) {
      subjects.putIfAbsent(subject.key, subject);
      if (!spans) {
        break;
      }
    }
    for (String object : alert.related()) {
      related(object, alert.target())
          .ifPresent(subject -> subjects.putIfAbsent(subject.key, subject));
    }
    return List.copyOf(subjects.values());
  }

  /** The object of any alert, for people. */
  static String inWords(Target target) {
    List<IncidentSubject> subjects = named(target);
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
  private static List<IncidentSubject> named(Target target) {
    List<IncidentSubject> subjects = new ArrayList<>(1);
    String workload = workloadName(target);
    if (workload != null) {
      subjects.add(workload(scope(target), target.namespace(), workload));
    }
    String node = target.node();
    String instance = target.instance();
    if (instance != null) {
      subjects.add(instance(instance));
    }
    String principal = target.principal();
    if (principal != null && isSomebody(principal)) {
      subjects.add(principal(target, principal));
    }
    if (subjects.isEmpty()) {
      String other = WorkloadName.of(target);
      if (!other.isEmpty() && !other.equals(node)) {
        subjects.add(
            new IncidentSubject(
                Kind.RESOURCE,
                bounded(
                    "resource#" + scope(target) + "/" + orNone(target.namespace()) + "/" + other),
                words("resource " + other)));
      } else if (node != null && target.containerId() == null) {
        subjects.add(
            INSTANCE.matcher(node).matches()
                ? instance(node)
                : new IncidentSubject(
                    Kind.NODE,
                    bounded("node#" + scope(target) + "/" + node),
                    words("node " + node + in(scope(target)))));
      }
    }
    return subjects;
  }

  /**
   * The name of the workload, the same whatever names it: the owner without its kind, the pod, or
   * the container. A ReplicaSet and a Job lose the part that their owner generated.
   */
  private static @Nullable String workloadName(Target target) {
    String owner = target.workload();
    if (owner != null) {
      int kind = owner.indexOf('/');
      String name = owner.substring(kind + 1);
      // Completed to the name of a pod, because the rules for generated parts are those of pods.
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

  private static Optional<IncidentSubject> related(String object, Target target) {
    int kind = object.indexOf('/');
    if (kind < 0 || kind == object.length() - 1) {
      return Optional.empty();
    }
    String name = object.substring(kind + 1);
    return switch (object.substring(0, kind)) {
      case "instance" -> Optional.of(instance(name));
      case "principal" ->
          isSomebody(name) ? Optional.of(principal(target, name)) : Optional.empty();
      case "workload" -> {
        int namespace = name.indexOf('/');
        String workload =
            namespace < 0
                ? null
                : workloadName(Target.builder().workload(name.substring(namespace + 1)).build());
        yield workload == null
            ? Optional.empty()
            : Optional.of(workload(scope(target), name.substring(0, namespace), workload));
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

  private static IncidentSubject instance(String id) {
    return new IncidentSubject(Kind.INSTANCE, bounded("instance#" + id), words("instance " + id));
  }

  private static IncidentSubject principal(Target target, String principal) {
    String name = lastPart(principal);
    String account = target.account();
    String scope = account != null && clusterName(target) == null ? account : scope(target);
    return new IncidentSubject(
        Kind.PRINCIPAL,
        bounded("principal#" + scope + "/" + name),
        words("principal " + name + in(scope)));
  }

  /** The role or user of an ARN: a session of a role is the role, as GuardDuty names it. */
  private static String lastPart(String principal) {
    if (!principal.startsWith("arn:")) {
      return principal.equals("Root") ? "root" : principal;
    }
    String resource = principal.substring(principal.lastIndexOf(':') + 1);
    String[] parts = resource.split("/", -1);
    return parts[0].equals("assumed-role") && parts.length > 1 ? parts[1] : parts[parts.length - 1];
  }

  private static boolean isSomebody(String principal) {
    return !NOBODY.contains(principal.toLowerCase(Locale.ROOT));
  }

  /** The cluster, which a cloud's finding names by its ARN; else the account. */
  private static String scope(Target target) {
    String cluster = clusterName(target);
    return cluster == null ? orNone(target.account()) : cluster;
  }

  private static @Nullable String clusterName(Target target) {
    if (target.cluster() != null) {
      return target.cluster();
    }
    String resource = target.resource();
    if (resource == null || !resource.startsWith("arn:") || !resource.contains(":eks:")) {
      return null;
    }
    int name = resource.lastIndexOf(EKS_CLUSTER);
    return name < 0 ? null : resource.substring(name + EKS_CLUSTER.length());
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
