package io.cattleguard.events;

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
  private static final char SEPARATOR = '\n';

  /**
   * Sources that update one finding with the latest of many peers, so the peer is not part of the
   * problem.
   */
  private static final Set<String> AGGREGATING = Set.of("guardduty");

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
    append(key, target.namespace());
    append(key, workload(alert));
    append(key, target.containerName());
    append(key, target.principal());
    if (target.resource() != null) {
      append(key, target.resource());
    }
    append(key, subject(alert));
    return hash(key.toString());
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
   * node that happens to read the log, and Falco in Docker names its own container, whose id
   * changes.
   */
  private static @Nullable String workload(Alert alert) {
    String workload = WorkloadName.of(alert.target());
    boolean isNode = workload.equals(alert.target().node());
    return isNode
            && (alert.alertClass() == AlertClass.AUDIT || CONTAINER_ID.matcher(workload).matches())
        ? null
        : workload;
  }

  /** The rule's subject: the program, else the remote end of the connection, else the file. */
  private static @Nullable String subject(Alert alert) {
    String executable = alert.process().executable();
    String program = executable != null ? executable : alert.process().name();
    if (program != null) {
      return StableName.ofProgram(program);
    }
    if (AGGREGATING.contains(alert.source())) {
      return null;
    }
    ObservedConnection network = alert.network();
    if (network.peer() != null) {
      // An inbound peer uses a different port for each connection.
      boolean calls = "inbound".equals(network.direction());
      return network.peer() + " " + (calls ? null : network.port());
    }
    return alert.file() == null ? null : StableName.ofProgram(alert.file());
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
