package io.cattleguard.models;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The container of a workload, which has one model. Images are no part of it: a model spans them.
 *
 * @param cluster the sensor's cluster, never empty
 * @param namespace the namespace; empty for an object without a namespace, such as a node
 * @param kind the kind of the owner, such as {@code Deployment}; {@link #NODE} for the processes of
 *     nodes, {@link #CONTAINER} for a container whose pod is not known
 * @param name the owner's name, or the start of the container's id
 * @param container the container's name, or {@code host}
 */
public record Workload(String cluster, String namespace, String kind, String name, String container)
    implements Comparable<Workload> {
  /** Kind of processes outside containers: all nodes of a cluster have one model. */
  public static final String NODE = "Node";

  /** Kind of a container whose pod the source does not name. */
  public static final String CONTAINER = "Container";

  private static final Pattern TEXT = Pattern.compile("(.+)/([^/]+)/([^/]+)/([^/]+)/([^/]*)");

  private static final Comparator<Workload> ORDER =
      Comparator.comparing(Workload::cluster)
          .thenComparing(Workload::namespace)
          .thenComparing(Workload::kind)
          .thenComparing(Workload::name)
          .thenComparing(Workload::container);

  /** The processes outside containers, on all nodes of a cluster. */
  public static Workload ofNodes(String cluster) {
    return new Workload(cluster, "", NODE, "nodes", "host");
  }

  /** The workload of a {@link #toString}, in which only the cluster may have a slash. */
  public static Optional<Workload> parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    return matcher.matches()
        ? Optional.of(
            new Workload(
                matcher.group(1),
                matcher.group(2).equals("-") ? "" : matcher.group(2),
                matcher.group(3),
                matcher.group(4),
                matcher.group(5)))
        : Optional.empty();
  }

  @Override
  public int compareTo(Workload other) {
    return ORDER.compare(this, other);
  }

  /** {@code cluster/namespace/Kind/name/container}. */
  @Override
  public String toString() {
    return String.join("/", cluster, namespace.isEmpty() ? "-" : namespace, kind, name, container);
  }
}
