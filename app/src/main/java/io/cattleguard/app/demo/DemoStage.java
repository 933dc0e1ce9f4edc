package io.cattleguard.app.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.demo.DemoStory.Workload;
import io.cattleguard.respond.kubernetes.cluster.DisruptionBudget;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The demo's simulated cluster, and the Falco that watches it. */
public final class DemoStage {
  private static final Duration AGE = Duration.ofDays(3);
  private static final Duration GRACE = Duration.ofSeconds(1);

  private final InMemoryCluster cluster;
  private final InstantSource clock;
  private final Duration startUp;
  private final Map<String, Member> cast = new LinkedHashMap<>();
  private int events;

  /** A pod of the initial cluster. */
  private record Member(Workload workload, Pod pod) {}

  public DemoStage(DemoStory story, InstantSource clock, Duration startUp) {
    this.clock = clock;
    this.startUp = startUp;
    this.cluster = new InMemoryCluster(clock, startUp);
    Instant created = clock.instant().minus(AGE);
    for (Workload workload : story.workloads()) {
      workload.pods().forEach(place -> add(workload, place, created));
      workload
          .disruptionsAllowed()
          .ifPresent(
              allowed ->
                  cluster.budget(
                      workload.name(), new DisruptionBudget(nameOf(workload)[2], allowed)));
    }
  }

  private void add(Workload workload, String podAtNode, Instant created) {
    String[] place = podAtNode.split("@", 2);
    String[] name = nameOf(workload);
    String seed = String.format("%08x", place[0].hashCode());
    Pod pod =
        new Pod(
            name[0],
            place[0],
            seed + "-1d2e-4c3b-9a8f-" + String.format("%012x", cast.size() + 1),
            Optional.of(place[1]),
            created,
            Optional.of(new Pod.Owner(name[1], name[2])),
            false,
            false,
            false,
            true,
            List.of(seed + String.format("%04x", cast.size())));
    cluster.run(pod);
    cast.put(pod.name(), new Member(workload, pod));
  }

  /** Namespace, kind and name. */
  private static String[] nameOf(Workload workload) {
    return workload.name().split("/", 3);
  }

  InMemoryCluster cluster() {
    return cluster;
  }

  /** The initial pods of a workload. */
  List<String> podsOf(String workload) {
    return cast.values().stream()
        .filter(member -> member.workload.name().equals(workload))
        .map(member -> member.pod.name())
        .toList();
  }

  /** The current pods of the workload that an initial pod belongs to. */
  List<Pod> now(String pod) {
    String workload = member(pod).workload.name();
    return cluster.pods().stream().filter(one -> one.workload().equals(workload)).toList();
  }

  /** Waits until the controller's replacements are ready. */
  List<Pod> settled(String pod) {
    Instant end = clock.instant().plus(startUp).plus(GRACE);
    while (now(pod).stream().anyMatch(one -> !one.ready()) && clock.instant().isBefore(end)) {
      Pace.sleep(5);
    }
    return now(pod);
  }

  /** Whether a pod was created after the start. */
  boolean isReplacement(Pod pod) {
    Member before = cast.get(pod.name());
    return before == null || !before.pod.uid().equals(pod.uid());
  }

  private Member member(String pod) {
    Member member = cast.get(pod);
    if (member == null) {
      throw new IllegalStateException("demo.yaml names no pod " + pod);
    }
    return member;
  }

  /** The event as Falco would write it now: about a pod, or without one about Falco itself. */
  String falco(ObjectNode event, Optional<String> podName) {
    ObjectNode out = event.deepCopy();
    Instant now = clock.instant();
    out.put("time", now.toString());
    out.put("hostname", "node-a");
    ObjectNode fields = out.withObject("/output_fields");
    fields.put("evt.time", now.getEpochSecond() * 1_000_000_000L + now.getNano());
    fields.put("proc.pid", 20_000 + events++);
    if (podName.isPresent()) {
      Member member = member(podName.get());
      Pod pod = member.pod;
      String image = member.workload.image();
      out.put("hostname", pod.node().orElseThrow());
      fields.put("k8s.ns.name", pod.namespace());
      fields.put("k8s.pod.name", pod.name());
      fields.put("container.id", pod.containerIds().get(0));
      fields.put("container.name", nameOf(member.workload)[2]);
      fields.put("container.image.repository", image.substring(0, image.lastIndexOf(':')));
      fields.put("container.image.tag", image.substring(image.lastIndexOf(':') + 1));
    }
    return out.toString();
  }
}
