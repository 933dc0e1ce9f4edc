package io.cattleguard.app.road;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.observed.WorkloadObserved;
import java.util.Optional;

/** Reads a sensor's report of what workloads do, which an input has stored and stamped as one. */
final class SensorReport {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private SensorReport() {}

  /** The report; empty if the text is none, which is then read as an event. */
  static Optional<WorkloadObserved> read(String raw) {
    try {
      return Optional.of(WorkloadObserved.read(JSON.readTree(raw)));
    } catch (JsonProcessingException | ContractViolation e) {
      return Optional.empty();
    }
  }
}
