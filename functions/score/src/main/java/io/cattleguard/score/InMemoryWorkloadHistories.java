package io.cattleguard.score;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Histories in a map, for one process. */
public final class InMemoryWorkloadHistories implements WorkloadHistories {
  private final Map<String, WorkloadHistory> states = new ConcurrentHashMap<>();

  @Override
  public Optional<WorkloadHistory> recall(String workload) {
    return Optional.ofNullable(states.get(workload));
  }

  @Override
  public Optional<WorkloadHistory> current(String workload) {
    return recall(workload);
  }

  @Override
  public Optional<WorkloadHistory> store(WorkloadHistory next, long expectedVersion) {
    AtomicReference<@Nullable WorkloadHistory> refusal = new AtomicReference<>();
    states.compute(
        next.workload(),
        (workload, current) -> {
          long version = current == null ? 0 : current.version();
          if (version == expectedVersion) {
            return next;
          }
          refusal.set(current == null ? WorkloadHistory.unknown(workload) : current);
          return current;
        });
    return Optional.ofNullable(refusal.get());
  }
}
