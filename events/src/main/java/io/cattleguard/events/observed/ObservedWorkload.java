package io.cattleguard.events.observed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.ContractViolation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The behaviour of a workload's container on a node.
 *
 * @param namespace empty for an object without a namespace
 * @param kind the kind of the owner, such as {@code Deployment}
 * @param name the owner's name
 * @param container the container's name
 * @param image without its digest, empty if unknown
 * @param digest {@code sha256:…}, empty if unknown
 * @param refused how many observations the sensor had no room for, by kind of behaviour: the model
 *     is incomplete
 */
public record ObservedWorkload(
    String namespace,
    String kind,
    String name,
    String container,
    String image,
    String digest,
    Map<String, Long> refused,
    List<ObservedBehaviour> behaviour) {

  /** Copies the list and rejects texts that no sensor writes. */
  public ObservedWorkload {
    behaviour = List.copyOf(behaviour);
    refused = Collections.unmodifiableMap(new TreeMap<>(refused));
    if (!ObservedBehaviour.KINDS.containsAll(refused.keySet())) {
      throw new ContractViolation("refused: an unknown kind of behaviour");
    }
    for (String text : List.of(namespace, kind, name, container, image, digest)) {
      if (text.length() > ObservedBehaviour.LONGEST) {
        throw new ContractViolation(
            "a text is longer than " + ObservedBehaviour.LONGEST + " characters");
      }
    }
    if (name.isEmpty() || kind.isEmpty()) {
      throw new ContractViolation("a workload without kind or name");
    }
  }

  void write(ObjectNode out) {
    if (!namespace.isEmpty()) {
      out.put("namespace", namespace);
    }
    out.put("kind", kind);
    out.put("name", name);
    out.put("container", container);
    if (!image.isEmpty()) {
      out.put("image", image);
    }
    if (!digest.isEmpty()) {
      out.put("digest", digest);
    }
    if (!refused.isEmpty()) {
      ObjectNode counts = out.putObject("refused");
      refused.forEach(counts::put);
    }
    ArrayNode array = out.putArray("behaviour");
    behaviour.forEach(one -> one.write(array.addObject()));
  }

  static ObservedWorkload read(JsonNode in) {
    List<ObservedBehaviour> behaviour = new ArrayList<>();
    for (JsonNode one : in.path("behaviour")) {
      behaviour.add(ObservedBehaviour.read(one));
    }
    Map<String, Long> refused = new TreeMap<>();
    in.path("refused")
        .properties()
        .forEach(one -> refused.put(one.getKey(), Math.max(0, one.getValue().asLong())));
    return new ObservedWorkload(
        in.path("namespace").asText(""),
        in.path("kind").asText(""),
        in.path("name").asText(""),
        in.path("container").asText(""),
        in.path("image").asText(""),
        in.path("digest").asText(""),
        refused,
        behaviour);
  }
}
