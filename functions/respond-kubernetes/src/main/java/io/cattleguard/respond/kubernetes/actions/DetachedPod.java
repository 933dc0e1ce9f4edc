package io.cattleguard.respond.kubernetes.actions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.respond.action.Subject;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import java.util.Map;
import java.util.TreeMap;

/**
 * A pod with the labels that its isolation removes, as the ledger keeps them for the release.
 *
 * @param labels empty if the isolation leaves the pod where it is
 */
record DetachedPod(Pod pod, Map<String, String> labels) implements Subject {
  private static final String LABELS = "labels";

  /** Copies the labels. */
  DetachedPod {
    labels = Map.copyOf(labels);
  }

  /** The labels that an isolation removed, from what {@link #toJson} wrote. */
  static Map<String, String> labels(JsonNode in) {
    Map<String, String> labels = new TreeMap<>();
    in.path(LABELS).properties().forEach(one -> labels.put(one.getKey(), one.getValue().asText()));
    return labels;
  }

  /** Reads what {@link #toJson} wrote. */
  static DetachedPod read(JsonNode in) {
    return new DetachedPod(Pod.read(in), labels(in));
  }

  @Override
  public String uid() {
    return pod.uid();
  }

  @Override
  public String inWords() {
    return pod.inWords();
  }

  @Override
  public String workload() {
    return pod.workload();
  }

  @Override
  public String neighbourhood() {
    return pod.neighbourhood();
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode out = pod.toJson();
    ObjectNode all = out.putObject(LABELS);
    new TreeMap<>(labels).forEach(all::put);
    return out;
  }
}
