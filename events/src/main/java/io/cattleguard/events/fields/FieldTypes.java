package io.cattleguard.events.fields;

import static java.util.Map.entry;

import io.cattleguard.events.AlertJson;
import io.cattleguard.events.text.FieldValues;
import java.util.Map;
import java.util.Set;

/**
 * What the fields of {@link AlertFields} hold: every field that is neither a number nor a flag is a
 * text. A pattern compares types too, so {@code port: ["443"]} never matches.
 */
public final class FieldTypes {
  private static final int HIGHEST_PORT = 65_535;
  private static final long MANY = 1L << 53;

  /**
   * The numbers that a field can have.
   *
   * @param least inclusive
   * @param most inclusive
   */
  public record Range(long least, long most) {}

  /** The fields with a whole number. */
  public static final Map<String, Range> NUMBERS =
      Map.ofEntries(
          entry("hops", new Range(0, MANY)),
          entry("count", new Range(1, MANY)),
          entry("targets", new Range(1, MANY)),
          entry("score", new Range(0, 100)),
          entry("reasons.points", new Range(-MANY, MANY)),
          entry("silenced.below", new Range(0, 100)),
          entry("alert.count", new Range(1, MANY)),
          entry("alert.network.port", new Range(0, HIGHEST_PORT)),
          entry("alert.network.localPort", new Range(0, HIGHEST_PORT)));

  /** The fields that are true or false. */
  public static final Set<String> FLAGS = Set.of("silenced.responders");

  /** A time as events write it. */
  private static final FieldValues TIME =
      FieldValues.shaped(
          "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?Z",
          "2026-03-02T09:15:00Z", "2026-03-02T09:15:00.0");

  private static final String OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";

  /**
   * The form of fields that their source or we write in one way only. A mapping of {@code sources/}
   * may fill a field in another way.
   */
  public static final Map<String, FieldValues> FORMS =
      Map.ofEntries(
          entry("schema", FieldValues.of(Set.of(AlertJson.SCHEMA))),
          entry("observedAt", TIME),
          entry("firstAt", TIME),
          entry("lastAt", TIME),
          entry("silenced.until", TIME),
          entry("incident.openedAt", TIME),
          entry("incident.steps.at", TIME),
          entry("alert.observedAt", TIME),
          entry("response.decidedAt", TIME),
          entry("response.leaseUntil", TIME),
          entry(
              "fingerprint",
              FieldValues.shaped(
                  "[0-9a-f]{32}", "32 digits of 0-9 and a-f", "5d41402abc4b2a76b9719d911017c592")),
          entry(
              "alert.target.namespace",
              FieldValues.shaped(
                  "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "shop or kube-system", "shop")),
          entry(
              "alert.target.pod",
              FieldValues.shaped("[a-z0-9]([a-z0-9.-]*[a-z0-9])?", "web-7c8d9f5b6d-x2x4k", "web")),
          entry(
              "alert.target.podUid",
              FieldValues.shaped(
                  "[0-9a-fA-F-]{32,36}",
                  "0b3f2c1e-6c1d-4c53-9d4e-2a7f5f1f0a11",
                  "0b3f2c1e-6c1d-4c53-9d4e-2a7f5f1f0a11")),
          entry(
              "alert.target.containerId",
              FieldValues.shaped("[0-9a-f]{12,64}", "3f1c2ab97d10", "0".repeat(64))),
          entry(
              "alert.target.workload",
              FieldValues.shaped(
                  "(?!(deployment|statefulset|daemonset|replicaset|job|cronjob)/)[^/]+/.+",
                  "Deployment/web")),
          entry("alert.target.labels", FieldValues.shaped("[^=\\s]+=\\S*", "app=web")),
          entry(
              "alert.target.instance",
              FieldValues.shaped("i-[0-9a-f]{8,17}", "i-0123456789abcdef0", "i-0123456789abcdef0")),
          entry(
              "alert.target.securityGroup",
              FieldValues.shaped("sg-[0-9a-f]+", "sg-0123456789abcdef0", "sg-0123456789abcdef0")),
          entry(
              "alert.target.region", FieldValues.shaped("[a-z][a-z0-9-]*", "eu-central-1", "eu-")),
          entry(
              "alert.target.accessKey",
              FieldValues.shaped("[A-Z0-9]+", "AKIAIOSFODNN7EXAMPLE", "A")),
          entry(
              "alert.network.peer",
              FieldValues.shaped(
                  OCTET + "(\\." + OCTET + "){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]*(%.+)?",
                  "203.0.113.7; for a network, write {cidr: 203.0.113.0/24}",
                  "203.0.113.7",
                  "1.1.1.1",
                  "a:%")),
          entry("alert.network.protocol", FieldValues.shaped("[^A-Z]+", "tcp or udp", "tcp")),
          entry(
              "alert.process.name",
              FieldValues.shaped("[^/].*", "bash; process.executable has the path")));

  private FieldTypes() {}
}
