package io.cattleguard.app.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.terminal.UsageError;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The names of the resources that the Terraform module created.
 *
 * @param functions name of the function by step
 * @param queues name or URL of the dead-letter queues, by {@code STEP-failed} and {@code
 *     STEP-undelivered}
 * @param group the Kubernetes group of respond, if known
 * @param slackUrl where Slack sends button presses, if it is known
 * @param isUnheard whether it is known that no alarm has a topic
 */
record Deployment(
    String bus,
    Map<String, String> functions,
    Map<String, String> queues,
    String ledger,
    Optional<String> region,
    Optional<String> group,
    Optional<URI> slackUrl,
    boolean isUnheard) {
  static final List<String> STEPS =
      List.of("deduplicate", "score", "route", "respond-kubernetes", "respond-aws");

  /** A deployment with the names that the module derives from {@code name}. */
  static Deployment named(String name) {
    Map<String, String> functions = new LinkedHashMap<>();
    Map<String, String> queues = new LinkedHashMap<>();
    for (String step : STEPS) {
      functions.put(step, name + "-" + step);
      queues.put(step + "-failed", name + "-" + step + "-failed");
      queues.put(step + "-undelivered", name + "-" + step + "-undelivered");
    }
    return new Deployment(
        name,
        functions,
        queues,
        name + "-ledger",
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false);
  }

  /**
   * Reads {@code terraform output -json}: the module's outputs under their own names, or one output
   * that contains them all.
   *
   * @throws UsageError if there are no such outputs
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
        Optional.of(text(module, "kubernetes_group")).filter(group -> !group.isEmpty()),
        url(text(module, "slack_url")),
        module.path("alarm_topic_arns").isArray() && module.path("alarm_topic_arns").isEmpty());
  }

  private static Optional<URI> url(String text) {
    try {
      return text.isEmpty() ? Optional.empty() : Optional.of(new URI(text));
    } catch (URISyntaxException e) {
      throw new UsageError("the Terraform output slack_url is no URL: " + text);
    }
  }

  /** Returns the outputs' values; an output of a root module is an object that has its value. */
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
        "the Terraform output has no bus_name; add output \"cattleguard\" { value ="
            + " module.cattleguard } to the root module, or set --name");
  }

  private static String text(JsonNode in, String name) {
    return in.path(name).asText();
  }

  private static void put(Map<String, String> in, String key, JsonNode value) {
    if (value.isTextual()) {
      in.put(key, value.textValue());
    }
  }

  /** The name of the EventBridge rule of a step. */
  String rule(String step) {
    return bus + "-" + step;
  }

  /** The name of the function that receives people's actions in Slack. */
  String operate() {
    return bus + "-operate";
  }

  /** The name of the function that answers people's questions in Slack. */
  String answer() {
    return bus + "-answer";
  }

  /** The name of a step's function. */
  String function(String step) {
    return functions.getOrDefault(step, bus + "-" + step);
  }

  /** The log group of the heartbeats. */
  String heartbeats() {
    return "/aws/events/" + bus + "-heartbeat";
  }
}
