package io.cattleguard.sensor.intake;

import io.cattleguard.events.Alert;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Target;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Key of alerts that may be folded into one alert with a count. Such alerts are about one problem
 * on one object, and differ only in time and in the caller's port: in nothing that a policy can
 * see.
 *
 * <p>The fingerprint alone would not be enough. An attacker could trigger a suppressed alert first;
 * an alert with another command line would then be folded into it and never be seen.
 */
final class FoldKey {
  private static final char SEPARATOR = '\n';
  private static final char ABSENT = '\u0001';

  private FoldKey() {}

  /** The key of an alert, 32 hexadecimal digits. */
  static String of(Alert alert) {
    StringBuilder key = new StringBuilder(512);
    add(key, alert.alertClass().jsonName());
    add(key, alert.source());
    add(key, alert.rule());
    add(key, alert.title());
    add(key, alert.severity() == null ? null : alert.severity().jsonName());
    add(key, alert.tactics());
    add(key, alert.techniques());
    add(key, alert.traits());
    add(key, alert.notes());
    add(key, alert.target());
    add(key, alert.process());
    add(key, alert.network());
    add(key, alert.file());
    if (!alert.related().isEmpty()) {
      add(key, alert.related());
    }
    return Fingerprint.hash(key.toString());
  }

  /**
   * The key of an alert that represents several events. It is unique, so the alert is never folded.
   */
  static String ofSeveral(Alert alert) {
    return Fingerprint.hash("several\n" + alert.id());
  }

  /** The key of an event that could not be read. */
  static String ofUnreadable(String text) {
    return Fingerprint.hash("unreadable\n" + text);
  }

  private static void add(StringBuilder key, Target target) {
    add(key, target.cluster());
    add(key, target.node());
    add(key, target.sensor());
    add(key, target.namespace());
    add(key, target.pod());
    add(key, target.podUid());
    add(key, target.workload());
    add(key, target.containerId());
    add(key, target.containerName());
    add(key, target.image());
    add(key, target.account());
    add(key, target.region());
    add(key, target.instance());
    add(key, target.securityGroup());
    add(key, target.principal());
    add(key, target.principalType());
    add(key, target.accessKey());
    add(key, target.resource());
    add(key, target.labels());
  }

  private static void add(StringBuilder key, ObservedProcess process) {
    add(key, process.executable());
    add(key, process.name());
    add(key, process.commandLine());
    add(key, process.parent());
    add(key, process.user());
  }

  private static void add(StringBuilder key, ObservedConnection network) {
    add(key, network.peer());
    add(key, network.protocol());
    add(key, network.direction());
    add(key, network.domain());
    Integer port = network.port();
    boolean callersOwn = "inbound".equals(network.direction());
    add(key, port == null || callersOwn ? null : port.toString());
    Integer localPort = network.localPort();
    add(key, localPort == null ? null : localPort.toString());
  }

  private static void add(StringBuilder key, List<String> parts) {
    key.append(parts.size()).append(SEPARATOR);
    parts.forEach(part -> add(key, part));
  }

  /** With its length, so that no text can pass for the end of one field and the next. */
  private static void add(StringBuilder key, @Nullable String part) {
    if (part == null) {
      key.append(ABSENT);
    } else {
      key.append(part.length()).append(':').append(part);
    }
    key.append(SEPARATOR);
  }
}
