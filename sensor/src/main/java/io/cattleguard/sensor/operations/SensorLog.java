package io.cattleguard.sensor.operations;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/**
 * Logs one JSON object per line, and never the text of an alert: an attacker writes it, and it may
 * contain secrets.
 */
public final class SensorLog {
  private final PrintStream out;
  private final InstantSource clock;

  public SensorLog(PrintStream out, InstantSource clock) {
    this.out = out;
    this.clock = clock;
  }

  public void info(String message, String... keysAndValues) {
    write("INFO", message, keysAndValues);
  }

  public void warn(String message, String... keysAndValues) {
    write("WARN", message, keysAndValues);
  }

  private void write(String level, String message, String... keysAndValues) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("time", clock.instant().truncatedTo(ChronoUnit.MILLIS).toString());
    line.put("level", level);
    line.put("message", message);
    for (int i = 0; i + 1 < keysAndValues.length; i += 2) {
      line.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    out.println(line);
  }
}
