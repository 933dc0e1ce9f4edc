package io.cattleguard.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.AwsFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Looks at a deployment and changes nothing: each check says what it found and what to do. */
final class Doctor {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String NOBODY = "AWS does not know who asks";
  private static final Duration BEATS = Duration.ofMinutes(10);

  private final Deployment deployment;
  private final DoctorAws aws;
  private final Path home;
  private final Instant now;

  /** Beside the checkout whose patterns and packages should be the deployed ones. */
  Doctor(Deployment deployment, DoctorAws aws, Path home, Instant now) {
    this.deployment = deployment;
    this.aws = aws;
    this.home = home;
    this.now = now;
  }

  /** All of it, in the order of the road. */
  List<Diagnosis> examine() {
    List<Diagnosis> found = new ArrayList<>();
    found.add(asking("bus " + deployment.bus(), this::bus));
    if (found.getFirst().says().contains(NOBODY)) {
      // Everything else would say the same.
      return found;
    }
    for (String step :
        List.of(
            "deduplicate", "score", "route", "respond-kubernetes", "respond-aws", "heartbeat")) {
      found.add(asking("rule " + deployment.rule(step), () -> rule(step)));
    }
    deployment
        .queues()
        .forEach((name, queue) -> found.add(asking("queue " + name, () -> queue(name, queue))));
    Map<String, JsonNode> functions = new LinkedHashMap<>();
    deployment
        .functions()
        .forEach(
            (step, name) ->
                found.add(asking("function " + name, () -> function(step, name, functions))));
    found.add(policies(functions));
    found.add(mode(functions));
    found.add(asking("sensors", this::sensors));
    found.add(asking("kill switch", this::killSwitch));
    return found;
  }

  /** What AWS does not tell is a problem too: nobody knows then. */
  private static Diagnosis asking(String about, Supplier<Diagnosis> check) {
    try {
      return check.get();
    } catch (AwsFailure e) {
      return Diagnosis.problem(about, "cannot be looked at: " + e.getMessage() + "; " + remedy(e));
    }
  }

  private static String remedy(AwsFailure e) {
    if (e.getMessage() != null && e.getMessage().startsWith("AWS credentials")) {
      return NOBODY + ": log in, or: eval \"$(aws configure export-credentials --format env)\"";
    }
    String code = e.code();
    if (code.contains("NotFound")
        || code.contains("NonExistent")
        || code.contains("DoesNotExist")) {
      return "it is not there: check --name and region, or apply the Terraform module";
    }
    if (code.contains("AccessDenied") || code.contains("NotAuthorized")) {
      return "whoever asks may not read it: use a role that may";
    }
    if (code.contains("Token")
        || code.contains("Signature")
        || code.contains("UnrecognizedClient")) {
      return NOBODY + ": the credentials are not good, log in again";
    }
    return "check the network, the region and AWS_ENDPOINT_URL";
  }

  private static ObjectNode object(String name, String value) {
    return JsonNodeFactory.instance.objectNode().put(name, value);
  }

  private Diagnosis bus() {
    String arn =
        aws.events()
            .call("DescribeEventBus", object("Name", deployment.bus()))
            .path("Arn")
            .asText();
    return Diagnosis.ok("bus " + deployment.bus(), "answers: " + arn);
  }

  private Diagnosis rule(String step) {
    String name = deployment.rule(step);
    String about = "rule " + name;
    ObjectNode request = object("Name", name).put("EventBusName", deployment.bus());
    JsonNode rule = aws.events().call("DescribeRule", request);
    if (!rule.path("State").asText().startsWith("ENABLED")) {
      return Diagnosis.problem(
          about,
          "is "
              + rule.path("State").asText()
              + ", so nothing reaches "
              + step
              + ": aws events enable-rule --name "
              + name
              + " --event-bus-name "
              + deployment.bus());
    }
    if (!parsed(rule.path("EventPattern").asText()).equals(pattern(step))) {
      return Diagnosis.problem(
          about,
          "has another pattern than events/patterns/"
              + step
              + ".json here: apply this version's Terraform, or use the deployed version's doctor");
    }
    JsonNode targets =
        aws.events()
            .call("ListTargetsByRule", object("Rule", name).put("EventBusName", deployment.bus()))
            .path("Targets");
    if (targets.isEmpty()) {
      return Diagnosis.problem(about, "has no target: apply the Terraform module");
    }
    for (JsonNode target : targets) {
      if (target.path("DeadLetterConfig").path("Arn").asText().isEmpty()) {
        return Diagnosis.problem(
            about,
            "has a target without a dead-letter queue, so what cannot be delivered is lost: apply"
                + " the Terraform module");
      }
    }
    return Diagnosis.ok(about, "is enabled, with this version's pattern");
  }

  private JsonNode pattern(String step) {
    try {
      return parsed(Files.readString(home.resolve("events/patterns").resolve(step + ".json")));
    } catch (IOException e) {
      throw new UsageError("cannot find Cattleguard's own pattern of " + step);
    }
  }

  private static JsonNode parsed(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return JSON.missingNode();
    }
  }

  private Diagnosis queue(String name, String queue) {
    String about = "queue " + name;
    String url =
        queue.contains("://")
            ? queue
            : aws.queues()
                .call("GetQueueUrl", object("QueueName", queue))
                .path("QueueUrl")
                .asText();
    ObjectNode request = object("QueueUrl", url);
    request
        .putArray("AttributeNames")
        .add("ApproximateNumberOfMessages")
        .add("ApproximateNumberOfMessagesNotVisible");
    JsonNode counts = aws.queues().call("GetQueueAttributes", request).path("Attributes");
    long messages =
        counts.path("ApproximateNumberOfMessages").asLong()
            + counts.path("ApproximateNumberOfMessagesNotVisible").asLong();
    if (messages == 0) {
      return Diagnosis.ok(about, "is empty");
    }
    String look = "look at one: aws sqs receive-message --queue-url " + url;
    return Diagnosis.problem(
        about,
        messages
            + (messages == 1 ? " message: " : " messages: ")
            + look
            + (name.endsWith("-failed")
                ? "; once the cause is mended: aws sqs start-message-move-task --source-arn ..."
                : "; the bus could not deliver it: see the queue's policy and key"));
  }

  private Diagnosis function(String step, String name, Map<String, JsonNode> functions) {
    String about = "function " + name;
    JsonNode function = aws.function(name);
    functions.put(step, function);
    JsonNode configuration = function.path("Configuration");
    String runs = "runs version " + configuration.path("Version").asText();
    if (function.path("Concurrency").has("ReservedConcurrentExecutions")
        && function.path("Concurrency").path("ReservedConcurrentExecutions").asInt() == 0) {
      return Diagnosis.problem(
          about,
          "is stopped by a reserved concurrency of 0: aws lambda delete-function-concurrency"
              + " --function-name "
              + name);
    }
    String state = configuration.path("State").asText("Active");
    if (!state.equals("Active") && !state.equals("Inactive")) {
      return Diagnosis.problem(
          about, "is " + state + ": " + configuration.path("StateReason").asText());
    }
    for (JsonNode mapping : aws.mappings(name)) {
      if (!mapping.path("State").asText().equals("Enabled")) {
        return Diagnosis.problem(
            about,
            "does not read its queue, the mapping is "
                + mapping.path("State").asText()
                + ": aws lambda update-event-source-mapping --enabled --uuid "
                + mapping.path("UUID").asText());
      }
    }
    Optional<String> built = built(step);
    if (built.isEmpty()) {
      return Diagnosis.ok(
          about, runs + "; not compared, for there is no package of it here: ./mvnw package");
    }
    if (!built.get().equals(configuration.path("CodeSha256").asText())) {
      return Diagnosis.problem(
          about,
          runs
              + ", which is another build than functions/"
              + step
              + "/target here: apply this one, or use the deployed version's checkout");
    }
    return Diagnosis.ok(about, runs + ", the very build that is here");
  }

  /** Packages are the same bit for bit wherever they are made. */
  private Optional<String> built(String step) {
    Path zip =
        home.resolve("functions").resolve(step).resolve("target/cattleguard-" + step + ".zip");
    if (!Files.isReadable(zip)) {
      return Optional.empty();
    }
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(zip));
      return Optional.of(Base64.getEncoder().encodeToString(hash));
    } catch (IOException | GeneralSecurityException e) {
      return Optional.empty();
    }
  }

  private static Diagnosis policies(Map<String, JsonNode> functions) {
    Map<String, Set<String>> stepsOf = new LinkedHashMap<>();
    functions.forEach(
        (step, function) -> {
          for (JsonNode layer : function.path("Configuration").path("Layers")) {
            String arn = layer.path("Arn").asText();
            if (arn.contains("-policy:")) {
              stepsOf.computeIfAbsent(arn, absent -> new TreeSet<>()).add(step);
            }
          }
        });
    if (stepsOf.isEmpty()) {
      return Diagnosis.skipped("policy", "no function was seen with one");
    }
    if (stepsOf.size() > 1) {
      return Diagnosis.problem(
          "policy",
          "functions have different ones: "
              + stepsOf.entrySet().stream()
                  .map(one -> String.join(", ", one.getValue()) + " has " + one.getKey())
                  .collect(Collectors.joining("; "))
              + "; apply the Terraform module");
    }
    return Diagnosis.ok("policy", "all have " + stepsOf.keySet().iterator().next());
  }

  private static Diagnosis mode(Map<String, JsonNode> functions) {
    String mode =
        functions
            .getOrDefault("respond-kubernetes", JSON.missingNode())
            .path("Configuration")
            .path("Environment")
            .path("Variables")
            .path("RESPONSE_MODE")
            .asText();
    return switch (mode) {
      case "enforce" -> Diagnosis.ok("mode", "enforce: playbooks that enforce act");
      case "observe" ->
          Diagnosis.ok("mode", "observe: nothing is touched, whatever a playbook says");
      default -> Diagnosis.skipped("mode", "respond was not seen with one");
    };
  }

  /** By their heartbeats, which the bus keeps. */
  private Diagnosis sensors() {
    ObjectNode request = object("logGroupName", deployment.heartbeats());
    request.put("startTime", now.minus(BEATS).toEpochMilli());
    Map<String, Set<String>> nodesOf = new LinkedHashMap<>();
    for (int page = 0; page < 20; page++) {
      JsonNode answer = aws.logs().call("FilterLogEvents", request);
      for (JsonNode event : answer.path("events")) {
        JsonNode beat = parsed(event.path("message").asText());
        JsonNode detail = beat.path("detail");
        if (detail.has("version")) {
          nodesOf
              .computeIfAbsent(detail.path("version").asText(), absent -> new TreeSet<>())
              .add(beat.path("source").asText() + "/" + detail.path("node").asText());
        }
      }
      if (!answer.hasNonNull("nextToken")) {
        break;
      }
      request.put("nextToken", answer.path("nextToken").asText());
    }
    long nodes = nodesOf.values().stream().mapToLong(Set::size).sum();
    if (nodes == 0) {
      return Diagnosis.problem(
          "sensors",
          "no heartbeat within 10 minutes: see the DaemonSet's pods and their logs, and whether"
              + " its role may put events on the bus");
    }
    if (nodesOf.size() > 1) {
      return Diagnosis.problem(
          "sensors",
          "different versions: "
              + nodesOf.entrySet().stream()
                  .map(one -> one.getKey() + " on " + one.getValue().size())
                  .collect(Collectors.joining(", "))
              + "; finish the roll-out of the chart");
    }
    return Diagnosis.ok(
        "sensors",
        nodes
            + (nodes == 1 ? " node" : " nodes")
            + ", version "
            + nodesOf.keySet().iterator().next());
  }

  private Diagnosis killSwitch() {
    ObjectNode request = object("TableName", deployment.ledger()).put("ConsistentRead", true);
    request.putObject("Key").putObject("pk").put("S", "kill-switch");
    JsonNode item = aws.tables().call("GetItem", request).path("Item");
    boolean on =
        !item.isEmpty()
            && parsed(item.path("state").path("S").asText()).path("halted").asBoolean(true);
    return on
        ? Diagnosis.problem(
            "kill switch",
            "is on: nothing acts. To take it back: aws dynamodb delete-item --table-name "
                + deployment.ledger()
                + " --key '{\"pk\":{\"S\":\"kill-switch\"}}'")
        : Diagnosis.ok("kill switch", "is off");
  }
}
