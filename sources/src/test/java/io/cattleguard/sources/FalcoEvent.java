package io.cattleguard.sources;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.cattleguard.events.Alert;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;

/** Writes Falco's JSON for tests; each call changes this event and returns it. */
public final class FalcoEvent {
  private final ObjectNode event = JsonNodeFactory.instance.objectNode();
  private final ObjectNode fields;

  /** At {@link TestAlerts#AT} on {@code node-a}, without fields yet. */
  public FalcoEvent(String rule, String priority, String... tags) {
    event.put("hostname", "node-a");
    event.put("output", priority + " " + rule);
    event.put("priority", priority);
    event.put("rule", rule);
    event.put("source", "syscall");
    ArrayNode array = event.putArray("tags");
    for (String tag : tags) {
      array.add(tag);
    }
    event.put("time", TestAlerts.AT.toString());
    fields = event.putObject("output_fields");
  }

  /** Sets Falco's event source; the default is {@code syscall}. */
  @CanIgnoreReturnValue
  public FalcoEvent source(String source) {
    event.put("source", source);
    return this;
  }

  /** Sets when it happened. */
  @CanIgnoreReturnValue
  public FalcoEvent time(Instant time) {
    event.put("time", time.toString());
    return this;
  }

  /** Sets the node of the event. */
  @CanIgnoreReturnValue
  public FalcoEvent hostname(String hostname) {
    event.put("hostname", hostname);
    return this;
  }

  /** Sets an output field. */
  @CanIgnoreReturnValue
  public FalcoEvent field(String key, String value) {
    fields.put(key, value);
    return this;
  }

  /** Sets an output field. */
  @CanIgnoreReturnValue
  public FalcoEvent field(String key, long value) {
    fields.put(key, value);
    return this;
  }

  /** Sets an output field. */
  @CanIgnoreReturnValue
  public FalcoEvent field(String key, boolean value) {
    fields.put(key, value);
    return this;
  }

  /** Sets the process and its parent. */
  @CanIgnoreReturnValue
  public FalcoEvent process(String name, String path, String commandLine, String parent) {
    return field("proc.name", name)
        .field("proc.exepath", path)
        .field("proc.cmdline", commandLine)
        .field("proc.pname", parent);
  }

  /** The alert that is read from this event if the cluster {@code blue} sends it. */
  public Alert read() {
    Origin origin = new Origin("blue", TestAlerts.AT.plusSeconds(1));
    if (new AlertReader().read(toString(), origin) instanceof Reading.Read read) {
      return read.alert();
    }
    throw new IllegalStateException("no alert: " + this);
  }

  /** The event as a line of Falco's output. */
  @Override
  public String toString() {
    return event.toString();
  }
}
