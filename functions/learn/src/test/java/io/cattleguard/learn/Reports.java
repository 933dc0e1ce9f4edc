package io.cattleguard.learn;

import io.cattleguard.events.observed.ObservedBehaviour;
import io.cattleguard.events.observed.ObservedWorkload;
import io.cattleguard.events.observed.WorkloadObserved;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.Workload;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reports of a sensor, and models of the workload that they are about. */
public final class Reports {
  /** When everything happens. */
  public static final Instant AT = Instant.parse("2026-03-02T11:00:00Z");

  /** The workload of the reports. */
  public static final Workload WEB = new Workload("blue", "shop", "Deployment", "web", "main");

  private Reports() {}

  /** A program that a pod ran. */
  public static ObservedBehaviour program(String path, String pod) {
    return new ObservedBehaviour(
        "executable", path, "/usr/sbin/init", 0, "running", AT, pod, "start of " + pod, 1);
  }

  /** A report of one workload. */
  public static WorkloadObserved report(ObservedBehaviour... behaviour) {
    return report(Map.of(), behaviour);
  }

  /** A report of one workload, of which the sensor refused some behaviour. */
  public static WorkloadObserved report(Map<String, Long> refused, ObservedBehaviour... behaviour) {
    return of("", refused, behaviour);
  }

  /** A report of one workload with an image's digest. */
  static WorkloadObserved of(String digest, ObservedBehaviour... behaviour) {
    return of(digest, Map.of(), behaviour);
  }

  private static WorkloadObserved of(
      String digest, Map<String, Long> refused, ObservedBehaviour... behaviour) {
    return new WorkloadObserved(
        "id",
        "blue",
        AT,
        0,
        "node-a",
        List.of(
            new ObservedWorkload(
                "shop",
                "Deployment",
                "web",
                "main",
                "registry.example.com/shop/web:1",
                digest,
                refused,
                Arrays.asList(behaviour))),
        Optional.empty());
  }

  /**
   * A model in the given mode with the learnt behaviour; its source reports every kind of
   * behaviour.
   */
  public static Model in(Mode mode, Model learnt) {
    return new Model(
        learnt.workload(),
        mode,
        learnt.image(),
        learnt.since(),
        learnt.until(),
        learnt.changed(),
        learnt.instances(),
        learnt.starts(),
        learnt.entries(),
        EnumSet.allOf(Entry.Kind.class),
        learnt.refused());
  }
}
