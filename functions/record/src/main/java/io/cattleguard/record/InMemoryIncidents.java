package io.cattleguard.record;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Records in memory. */
public final class InMemoryIncidents implements Incidents {
  private final Map<String, IncidentRecord> records = new ConcurrentHashMap<>();

  @Override
  public void merge(IncidentRecord addition) {
    records.merge(addition.id(), addition, IncidentRecord::merge);
  }

  @Override
  public Optional<IncidentRecord> find(String id) {
    return Optional.ofNullable(records.get(id));
  }

  @Override
  public List<IncidentSummary> latest(Instant since, int limit) {
    return byTime().filter(one -> !one.lastAt().isBefore(since)).limit(limit).toList();
  }

  @Override
  public List<IncidentSummary> holding(int limit) {
    return byTime().filter(IncidentSummary::holding).limit(limit).toList();
  }

  private Stream<IncidentSummary> byTime() {
    return records.values().stream()
        .filter(IncidentRecord::isListed)
        .map(IncidentSummary::of)
        .sorted(
            Comparator.comparing(IncidentSummary::lastAt)
                .reversed()
                .thenComparing(IncidentSummary::id));
  }
}
