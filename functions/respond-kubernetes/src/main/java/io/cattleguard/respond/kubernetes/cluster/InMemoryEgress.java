package io.cattleguard.respond.kubernetes.cluster;

import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Change;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Egress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** The peers that the simulated network denies to workloads. */
final class InMemoryEgress {
  /** By the UID of the workload, the peer that its pods are denied. */
  private final Map<String, String> denied = new LinkedHashMap<>();

  private final List<String> governing = new ArrayList<>();
  private final Map<String, String> governingOne = new LinkedHashMap<>();

  /** Adds a policy that decides on the egress of every pod. */
  void govern(String what) {
    governing.add(what);
  }

  /** Adds a policy that decides on the egress of one pod alone. */
  void govern(Pod pod, String what) {
    governingOne.put(pod.uid(), what);
  }

  /** The peers that workloads are denied, by the UID of the workload. */
  Map<String, String> deniedPeers() {
    return Map.copyOf(denied);
  }

  /**
   * The peers that the workload's pods are denied, and the other policies for their egress.
   *
   * @param uids of its pods
   */
  Egress egress(EgressBlock block, Stream<String> uids) {
    List<String> all = new ArrayList<>(governing);
    uids.map(governingOne::get).filter(Objects::nonNull).forEach(all::add);
    return new Egress(Optional.ofNullable(denied.get(block.of().uid())), all, List.of(), List.of());
  }

  /** Denies the workload a peer. */
  Change block(EgressBlock block) {
    String before = denied.putIfAbsent(block.of().uid(), block.peer());
    if (before != null && !before.equals(block.peer())) {
      throw new Denied("the workload is denied " + before + " already");
    }
    return Change.MADE;
  }

  /** Ends that denial. */
  Change allow(EgressBlock block) {
    String is = denied.get(block.of().uid());
    if (is == null) {
      return Change.GONE;
    }
    return denied.remove(block.of().uid(), block.peer()) ? Change.MADE : Change.REPLACED;
  }
}
