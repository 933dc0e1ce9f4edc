package io.cattleguard.learn;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.observed.ObservedWorkload;
import io.cattleguard.events.observed.WorkloadObserved;
import io.cattleguard.models.Deviations;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Learner;
import io.cattleguard.models.Limits;
import io.cattleguard.models.Model;
import io.cattleguard.models.Observation;
import io.cattleguard.models.SensorReports;
import io.cattleguard.models.Workload;
import io.cattleguard.reviewed.ReviewedModels;
import io.cattleguard.sources.deviation.DeviationEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Learns from a sensor's report, and finds what deviates from the reviewed model of its workload.
 * Deviations are found by the reviewed model alone, so a report that is delivered twice has the
 * same ones.
 */
public final class ReportLearning {
  private final LearntModels learnt;
  private final ReviewedModels reviewed;

  /**
   * Learns into a store.
   *
   * @param reviewed the models of the policy
   */
  public ReportLearning(LearntModels learnt, ReviewedModels reviewed) {
    this.learnt = learnt;
    this.reviewed = reviewed;
  }

  /**
   * Learns from a report.
   *
   * @param cluster the cluster that the report's envelope names
   * @param clockOffset our clock minus the node's
   * @return the deviations, as events
   * @throws Unavailable if what was learnt cannot be stored; the report must be delivered again
   */
  public List<DeviationEvent> learn(
      WorkloadObserved report, String cluster, Duration clockOffset, Instant now) {
    List<Observation> observations = SensorReports.read(report, cluster, clockOffset);
    List<DeviationEvent> deviations = deviations(observations, report.node());
    Learner learner = new Learner(Limits.DEFAULT);
    observations.forEach(learner::observe);
    Map<Workload, Map<Entry.Kind, Long>> refused = refused(report, cluster);
    for (Model model : learner.models()) {
      learnt.add(with(model, refused.getOrDefault(model.workload(), Map.of())), now);
    }
    return deviations;
  }

  /** What deviates, once per pod and behaviour. */
  private List<DeviationEvent> deviations(List<Observation> observations, String node) {
    List<DeviationEvent> deviations = new ArrayList<>();
    Set<List<Object>> found = new HashSet<>();
    for (Observation seen : observations) {
      reviewed
          .model(seen.workload())
          .flatMap(model -> Deviations.of(model, seen))
          .filter(
              one -> found.add(List.of(seen.workload(), seen.entry(), seen.instance(), one.rule())))
          .ifPresent(one -> deviations.add(DeviationEvents.of(one, node)));
    }
    return deviations;
  }

  /** What the sensor had no room for. */
  private static Map<Workload, Map<Entry.Kind, Long>> refused(
      WorkloadObserved report, String cluster) {
    Map<Workload, Map<Entry.Kind, Long>> all = new TreeMap<>();
    for (ObservedWorkload one : report.workloads()) {
      one.refused()
          .forEach(
              (kind, count) ->
                  all.computeIfAbsent(
                          SensorReports.workload(one, cluster), workload -> new TreeMap<>())
                      .merge(SensorReports.kind(kind), count, Long::sum));
    }
    return all;
  }

  private static Model with(Model model, Map<Entry.Kind, Long> more) {
    if (more.isEmpty()) {
      return model;
    }
    Map<Entry.Kind, Long> refused = new TreeMap<>(model.refused());
    more.forEach((kind, count) -> refused.merge(kind, count, Long::sum));
    return new Model(
        model.workload(),
        model.mode(),
        model.image(),
        model.since(),
        model.until(),
        model.changed(),
        model.instances(),
        model.starts(),
        model.entries(),
        model.covers(),
        refused);
  }
}
