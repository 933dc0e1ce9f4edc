package io.cattleguard.sources;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.cattleguard.events.Alert;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;

/** Single events of the samples. */
public final class Samples {
  private Samples() {}

  /** The line of a file in {@code events/samples}, counted from 1. */
  public static String line(String file, int line) {
    return ContractFiles.text("samples", file).lines().skip(line - 1L).findFirst().orElseThrow();
  }

  /** The alert that an event is. */
  public static Alert alert(String event) {
    Reading reading = new AlertReader().read(event, new Origin("blue", Instant.EPOCH));
    return assertInstanceOf(Reading.Read.class, reading, event).alert();
  }
}
