package io.cattleguard.app.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.aws.AwsFailure;
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
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilterLogEventsRequest;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilterLogEventsResponse;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilteredLogEvent;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.eventbridge.model.DescribeRuleResponse;
import software.amazon.awssdk.services.eventbridge.model.Target;
import software.amazon.awssdk.services.lambda.model.EventSourceMappingConfiguration;
import software.amazon.awssdk.services.lambda.model.FunctionConfiguration;
import software.amazon.awssdk.services.lambda.model.GetFunctionResponse;
import software.amazon.awssdk.services.lambda.model.Layer;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** Checks a deployment, read-only; each check says what it found and how to fix a problem. */
final class Doctor {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String NO_CREDENTIALS = "no valid AWS credentials";
  private static final Duration BEATS = Duration.ofMinutes(10);

  private final Deployment deployment;
  private final DoctorAws aws;
  private final Path home;
  private final Instant now;

  /**
   * {@code home} is the checkout whose patterns and packages are compared with the deployed ones.
   */
  Doctor(Deployment deployment, DoctorAws aws, Path home, Instant now) {
    this.deployment = deployment;
    this.aws = aws;
    this.home = home;
    this.now = now;
  }

  /** Runs all checks, in the order of the road. */
  List<Diagnosis> examine() {
    List<Diagnosis> found = new ArrayList<>();
    found.add(asking("bus " + deployment.bus(), DoctorAws.EVENTS, this::bus));
    if (found.getFirst().says().contains(NO_CREDENTIALS)) {
      // Every other check would fail in the same way.
      return found;
    }
    for (String step :
        List.of(
            "deduplicate", "score", "route", "respond-kubernetes", "respond-aws", "heartbeat")) {
      found.add(asking("rule " + deployment.rule(step), DoctorAws.EVENTS, () -> rule(step)));
    }
    deployment
        .queues()
        .forEach(
            (name, queue) ->
                found.add(asking("queue " + name, DoctorAws.QUEUES, () -> queue(name, queue))));
    Map<String, GetFunctionResponse> functions = new LinkedHashMap<>();
    deployment
        .functions()
        .forEach(
            (step, name) ->
                found.add(
                    asking(
                        "function " + name,
                        DoctorAws.FUNCTIONS,
                        () -> function(step, name, functions))));
    found.addAll(
        new SlackDoctor(deployment, aws, now)
            .examine(
                () -> function(SlackDoctor.STEP, deployment.operate(), functions),
                () -> function("answer", deployment.answer(), functions),
                () -> Optional.ofNullable(functions.get(SlackDoctor.STEP))));
    found.add(policies(functions));
    found.add(mode(functions));
    found.add(nodes(functions));
    found.addAll(sensors());
    found.add(asking(CanaryTrail.ABOUT, DoctorAws.LOGS, this::canary));
    found.add(asking("kill switch", DoctorAws.TABLES, this::killSwitch));
    if (deployment.isUnheard()) {
      found.add(
          Diagnosis.problem(
              "alarms",
              "notify nobody, because alarm_topic_arns is empty; name an SNS topic in it and apply"
                  + " the Terraform module"));
    }
    return found;
  }

  /** Runs a check; an error from AWS is a problem too. */
  static Diagnosis asking(String about, String service, Supplier<Diagnosis> check) {
    try {
      return check.get();
    } catch (SdkException e) {
      AwsFailure failure = new AwsFailure(service, e);
      return Diagnosis.problem(
          about, "cannot be checked: " + failure.getMessage() + "; " + remedy(failure));
    }
  }

  private static String remedy(AwsFailure e) {
    if (e.isWithoutCredentials()) {
      return NO_CREDENTIALS
          + ": log in, or run: eval \"$(aws configure export-credentials --format env)\"";
    }
    String code = e.code();
    if (code.contains("NotFound")
        || code.contains("NonExistent")
        || code.contains("DoesNotExist")) {
      return "not found: check --name and the region, or apply the Terraform module";
    }
    if (code.contains("AccessDenied") || code.contains("NotAuthorized")) {
      return "access denied: use a role that may read it";
    }
    if (code.contains("Token")
        || code.contains("Signature")
        || code.contains("UnrecognizedClient")) {
      return NO_CREDENTIALS + ": they are invalid or expired, log in again";
    }
    return "check the network, the region and AWS_ENDPOINT_URL";
  }

  private Diagnosis bus() {
    String arn = aws.events().describeEventBus(bus -> bus.name(deployment.bus())).arn();
    return Diagnosis.ok("bus " + deployment.bus(), "exists: " + arn);
  }

  private Diagnosis rule(String step) {
    String name = deployment.rule(step);
    String about = "rule " + name;
    DescribeRuleResponse rule =
        aws.events().describeRule(one -> one.name(name).eventBusName(deployment.bus()));
    if (!text(rule.stateAsString()).startsWith("ENABLED")) {
      return Diagnosis.problem(
          about,
          "is "
              + text(rule.stateAsString())
              + ", so "
              + step
              + " receives no events; enable it: aws events enable-rule --name "
              + name
              + " --event-bus-name "
              + deployment.bus());
    }
    if (!parsed(text(rule.eventPattern())).equals(pattern(step))) {
      return Diagnosis.problem(
          about,
          "its pattern differs from events/patterns/"
              + step
              + ".json in this checkout; apply this version's Terraform module, or run the doctor"
              + " of the deployed version");
    }
    List<Target> targets =
        aws.events()
            .listTargetsByRule(one -> one.rule(name).eventBusName(deployment.bus()))
            .targets();
    if (targets.isEmpty()) {
      return Diagnosis.problem(about, "has no target; apply the Terraform module");
    }
    for (Target target : targets) {
      if (target.deadLetterConfig() == null || text(target.deadLetterConfig().arn()).isEmpty()) {
        return Diagnosis.problem(
            about,
            "has a target without a dead-letter queue, so undeliverable events are lost; apply"
                + " the Terraform module");
      }
    }
    return Diagnosis.ok(about, "is enabled, with this version's pattern");
  }

  private JsonNode pattern(String step) {
    try {
      return parsed(Files.readString(home.resolve("events/patterns").resolve(step + ".json")));
    } catch (IOException e) {
      throw new UsageError("cannot read events/patterns/" + step + ".json of Cattleguard");
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
            : aws.queues().getQueueUrl(one -> one.queueName(queue)).queueUrl();
    long messages =
        aws
            .queues()
            .getQueueAttributes(
                one ->
                    one.queueUrl(url)
                        .attributeNames(
                            QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES,
                            QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE))
            .attributes()
            .values()
            .stream()
            .mapToLong(Long::parseLong)
            .sum();
    if (messages == 0) {
      return Diagnosis.ok(about, "is empty");
    }
    String look = "read one: aws sqs receive-message --queue-url " + url;
    return Diagnosis.problem(
        about,
        messages
            + (messages == 1 ? " message; " : " messages; ")
            + look
            + (name.endsWith("-failed")
                ? "; after fixing the cause: aws sqs start-message-move-task --source-arn ..."
                : "; the bus could not deliver it: check the queue's policy and KMS key"));
  }

  private Diagnosis function(String step, String name, Map<String, GetFunctionResponse> functions) {
    String about = "function " + name;
    GetFunctionResponse function =
        aws.functions().getFunction(one -> one.functionName(name).qualifier("live"));
    functions.put(step, function);
    FunctionConfiguration configuration = function.configuration();
    String runs = "runs version " + configuration.version();
    if (function.concurrency() != null
        && Objects.equals(function.concurrency().reservedConcurrentExecutions(), 0)) {
      return Diagnosis.problem(
          about,
          "is stopped: its reserved concurrency is 0; remove that: aws lambda"
              + " delete-function-concurrency --function-name "
              + name);
    }
    String state = text(configuration.stateAsString());
    if (!state.isEmpty() && !state.equals("Active") && !state.equals("Inactive")) {
      return Diagnosis.problem(about, "is " + state + ": " + text(configuration.stateReason()));
    }
    for (EventSourceMappingConfiguration mapping :
        aws.functions()
            .listEventSourceMappings(one -> one.functionName(name + ":live"))
            .eventSourceMappings()) {
      if (!text(mapping.state()).equals("Enabled")) {
        return Diagnosis.problem(
            about,
            "does not read its queue: the event source mapping is "
                + text(mapping.state())
                + "; enable it: aws lambda update-event-source-mapping --enabled --uuid "
                + text(mapping.uuid()));
      }
    }
    Optional<String> built = built(step);
    if (built.isEmpty()) {
      return Diagnosis.ok(
          about, runs + "; not compared with this checkout, which has no package: ./mvnw package");
    }
    if (!built.get().equals(configuration.codeSha256())) {
      return Diagnosis.problem(
          about,
          runs
              + ", which differs from functions/"
              + step
              + "/target in this checkout; apply this one, or use the checkout of the deployed"
              + " version");
    }
    return Diagnosis.ok(about, runs + ", the same build as in this checkout");
  }

  /**
   * The hash of the package in this checkout; builds are reproducible, so hashes can be compared.
   */
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

  private static Diagnosis policies(Map<String, GetFunctionResponse> functions) {
    Map<String, Set<String>> stepsOf = new LinkedHashMap<>();
    functions.forEach(
        (step, function) -> {
          for (Layer layer : function.configuration().layers()) {
            String arn = text(layer.arn());
            if (arn.contains("-policy:")) {
              stepsOf.computeIfAbsent(arn, absent -> new TreeSet<>()).add(step);
            }
          }
        });
    if (stepsOf.isEmpty()) {
      return Diagnosis.skipped("policy", "no function with a policy layer was found");
    }
    if (stepsOf.size() > 1) {
      return Diagnosis.problem(
          "policy",
          "the functions use different versions: "
              + stepsOf.entrySet().stream()
                  .map(one -> String.join(", ", one.getValue()) + " has " + one.getKey())
                  .collect(Collectors.joining("; "))
              + "; apply the Terraform module");
    }
    return Diagnosis.ok("policy", "all functions use " + stepsOf.keySet().iterator().next());
  }

  private static Diagnosis mode(Map<String, GetFunctionResponse> functions) {
    String mode =
        Optional.ofNullable(functions.get("respond-kubernetes"))
            .map(respond -> respond.configuration().environment())
            .map(environment -> environment.variables().get("RESPONSE_MODE"))
            .orElse("");
    return switch (mode) {
      case "enforce" -> Diagnosis.ok("mode", "enforce: playbooks in enforce mode take action");
      case "observe" ->
          Diagnosis.ok("mode", "observe: no action is taken, whatever the playbooks' mode");
      default -> Diagnosis.skipped("mode", "respond-kubernetes has no RESPONSE_MODE");
    };
  }

  /** The setting node_identity, by which an alert may name a node that nothing proves. */
  private static Diagnosis nodes(Map<String, GetFunctionResponse> functions) {
    Optional<GetFunctionResponse> respond =
        Optional.ofNullable(functions.get("respond-kubernetes"));
    if (respond.isEmpty()) {
      return Diagnosis.skipped("nodes", "function respond-kubernetes was not found");
    }
    Optional<String> claimed =
        respond
            .map(found -> found.configuration().environment())
            .map(environment -> environment.variables().get("CLAIMED_NODES"))
            .filter(names -> !names.isEmpty());
    return claimed
        .map(
            names ->
                Diagnosis.problem(
                    "nodes",
                    "node_identity is claimed in "
                        + names.replace(",", ", ")
                        + ": root on one node can cause actions on the pods of any node; use EKS"
                        + " Pod Identity, node_identity = \"pod\" and bus.nodeIdentity=pod in the"
                        + " sensor's chart"))
        .orElseGet(
            () ->
                Diagnosis.ok(
                    "nodes",
                    "an alert acts only on pods of the node that its sensor's pod proves"));
  }

  /** Checks the sensors by their heartbeats in the log group. */
  private List<Diagnosis> sensors() {
    SensorBeats beats = new SensorBeats();
    Diagnosis read =
        asking(
            "sensors",
            DoctorAws.LOGS,
            () -> {
              readHeartbeats(beats);
              return Diagnosis.ok("sensors", "heartbeats were read");
            });
    return read.result() == Diagnosis.Result.OK ? beats.examine(now) : List.of(read);
  }

  private void readHeartbeats(SensorBeats beats) {
    readLog(
        FilterLogEventsRequest.builder()
            .logGroupName(deployment.heartbeats())
            .startTime(now.minus(BEATS).toEpochMilli()),
        beats::add);
  }

  private Diagnosis canary() {
    CanaryTrail trail = new CanaryTrail();
    for (String step : CanaryTrail.STEPS) {
      readLog(
          FilterLogEventsRequest.builder()
              .logGroupName("/aws/lambda/" + deployment.function(step))
              .filterPattern(CanaryTrail.LINES)
              .startTime(now.minus(CanaryTrail.WINDOW).toEpochMilli()),
          (line, at) -> trail.add(step, line, at));
    }
    return trail.examine(now);
  }

  private void readLog(
      FilterLogEventsRequest.Builder request, BiConsumer<JsonNode, Instant> lines) {
    for (int page = 0; page < 20; page++) {
      FilterLogEventsResponse answer = aws.logs().filterLogEvents(request.build());
      for (FilteredLogEvent event : answer.events()) {
        Long at = event.timestamp();
        lines.accept(parsed(text(event.message())), at == null ? now : Instant.ofEpochMilli(at));
      }
      if (answer.nextToken() == null) {
        break;
      }
      request.nextToken(answer.nextToken());
    }
  }

  private Diagnosis killSwitch() {
    Map<String, AttributeValue> item =
        aws.tables()
            .getItem(
                get ->
                    get.tableName(deployment.ledger())
                        .key(Map.of("pk", AttributeValue.fromS("kill-switch")))
                        .consistentRead(true))
            .item();
    AttributeValue state = item.get("state");
    boolean on =
        !item.isEmpty()
            && parsed(state == null ? "" : text(state.s())).path("halted").asBoolean(true);
    return on
        ? Diagnosis.problem(
            "kill switch",
            "is on: no action is taken; turn it off: cattleguard resume --name "
                + deployment.bus()
                + deployment.region().map(region -> " --region " + region).orElse("")
                + " --reason TEXT")
        : Diagnosis.ok("kill switch", "is off");
  }

  private static String text(@Nullable String maybe) {
    return maybe == null ? "" : maybe;
  }
}
