package io.cattleguard.deduplicate;

import io.cattleguard.events.Alert;
import io.cattleguard.events.Target;
import io.cattleguard.events.WorkloadName;
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
    append(key, WorkloadName.of(target));
    append(key, target.containerName());
    append(key, target.principal());
    append(key, subject(alert));
    MessageDigest digest = SHA_256.get();
    digest.reset();
    byte[] hash = digest.digest(key.toString().getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(hash, 0, BYTES);
  }

  /** What the rule is about: the program, else the other end of the connection, else the file. */
  private static @Nullable String subject(Alert alert) {
    String executable = alert.process().executable();
    String program = executable != null ? executable : alert.process().name();
    if (program != null) {
      return StableName.ofProgram(program);
    }
    String peer = alert.network().peer();
    if (peer != null) {
      return peer + " " + alert.network().port();
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
