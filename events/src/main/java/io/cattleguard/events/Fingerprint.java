package io.cattleguard.events;

import io.cattleguard.events.text.StableName;
import io.cattleguard.events.trait.Trait;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The key of a problem: alerts with the same fingerprint are the same problem, repeated or on
 * another object. It contains no times, ids, callers' ports, pod names or free text, because they
 * differ between otherwise equal alerts.
 */
public final class Fingerprint {
  private static final int BYTES = 16;

  /** The lowest port that Linux gives to callers. */
  private static final int EPHEMERAL = 32_768;

  private static final char SEPARATOR = '\n';

  /**
   * Sources that update one finding with the latest of many peers, so the peer is not part of the
   * problem.
   */
  private static final Set<String> AGGREGATING = Set.of("guardduty", "securityhub");

  /** Sources whose rule is a policy with many hooks, on files and peers that differ. */
  private static final Set<String> POLICIES_OF_HOOKS = Set.of("tetragon");

  /**
   * The source of deviations from models. They have no program, and name their peer as the model
   * does.
   */
  private static final String OWN = "cattleguard";

  /** Prefix of the rules that correlate alerts of many objects. */
  private static final String SEQUENCE = "AttackSequence:";

  private static final Pattern CONTAINER_ID = Pattern.compile("[0-9a-f]{12}|[0-9a-f]{64}");
  private static final ThreadLocal<MessageDigest> SHA_256 =
      ThreadLocal.withInitial(Fingerprint::sha256);

  private Fingerprint() {}

  /** The first 128 bits of a SHA-256 over the problem's fields, as 32 hexadecimal digits. */
  public static String of(Alert alert) {
    Target target = alert.target();
    StringBuilder key = new StringBuilder(160);
    append(key, alert.alertClass().jsonName());
    append(key, alert.source());
    append(key, alert.rule());
    append(key, target.cluster());
    append(key, target.account());
    append(key, target.region());
    // An attack sequence grows, so only what it is about is part of the problem.
    boolean isSequence = isSequence(alert) && target.resource() != null;
    append(key, isSequence ? null : target.namespace());
    append(key, isSequence ? null : workload(alert));
    append(key, isSequence ? null : target.containerName());
    append(key, isSequence ? null : target.principal());
    if (target.resource() != null) {
      append(key, withoutTask(target.resource()));
    }
    append(key, subject(alert));
    if (alert.has(Trait.BLOCKED)) {
      // An action that is no longer blocked must not be merged with the blocked ones.
      append(key, Trait.BLOCKED.id());
    }
    if (alert.has(Trait.UNDER_REVIEW)) {
      // Nor an alert on which playbooks may act with alerts on which they may not.
      append(key, Trait.UNDER_REVIEW.id());
    }
    return hash(key.toString());
  }

  /** The ARN of an ECS task without the task's id: a service replaces its tasks. */
  private static String withoutTask(String resource) {
    boolean isTask =
        resource.startsWith("arn:") && resource.contains(":ecs:") && resource.contains(":task/");
    return isTask ? resource.substring(0, resource.lastIndexOf('/')) : resource;
  }

  /** Whether the source updates one finding with the latest of many peers. */
  static boolean isAggregating(String source) {
    return AGGREGATING.contains(source);
  }

  private static boolean isSequence(Alert alert) {
    return alert.rule() != null
        && alert.rule().startsWith(SEQUENCE)
        && AGGREGATING.contains(alert.source());
  }

  /** The first 128 bits of the text's SHA-256, as 32 hexadecimal digits. */
  public static String hash(String text) {
    MessageDigest digest = SHA_256.get();
    digest.reset();
    byte[] hash = digest.digest(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(hash, 0, BYTES);
  }

  /**
   * The workload, without the node if the node is not part of the problem: an audit event names the
   * node that happens to read the log, Falco in Docker names its own container, whose id changes,
   * and Falco in a pod may name its own pod.
   */
  private static @Nullable String workload(Alert alert) {
    String workload = WorkloadName.of(alert.target());
    if (!workload.equals(alert.target().node())) {
      return workload;
    }
    if (alert.alertClass() == AlertClass.AUDIT || CONTAINER_ID.matcher(workload).matches()) {
      return null;
    }
    return workload.contains("falco") ? WorkloadName.ofPod(workload) : workload;
  }

  /** The rule's subject: the program, else the remote end of the connection, else the file. */
  private static @Nullable String subject(Alert alert) {
    String executable = alert.process().executable();
    String program = executable != null ? executable : alert.process().name();
    if (program != null) {
      String name = StableName.ofProgram(program);
      boolean hooked = alert.title() != null && POLICIES_OF_HOOKS.contains(alert.source());
      return hooked ? name + hook(alert) : name;
    }
    if (AGGREGATING.contains(alert.source())) {
      return null;
    }
    ObservedConnection network = alert.network();
    if (network.peer() != null) {
      // An inbound peer uses a different port for each connection.
      Integer port = network.port();
      boolean calls =
          "inbound".equals(network.direction())
              || (network.direction() == null && port != null && port >= EPHEMERAL);
      return network.peer() + " " + (calls ? null : port);
    }
    if (alert.source().equals(OWN) && network.domain() != null) {
      return network.domain() + " " + network.port();
    }
    if (alert.source().equals(OWN) && network.localPort() != null) {
      return network.protocol() + "/" + network.localPort();
    }
    return alert.file() == null ? null : StableName.ofProgram(alert.file());
  }

  /** The hook of a policy, with its file and peer. Ports are not part of it. */
  private static String hook(Alert alert) {
    String file = alert.file();
    return " "
        + alert.title()
        + " "
        + (file == null ? null : StableName.ofProgram(file))
        + " "
        + alert.network().peer();
  }

  private static void append(StringBuilder key, @Nullable String part) {
    if (part != null) {
      key.append(part);
    }
    key.append(SEPARATOR);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
