package io.cattleguard.models;

import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Learns models from observations, within {@link Limits}. New entries never replace known ones, so
 * a flood cannot displace an entry. Not thread-safe.
 */
public final class Learner {
  private final Limits limits;
  private final Map<Workload, Learned> workloads = new HashMap<>();

  /** The kinds of entries that the sources of a cluster report. */
  private final Map<String, EnumSet<Entry.Kind>> covered = new HashMap<>();

  private int systemCalls;
  private long refusedWorkloads;

  /** The result of an observation. */
  public enum Outcome {
    /** The workload did not do this before. */
    NEW,
    /** The workload does this, but not yet in this pod, start or image. */
    NEW_INSTANCE,
    /** Nothing about it is new. */
    KNOWN,
    /** It is new, and there is no room for it. */
    REFUSED
  }

  /** A learner without entries. */
  public Learner(Limits limits) {
    this.limits = limits;
  }

  /** Takes an observation. */
  public Outcome observe(Observation observation) {
    Learned learned = workloads.get(observation.workload());
    if (learned == null) {
      if (workloads.size() >= limits.workloads()) {
        refusedWorkloads += observation.count();
        return Outcome.REFUSED;
      }
      learned = new Learned(observation.workload());
      workloads.put(observation.workload(), learned);
    }
    if (observation.entry().kind() == Entry.Kind.SYSTEM_CALL) {
      return observeCall(learned, observation);
    }
    covered
        .computeIfAbsent(
            observation.workload().cluster(), cluster -> EnumSet.noneOf(Entry.Kind.class))
        .add(observation.entry().kind());
    return learned.observe(observation, limits);
  }

  /** A model tells which starts have a record of calls, so a cluster does not. */
  private Outcome observeCall(Learned learned, Observation observation) {
    boolean isFull = systemCalls >= limits.allSystemCalls();
    Outcome outcome = learned.observe(observation, isFull ? limits.withoutNewCalls() : limits);
    systemCalls += outcome == Outcome.NEW ? 1 : 0;
    return outcome;
  }

  /** The model of a workload, if it was observed. */
  public Optional<Model> model(Workload workload) {
    return Optional.ofNullable(workloads.get(workload)).map(this::model);
  }

  private Model model(Learned learned) {
    return learned.model(covered.getOrDefault(learned.cluster(), EnumSet.noneOf(Entry.Kind.class)));
  }

  /** All models, sorted by workload. */
  public List<Model> models() {
    return workloads.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(learned -> model(learned.getValue()))
        .toList();
  }

  /** Forgets the workloads that were not observed since then, and returns how many. */
  public int forget(Instant before) {
    int known = workloads.size();
    workloads.values().removeIf(learned -> learned.until().isBefore(before));
    systemCalls = workloads.values().stream().mapToInt(Learned::systemCalls).sum();
    return known - workloads.size();
  }

  /** How many workloads are known. */
  public int size() {
    return workloads.size();
  }

  /** How many observations were of workloads for which there was no room. */
  public long refusedWorkloads() {
    return refusedWorkloads;
  }
}
