package io.cattleguard.deduplicate;

import io.cattleguard.events.Alert;
import io.cattleguard.events.Target;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Names a problem: two alerts with the same fingerprint are the same trouble, seen again or
 * elsewhere. Never of times, ids, ports of callers, pod names or free text, which differ between
 * otherwise equal alerts.
 */
public final class Fingerprint {
  private static final int BYTES = 16;
  private static final char SEPARATOR = '\n';
  private static final ThreadLocal<MessageDigest> SHA_256 =
      ThreadLocal.withInitial(Fingerprint::sha256);

  private Fingerprint() {}

  /** 128 bits of SHA-256 over what the problem is, as 32 hexadecimal digits. */
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
    append(key, workload(target));
    append(key, target.containerName());
    append(key, target.principal());
    append(key, subject(alert));
    MessageDigest digest = SHA_256.get();
    digest.reset();
    byte[] hash = digest.digest(key.toString().getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(hash, 0, BYTES);
  }

  /**
   * The owner of what the alert was seen on, in words: its workload where the source names one,
   * else the family of the pod's name, else the container, its image, the instance or the node.
   */
  public static String workload(Target target) {
    if (target.workload() != null) {
      return target.workload();
    }
    if (target.pod() != null) {
      return StableName.ofPod(target.pod());
    }
    String narrowest =
        first(
            target.instance(),
            target.securityGroup(),
            target.containerName(),
            repository(target.image()),
            target.containerId() == null ? target.node() : null);
    return narrowest == null ? "" : narrowest;
  }

  /** What the rule is about: the program, else the other end of the connection, else the file. */
  private static @Nullable String subject(Alert alert) {
    String program = first(alert.process().executable(), alert.process().name());
    if (program != null) {
      return StableName.ofProgram(program);
    }
    String peer = alert.network().peer();
    if (peer != null) {
      return peer + " " + alert.network().port();
    }
    return alert.file() == null ? null : StableName.ofProgram(alert.file());
  }

  private static @Nullable String repository(@Nullable String image) {
    if (image == null) {
      return null;
    }
    int tag = image.lastIndexOf(':');
    return tag > image.lastIndexOf('/') ? image.substring(0, tag) : image;
  }

  private static @Nullable String first(@Nullable String... values) {
    for (String value : values) {
      if (value != null) {
        return value;
      }
    }
    return null;
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
