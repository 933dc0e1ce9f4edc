package io.cattleguard.app.road;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.observed.WorkloadObserved;
import java.util.Optional;

/** Recognises a sensor's report of what workloads do among the events that an input has stored. */
final class SensorReport {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** A report begins with its schema, or with the time at which it was sent. */
  private static final int START = 80;

  private SensorReport() {}

  /** The report; empty if the text is another event. */
  static Optional<WorkloadObserved> read(String raw) {
    if (!raw.substring(0, Math.min(raw.length(), START)).contains(AlertJson.SCHEMA)) {
      return Optional.empty();
    }
    try {
      JsonNode event = JSON.readTree(raw);
      return event.has(WorkloadObserved.WORKLOADS)
          ? Optional.of(WorkloadObserved.read(event))
          : Optional.empty();
    } catch (JsonProcessingException | ContractViolation e) {
      return Optional.empty();
    }
  }
}
