package io.cattleguard.app.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.terminal.UsageError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the Terraform module made, by name.
 *
 * @param functions by step
 * @param queues by what people call them, those in which nothing should be
 * @param group in which respond comes to a cluster, where that is known
 */
record Deployment(
    String bus,
    Map<String, String> functions,
    Map<String, String> queues,
    String ledger,
    Optional<String> region,
    Optional<String> group) {
  static final List<String> STEPS =
      List.of("deduplicate", "score", "route", "respond-kubernetes", "respond-aws");

  /** As the module names them. */
  static Deployment named(String name) {
    Map<String, String> functions = new LinkedHashMap<>();
    Map<String, String> queues = new LinkedHashMap<>();
    for (String step : STEPS) {
      functions.put(step, name + "-" + step);
      queues.put(step + "-failed", name + "-" + step + "-failed");
      queues.put(step + "-undelivered", name + "-" + step + "-undelivered");
    }
    return new Deployment(
        name, functions, queues, name + "-ledger", Optional.empty(), Optional.empty());
  }

  /**
   * As {@code terraform output -json} says: the module's outputs passed on under their own names,
   * or as one output that holds them all.
   *
   * @throws UsageError where they are not there
   */
  static Deployment of(JsonNode outputs) {
    JsonNode module = module(outputs);
    String bus = text(module, "bus_name");
    Deployment usual = named(bus);
    Map<String, String> functions = new LinkedHashMap<>(usual.functions);
    Map<String, String> queues = new LinkedHashMap<>(usual.queues);
    for (String step : STEPS) {
      put(functions, step, module.path("function_names").path(step));
      JsonNode urls = module.path("queue_urls").path(step);
      put(queues, step + "-failed", urls.path("failed"));
      put(queues, step + "-undelivered", urls.path("undelivered"));
    }
    String ledger = text(module.path("table_names"), "ledger");
    return new Deployment(
        bus,
        functions,
        queues,
        ledger.isEmpty() ? usual.ledger : ledger,
        Optional.of(text(module, "region")).filter(region -> !region.isEmpty()),
        Optional.of(text(module, "kubernetes_group")).filter(group -> !group.isEmpty()));
  }

  /** An output of a root module is an object that holds its value. */
  private static JsonNode module(JsonNode outputs) {
    if (!text(outputs.path("bus_name"), "value").isEmpty()) {
      ObjectNode values = JsonNodeFactory.instance.objectNode();
      outputs
          .properties()
          .forEach(output -> values.set(output.getKey(), output.getValue().path("value")));
      return values;
    }
    for (JsonNode output : outputs) {
      if (!text(output.path("value"), "bus_name").isEmpty()) {
        return output.path("value");
      }
    }
    throw new UsageError(
        "there is no output bus_name in it; pass the module's outputs on, as in output"
            + " \"cattleguard\" { value = module.cattleguard }, or name the stack by --name");
  }

  private static String text(JsonNode in, String name) {
    return in.path(name).asText();
  }

  private static void put(Map<String, String> in, String key, JsonNode value) {
    if (value.isTextual()) {
      in.put(key, value.textValue());
    }
  }

  /** The rule that feeds a step. */
  String rule(String step) {
    return bus + "-" + step;
  }

  /** Where heartbeats are kept. */
  String heartbeats() {
    return "/aws/events/" + bus + "-heartbeat";
  }
}
