package io.cattleguard.events.fields;

import static java.util.Map.entry;

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

  /**
   * The form of fields that their source or we write in one way only. A mapping of {@code sources/}
   * may fill a field in another way.
   */
  public static final Map<String, FieldValues> FORMS =
      Map.ofEntries(
          entry("fingerprint", FieldValues.shaped("[0-9a-f]{32}", "32 digits of 0-9 and a-f")),
          entry(
              "alert.target.namespace",
              FieldValues.shaped("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "shop or kube-system")),
          entry(
              "alert.target.workload",
              FieldValues.shaped(
                  "(?!(deployment|statefulset|daemonset|replicaset|job|cronjob)/)[^/]+/.+",
                  "Deployment/web")),
          entry("alert.target.labels", FieldValues.shaped("[^=\\s]+=\\S*", "app=web")),
          entry(
              "alert.network.peer",
              FieldValues.shaped(
                  "[0-9.]+|[0-9a-fA-F]*:[0-9a-fA-F:.]*(%.+)?",
                  "203.0.113.7; for a network, write {cidr: 203.0.113.0/24}")),
          entry("alert.network.protocol", FieldValues.shaped("[^A-Z]+", "tcp or udp")),
          entry(
              "alert.process.name",
              FieldValues.shaped("[^/].*", "bash; process.executable has the path")));

  private FieldTypes() {}
}
