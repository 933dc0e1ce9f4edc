package io.cattleguard.learn;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.observed.ObservedWorkload;
import io.cattleguard.events.observed.WorkloadObserved;
import io.cattleguard.models.Deviations;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Learner;
import io.cattleguard.models.Limits;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.Observation;
import io.cattleguard.models.SensorReports;
import io.cattleguard.models.Sighting;
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
  /** How far a node's clock may be ahead, after its correction. */
  private static final Duration FUTURE = Duration.ofMinutes(5);

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
   * The deviations in a report. They do not depend on the learnt models, so they can be published
   * while the store is unavailable.
   *
   * @param cluster the cluster that the report's envelope names
   * @param clockOffset our clock minus the node's
   * @return the deviations, as events
   */
  public List<DeviationEvent> deviations(
      WorkloadObserved report, String cluster, Duration clockOffset, Instant now) {
    List<DeviationEvent> deviations =
        deviations(read(report, cluster, clockOffset, now), report.node());
    Instant at = plausible(report.observedAt(), now);
    refused(report, cluster)
        .forEach(
            (workload, counts) ->
                reviewed
                    .model(workload)
                    .filter(model -> !counts.keySet().equals(Set.of(Entry.Kind.SYSTEM_CALL)))
                    .ifPresent(
                        model ->
                            deviations.add(
                                DeviationEvents.beyondRoom(
                                    model, count(counts), report.node(), at))));
    return deviations;
  }

  /**
   * Learns from a report.
   *
   * @param cluster the cluster that the report's envelope names
   * @param clockOffset our clock minus the node's
   * @throws Unavailable if the learnt models cannot be stored; the report must be redelivered
   */
  public void learn(WorkloadObserved report, String cluster, Duration clockOffset, Instant now) {
    Learner learner = new Learner(Limits.DEFAULT);
    for (Observation seen : read(report, cluster, clockOffset, now)) {
      learner.observe(
          reviewed
              .model(seen.workload())
              .map(model -> Deviations.asReviewed(model, seen))
              .orElse(seen));
    }
    Map<Workload, Map<Entry.Kind, Long>> refused = refused(report, cluster);
    for (Model model : learner.models()) {
      Map<Entry.Kind, Long> here = refused.remove(model.workload());
      learnt.add(here == null ? model : with(model, here), now);
    }
    refused.forEach((workload, counts) -> learnt.add(with(empty(workload, now), counts), now));
  }

  /** The observations of a report, without those that are older than the model or in the future. */
  private static List<Observation> read(
      WorkloadObserved report, String cluster, Duration clockOffset, Instant now) {
    return SensorReports.read(report, cluster, clockOffset).stream()
        .map(
            seen ->
                new Observation(
                    seen.workload(),
                    seen.entry(),
                    seen.phase(),
                    plausible(seen.at(), now),
                    seen.instance(),
                    seen.start(),
                    seen.image(),
                    seen.digest(),
                    seen.count()))
        .toList();
  }

  /**
   * A sensor's time is untrusted: a time in the future would make a model drop all older entries.
   */
  private static Instant plausible(Instant at, Instant now) {
    Instant oldest = now.minus(LearntModels.AGE);
    Instant latest = now.plus(FUTURE);
    return at.isBefore(oldest) ? oldest : at.isAfter(latest) ? latest : at;
  }

  private static long count(Map<Entry.Kind, Long> counts) {
    return counts.values().stream().reduce(0L, ReportLearning::sum);
  }

  private static long sum(long one, long other) {
    return Math.min(Sighting.MOST, Math.min(Sighting.MOST, one) + Math.min(Sighting.MOST, other));
  }

  private static Model empty(Workload workload, Instant now) {
    return new Model(
        workload,
        Mode.LEARNING,
        "",
        now,
        now,
        now,
        List.of(),
        List.of(),
        new TreeMap<>(),
        Set.of(),
        Map.of());
  }

  /** The deviations, once per pod and behaviour. */
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

  /** The behaviour for which the sensor had no room. */
  private static Map<Workload, Map<Entry.Kind, Long>> refused(
      WorkloadObserved report, String cluster) {
    Map<Workload, Map<Entry.Kind, Long>> all = new TreeMap<>();
    for (ObservedWorkload one : report.workloads()) {
      one.refused()
          .forEach(
              (kind, count) ->
                  all.computeIfAbsent(
                          SensorReports.workload(one, cluster), workload -> new TreeMap<>())
                      .merge(SensorReports.kind(kind), count, ReportLearning::sum));
    }
    return all;
  }

  private static Model with(Model model, Map<Entry.Kind, Long> more) {
    Map<Entry.Kind, Long> refused = new TreeMap<>(model.refused());
    more.forEach((kind, count) -> refused.merge(kind, count, ReportLearning::sum));
    return model.holding(model.entries(), refused);
  }
}
