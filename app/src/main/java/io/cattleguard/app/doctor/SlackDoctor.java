package io.cattleguard.app.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.app.terminal.Screen;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilterLogEventsRequest;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilterLogEventsResponse;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilteredLogEvent;
import software.amazon.awssdk.services.lambda.model.GetFunctionResponse;
import software.amazon.awssdk.services.lambda.model.ResourceNotFoundException;
import software.amazon.awssdk.services.secretsmanager.model.DescribeSecretResponse;

/** Checks the path of Slack's buttons: the function operate, its secret, its address, its log. */
final class SlackDoctor {
  static final String STEP = "operate";
  private static final String ABOUT = "Slack";
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration LOOKS_BACK = Duration.ofHours(1);
  private static final int PAGES = 20;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** The handler's counters that raise an alarm, and what to do. */
  private static final Map<String, String> ALARMS = alarms();

  private final Deployment deployment;
  private final DoctorAws aws;
  private final Instant now;

  SlackDoctor(Deployment deployment, DoctorAws aws, Instant now) {
    this.deployment = deployment;
    this.aws = aws;
    this.now = now;
  }

  private static Map<String, String> alarms() {
    Map<String, String> alarms = new LinkedHashMap<>();
    alarms.put(
        "forged",
        "with a wrong signature: another client sends them, or the signing secret is not the"
            + " app's");
    alarms.put("late", "signed more than 5 minutes ago: a client replays recorded requests");
    alarms.put(
        "unreadable",
        "signed by Slack but not readable: another app may send its requests to this URL");
    alarms.put("failed", "not published: the secret cannot be read, or the bus rejects them");
    return alarms;
  }

  /**
   * Runs the checks.
   *
   * @param function the check of the function, the same as for every function
   * @param answering the check of the function that answers questions
   * @param found the result of the first one, once it has run
   */
  List<Diagnosis> examine(
      Supplier<Diagnosis> function,
      Supplier<Diagnosis> answering,
      Supplier<Optional<GetFunctionResponse>> found) {
    Diagnosis deployed;
    try {
      deployed = function.get();
    } catch (ResourceNotFoundException e) {
      return List.of(off());
    } catch (SdkException e) {
      return List.of(
          Doctor.asking(
              ABOUT,
              DoctorAws.FUNCTIONS,
              () -> {
                throw e;
              }));
    }
    List<Diagnosis> all = new ArrayList<>();
    all.add(deployed);
    all.add(Doctor.asking(ABOUT + " questions", DoctorAws.FUNCTIONS, () -> answers(answering)));
    found
        .get()
        .ifPresent(
            one -> all.add(Doctor.asking(ABOUT + " secret", DoctorAws.SECRETS, () -> secret(one))));
    deployment.slackUrl().ifPresent(url -> all.add(reachable(url)));
    all.add(Doctor.asking(ABOUT + " commands", DoctorAws.LOGS, this::commands));
    return all;
  }

  private Diagnosis answers(Supplier<Diagnosis> answering) {
    try {
      return answering.get();
    } catch (ResourceNotFoundException e) {
      return Diagnosis.problem(
          ABOUT + " questions",
          "are not answered, because there is no function "
              + deployment.answer()
              + "; apply the Terraform module");
    }
  }

  private Diagnosis off() {
    return deployment.slackUrl().isPresent()
        ? Diagnosis.problem(
            ABOUT,
            "has an address, but there is no function "
                + deployment.operate()
                + ": buttons do nothing; apply the Terraform module")
        : Diagnosis.ok(
            ABOUT,
            "is off: messages have no buttons, and people give commands with cattleguard; set slack"
                + " in the Terraform module to turn it on");
  }

  /** Reads that the secret has a value, not the value. */
  private Diagnosis secret(GetFunctionResponse function) {
    String about = ABOUT + " secret";
    String arn =
        Optional.ofNullable(function.configuration().environment())
            .map(environment -> environment.variables().get("SIGNING_SECRET_ARN"))
            .orElse("");
    if (arn.isEmpty()) {
      return Diagnosis.problem(
          about, deployment.operate() + " has no SIGNING_SECRET_ARN; apply the Terraform module");
    }
    DescribeSecretResponse secret = aws.secrets().describeSecret(one -> one.secretId(arn));
    if (secret.deletedDate() != null) {
      return Diagnosis.problem(
          about,
          "is being deleted, so every button press will be refused soon; keep it: aws"
              + " secretsmanager restore-secret --secret-id "
              + arn);
    }
    boolean hasValue =
        secret.hasVersionIdsToStages()
            && secret.versionIdsToStages().values().stream()
                .anyMatch(stages -> stages.contains("AWSCURRENT"));
    return hasValue
        ? Diagnosis.ok(about, "is set")
        : Diagnosis.problem(
            about,
            "has no value; put the signing secret of the Slack app into it: aws secretsmanager"
                + " put-secret-value --secret-id "
                + arn
                + " --secret-string file://FILE");
  }

  /** Asks as Slack does when it checks the certificate, which publishes and counts nothing. */
  private static Diagnosis reachable(URI url) {
    String about = ABOUT + " address";
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
      int status =
          http.send(
                  HttpRequest.newBuilder(URI.create(url + "?ssl_check=1"))
                      .timeout(PATIENCE)
                      .build(),
                  HttpResponse.BodyHandlers.discarding())
              .statusCode();
      return status == 200
          ? Diagnosis.ok(about, url + " answers")
          : Diagnosis.problem(
              about,
              url
                  + " answers "
                  + status
                  + (status == 429
                      ? ": more requests than its limit, usually not from Slack; try again"
                      : status >= 500
                          ? ": the function fails; its log says why"
                          : ": apply the Terraform module, and put the output slack_url into the"
                              + " Slack app"));
    } catch (IOException e) {
      return Diagnosis.problem(
          about,
          url
              + " cannot be reached from here ("
              + e
              + "); Slack may still reach it; check the network");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Diagnosis.skipped(about, "interrupted");
    }
  }

  /** What the alarms of operate count, in the last hour. */
  private Diagnosis commands() {
    String about = ABOUT + " commands";
    Map<String, Long> counts = new LinkedHashMap<>();
    FilterLogEventsRequest.Builder request =
        FilterLogEventsRequest.builder()
            .logGroupName("/aws/lambda/" + deployment.operate())
            .filterPattern("{ $.received = * }")
            .startTime(now.minus(LOOKS_BACK).toEpochMilli());
    for (int page = 0; page < PAGES; page++) {
      FilterLogEventsResponse answer = aws.logs().filterLogEvents(request.build());
      answer.events().forEach(event -> add(event, counts));
      if (answer.nextToken() == null) {
        break;
      }
      request.nextToken(answer.nextToken());
    }
    List<String> problems =
        ALARMS.entrySet().stream()
            .filter(one -> counts.getOrDefault(one.getKey(), 0L) > 0)
            .map(one -> counts.get(one.getKey()) + " " + one.getValue())
            .toList();
    if (!problems.isEmpty()) {
      return Diagnosis.problem(
          about,
          "in the last hour "
              + String.join("; ", problems)
              + ". Look into the log: aws logs tail /aws/lambda/"
              + deployment.operate()
              + " --since 1h");
    }
    return Diagnosis.ok(
        about,
        Screen.format(
            "in the last hour %,d published, %,d refused by the policy, none forged, late or"
                + " failed",
            counts.getOrDefault("published", 0L), counts.getOrDefault("refused", 0L)));
  }

  private static void add(FilteredLogEvent event, Map<String, Long> counts) {
    try {
      JsonNode line = JSON.readTree(event.message() == null ? "" : event.message());
      for (Map.Entry<String, JsonNode> field : line.properties()) {
        if (field.getValue().isIntegralNumber()) {
          counts.merge(field.getKey(), field.getValue().longValue(), Long::sum);
        }
      }
    } catch (JsonProcessingException e) {
      // A line of the Lambda platform, without counters.
    }
  }
}
