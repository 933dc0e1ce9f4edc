package io.cattleguard.respond.kubernetes.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.respond.action.Subject;

/**
 * The traffic of one workload's pods to one address.
 *
 * @param of the workload
 * @param pod the alert's pod, one of the workload's
 * @param peer an IPv4 or IPv6 address in its canonical form
 */
public record EgressBlock(Workload of, Pod pod, String peer) implements Subject {
  private static final String POD = "pod";
  private static final String PEER = "peer";

  @Override
  public String uid() {
    return of.uid() + "/" + peer;
  }

  @Override
  public String inWords() {
    return inWords("workload " + of.workload(), uid());
  }

  /** Describes the traffic of a workload, which may no longer exist. */
  public static String inWords(String workload, String uid) {
    int slash = uid.lastIndexOf('/');
    return "egress of %s (uid %s) to %s"
        .formatted(workload, uid.substring(0, slash), uid.substring(slash + 1));
  }

  @Override
  public String workload() {
    return of.workload();
  }

  @Override
  public String neighbourhood() {
    return of.neighbourhood();
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode out = of.toJson().put(PEER, peer);
    out.set(POD, pod.toJson());
    return out;
  }

  /** Reads the identities that {@link #toJson} wrote. */
  public static EgressBlock read(JsonNode in) {
    return new EgressBlock(Workload.read(in), Pod.read(in.path(POD)), in.path(PEER).asText());
  }
}
