package io.cattleguard.app.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.aws.AwsFailure;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilterLogEventsRequest;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilterLogEventsResponse;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilteredLogEvent;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Checks a deployment, read-only; each check says what it found and how to fix a problem. */
final class Doctor {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String ANSWER = "answer";
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
    BusDoctor bus = new BusDoctor(deployment, aws, home);
    found.add(asking("bus " + deployment.bus(), DoctorAws.EVENTS, bus::bus));
    if (found.getFirst().says().contains(NO_CREDENTIALS)) {
      // Every other check would fail in the same way.
      return found;
    }
    for (String step :
        List.of(
            "deduplicate", "score", "route", "respond-kubernetes", "respond-aws", "heartbeat")) {
      found.add(asking("rule " + deployment.rule(step), DoctorAws.EVENTS, () -> bus.rule(step)));
    }
    deployment
        .queues()
        .forEach(
            (name, queue) ->
                found.add(asking("queue " + name, DoctorAws.QUEUES, () -> bus.queue(name, queue))));
    FunctionsDoctor functions = new FunctionsDoctor(aws, home);
    deployment
        .functions()
        .forEach(
            (step, name) ->
                found.add(
                    asking(
                        "function " + name,
                        DoctorAws.FUNCTIONS,
                        () -> functions.function(step, name))));
    found.addAll(
        new SlackDoctor(deployment, aws, now)
            .examine(
                () -> functions.function(SlackDoctor.STEP, deployment.operate()),
                () -> functions.function(ANSWER, deployment.answer()),
                () -> functions.found(SlackDoctor.STEP)));
    if (functions.found(ANSWER).isPresent()) {
      found.add(
          asking("rule " + deployment.rule(ANSWER), DoctorAws.EVENTS, () -> bus.rule(ANSWER)));
      for (String what : List.of("failed", "undelivered")) {
        String queue = ANSWER + "-" + what;
        found.add(
            asking(
                "queue " + queue,
                DoctorAws.QUEUES,
                () -> bus.queue(queue, deployment.answer() + "-" + what)));
      }
    }
    found.add(functions.policies());
    found.add(functions.mode());
    found.add(functions.nodes());
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

  static JsonNode parsed(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return JSON.missingNode();
    }
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

  static String text(@Nullable String maybe) {
    return maybe == null ? "" : maybe;
  }
}
