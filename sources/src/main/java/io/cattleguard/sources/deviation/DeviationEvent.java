package io.cattleguard.sources.deviation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Severity;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.events.trait.Trait;
import java.time.Instant;
import java.util.List;

/**
 * A workload's behaviour that its model does not have. It is sent as a raw event, so that it takes
 * the same road as every other alert.
 *
 * @param rule one of a fixed list
 * @param why the difference, for people
 * @param mode the model's mode
 * @param model the model's workload
 * @param entry the entry that a person could accept in it, else empty
 * @param workload {@code Kind/name}
 * @param pod empty if unknown
 * @param containerId empty if unknown
 * @param node empty if unknown
 * @param executable the program that ran, else empty
 * @param parent the program that started it, else empty
 * @param peer the peer of a connection as a model names it, else empty
 * @param port of the peer, else 0
 * @param localPort of a listener, else 0
 * @param protocol of a listener, else empty
 * @param file the file that was written, else empty
 */
public record DeviationEvent(
    String rule,
    Severity severity,
    List<String> tactics,
    List<String> techniques,
    List<Trait> traits,
    String why,
    String mode,
    String model,
    String entry,
    String namespace,
    String workload,
    String container,
    String image,
    String pod,
    String containerId,
    String node,
    String executable,
    String parent,
    String peer,
    int port,
    int localPort,
    String protocol,
    String file,
    Instant at,
    long count) {
  /** The key that makes an event a deviation. */
  static final String KEY = AcceptableEntry.KEY;

  /** Copies the lists. */
  public DeviationEvent {
    tactics = List.copyOf(tactics);
    techniques = List.copyOf(techniques);
    traits = List.copyOf(traits);
  }

  /** The event's text. */
  public String write() {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    ObjectNode out = event.putObject(KEY);
    out.put("rule", rule);
    out.put("severity", severity.jsonName());
    put(out.putArray("tactics"), tactics);
    put(out.putArray("techniques"), techniques);
    put(out.putArray("traits"), Trait.ids(traits));
    out.put("why", why);
    out.put("mode", mode);
    put(out, "model", model);
    put(out, "entry", entry);
    put(out, "namespace", namespace);
    put(out, "workload", workload);
    put(out, "container", container);
    put(out, "image", image);
    put(out, "pod", pod);
    put(out, "containerId", containerId);
    put(out, "node", node);
    put(out, "executable", executable);
    put(out, "parent", parent);
    put(out, "peer", peer);
    put(out, "port", port);
    put(out, "localPort", localPort);
    put(out, "protocol", protocol);
    put(out, "file", file);
    out.put("count", count);
    out.put("time", at.toString());
    return event.toString();
  }

  private static void put(ArrayNode to, List<String> texts) {
    texts.forEach(to::add);
  }

  private static void put(ObjectNode to, String key, String text) {
    if (!text.isEmpty()) {
      to.put(key, text);
    }
  }

  private static void put(ObjectNode to, String key, int number) {
    if (number != 0) {
      to.put(key, number);
    }
  }
}
