package io.cattleguard.events;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The source of a sensor's events on EventBridge. IAM lets a sensor write only its own, so it names
 * the cluster and, with EKS Pod Identity, the sensor's pod.
 *
 * <p>Names of clusters and namespaces and UIDs have no dot, and the pod's name is the rest, so no
 * two sensors share a source.
 *
 * @param pod absent if the sensor's credential names none
 */
public record SensorSource(String cluster, Optional<Pod> pod) {
  private static final String PREFIX = "cattleguard.sensor.";

  /** The prefix of events that the function learn publishes on behalf of a sensor. */
  private static final String LEARN = "cattleguard.learn.";

  /** Rejects parts that {@link #read} would split differently. */
  public SensorSource {
    if (cluster.isEmpty() || cluster.contains(".")) {
      throw new IllegalArgumentException("a cluster's name on EventBridge has no dot: " + cluster);
    }
  }

  /**
   * Reads a source, also one that {@link #ofLearn} wrote.
   *
   * @throws ContractViolation if it is not a sensor's
   */
  public static SensorSource read(String source) {
    String prefix = source.startsWith(LEARN) ? LEARN : PREFIX;
    if (!source.startsWith(prefix) || source.length() == prefix.length()) {
      throw new ContractViolation("source: expected a sensor, " + PREFIX + "<cluster>");
    }
    String[] parts = source.substring(prefix.length()).split("\\.", 2);
    if (parts[0].isEmpty()) {
      throw new ContractViolation("source: expected a sensor, " + PREFIX + "<cluster>");
    }
    if (parts.length == 1) {
      return new SensorSource(parts[0], Optional.empty());
    }
    // The name of the pod may have dots.
    String[] pod = parts[1].split("\\.", 3);
    return new SensorSource(
        parts[0],
        Optional.of(
            Pod.read(String.join("/", pod))
                .orElseThrow(
                    () ->
                        new ContractViolation(
                            "source: expected " + PREFIX + "<cluster>.<namespace>.<uid>.<pod>"))));
  }

  /** The source of a sensor of that cluster whose credential names no pod. */
  public static String of(String cluster) {
    return new SensorSource(cluster, Optional.empty()).toString();
  }

  /** The source of what learn publishes on behalf of this sensor: {@code cattleguard.learn.…}. */
  public String ofLearn() {
    return LEARN + toString().substring(PREFIX.length());
  }

  /** {@code cattleguard.sensor.<cluster>[.<namespace>.<uid>.<pod>]}. */
  @Override
  public String toString() {
    return PREFIX
        + cluster
        + pod.map(one -> "." + one.namespace() + "." + one.uid() + "." + one.name()).orElse("");
  }

  /**
   * The pod of a sensor, as its credential names it.
   *
   * @param uid of exactly this pod: a later pod of that name has another
   */
  public record Pod(String namespace, String uid, String name) {
    private static final Pattern TEXT =
        Pattern.compile(
            "([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)/([0-9A-Za-z-]{1,64})/([a-z0-9][a-z0-9.-]{0,252})");

    /** Reads what {@link #toString} wrote; empty if it is not the text of a pod. */
    public static Optional<Pod> read(String text) {
      Matcher matcher = TEXT.matcher(text);
      return matcher.matches()
          ? Optional.of(new Pod(matcher.group(1), matcher.group(3), matcher.group(4)))
          : Optional.empty();
    }

    /** {@code namespace/uid/name}. */
    @Override
    public String toString() {
      return namespace + "/" + uid + "/" + name;
    }
  }
}
