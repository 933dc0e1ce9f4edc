package io.cattleguard.app.wire;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.deduplicate.silence.Silences;
import io.cattleguard.deduplicate.silence.StoredSilences;
import io.cattleguard.edge.lambda.DynamoDbLocal;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.lambda.EventBridgePublisher;
import io.cattleguard.edge.port.EventPublisher;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.operate.SlackRequest;
import io.cattleguard.operate.TestSlack;
import io.cattleguard.record.Incidents;
import io.cattleguard.record.stored.DynamoIncidents;
import io.cattleguard.record.stored.DynamoIncidentsTest;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.ledger.StoredLedger;
import io.cattleguard.route.slack.FakeSlack;
import io.cattleguard.route.splunk.FakeSplunk;
import io.cattleguard.sensor.SensorProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;

/**
 * All steps as they are deployed: every step is a separate process, and the steps communicate only
 * over network protocols. There are a sensor, the bus, queues and their pollers, functions, tables,
 * an API server, Slack and Splunk. {@code infra/terraform} creates the same, with longer queue
 * timeouts.
 */
public final class WireRoad {
  static final String BUS = "cattleguard";
  private static final List<String> TABLES =
      List.of("sightings", "histories", "conversations", "ledger");
  private static final String THROTTLED =
      "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ThrottlingException\","
          + "\"message\":\"Throughput exceeds the current capacity of your table\"}";
  private static final String SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

  private static final String SIGNING_SECRET =
      "arn:aws:secretsmanager:eu-central-1:111122223333:secret:slack-a1b2c3";

  private static final AwsBasicCredentials CREDENTIALS =
      AwsBasicCredentials.create("AKIAIOSFODNN7EXAMPLE", SECRET);

  private final String run = "wire-" + UUID.randomUUID().toString().substring(0, 8) + "-";
  private final RoadServices services;
  private final WireCluster cluster;
  private final FakeSlack slack = new FakeSlack();
  private final FakeSplunk splunk = new FakeSplunk();
  private final Queues queues;
  private final Relay tables;
  private final Relay bus;
  private final SensorProcess sensor;
  private final Map<String, String> queueUrls = new LinkedHashMap<>();
  private final Map<String, String> deadLetterUrls = new LinkedHashMap<>();
  private final Map<String, LambdaFunction> functions = new LinkedHashMap<>();
  private final List<EventSourceMapping> mappings = new ArrayList<>();
  private volatile boolean throttling;
  private volatile Optional<Crash> crash = Optional.empty();

  /** Calls to the bus or a table during which the caller is killed, once. */
  private record Crash(Predicate<Relay.Request> when, boolean afterwards, Runnable death) {}

  /**
   * A step of the road, as on its Terraform page, but with shorter timeouts.
   *
   * @param visibility seconds until a failed message is retried
   * @param receives attempts until a message goes to the dead-letter queue. Route needs more,
   *     because it retries while an update of a channel's message waits, which takes half a minute;
   *     respond, because it retries while a killed attempt has its claim
   */
  private record Step(
      String name, String handler, int batchSize, int seconds, int visibility, int receives) {}

  private static final List<Step> STEPS =
      List.of(
          new Step(
              "deduplicate", "io.cattleguard.deduplicate.lambda.DeduplicateHandler", 10, 30, 2, 5),
          new Step("score", "io.cattleguard.score.lambda.ScoreHandler", 10, 30, 2, 5),
          new Step("route", "io.cattleguard.route.lambda.RouteHandler", 10, 30, 2, 20),
          new Step("record", "io.cattleguard.record.lambda.RecordHandler", 10, 30, 2, 5),
          new Step(
              "respond-kubernetes",
              "io.cattleguard.respond.kubernetes.KubernetesHandler",
              1,
              60,
              3,
              20));

  /** The rules that send people's commands, by pattern file, and the step whose queue gets them. */
  private static final Map<String, String> COMMANDS =
      Map.of(
          "respond-command",
          "respond-kubernetes",
          "route-command",
          "route",
          "deduplicate-command",
          "deduplicate");

  /** Only if the AWS services include EC2. */
  private static final Step RESPOND_AWS =
      new Step("respond-aws", "io.cattleguard.respond.aws.AwsHandler", 1, 60, 3, 5);

  private final Optional<WireAccount> account;
  private final LambdaFunction operate;
  private final Relay secrets;

  WireRoad(RoadServices services, WireCluster.Backend backend, Path folder) throws Exception {
    this.services = services;
    KeyedCertificate certificate = KeyedCertificate.make(folder);
    this.cluster = new WireCluster(backend, certificate, CREDENTIALS);
    SqsClient sqs = aws(services.queues()).build("SQS", SqsClient.builder());
    this.queues = new Queues(sqs);
    URI compute = services.compute().orElse(null);
    this.account = compute == null ? Optional.empty() : Optional.of(new WireAccount(compute));
    List<Step> steps = new ArrayList<>(STEPS);
    account.ifPresent(one -> steps.add(RESPOND_AWS));
    steps.forEach(this::makeQueues);
    makeTables();
    this.tables = new Relay(services.tables(), this::answerForTables);
    Map<String, String> rules = new LinkedHashMap<>(queueUrls);
    COMMANDS.forEach((pattern, step) -> rules.put(pattern, queueUrl(step)));
    this.bus = new Relay(services.bus(rules, sqs), this::answerForBus);
    this.secrets = new Relay(services.queues(), WireRoad::answerForSecrets);
    Path policy = policy(folder);
    Path clusters = folder.resolve("clusters.json");
    Files.writeString(clusters, clusters(certificate));
    Map<String, String> environment = environment(policy, clusters);
    account.ifPresent(one -> environment.putAll(one.environment()));
    for (Step step : steps) {
      Map<String, String> ofStep = new HashMap<>(environment);
      ofStep.put("QUEUE_URL", queueUrl(step.name));
      LambdaFunction function =
          new LambdaFunction(
              step.name, step.handler, Duration.ofSeconds(step.seconds), ofStep, folder);
      functions.put(step.name, function);
      function.start();
      mappings.add(new EventSourceMapping(queues, queueUrl(step.name), step.batchSize, function));
    }
    this.operate =
        new LambdaFunction(
            "operate",
            "io.cattleguard.operate.lambda.OperateHandler",
            Duration.ofSeconds(10),
            environment,
            folder);
    functions.put("operate", operate);
    operate.start();
    this.sensor =
        new SensorProcess(
            folder.resolve("spool"),
            environment,
            List.of("-XX:TieredStopAtLevel=1", "-Xmx64m"),
            List.of("--fold-window", "100ms", "--pod", cluster.sensor().toString()));
    sensor.start().ready();
  }

  /**
   * The name of the deployment, which is the prefix of its tables; the emulated bus answers to
   * every name.
   */
  String name() {
    return run.substring(0, run.length() - 1);
  }

  /** Whether the AWS services are this project's emulation. */
  boolean isEmulated() {
    return services instanceof EmulatedServices;
  }

  /** The environment of a person who may put events on the bus and read the tables. */
  Map<String, String> ofAdministrator() {
    return Map.of(
        "AWS_REGION",
        "eu-central-1",
        "AWS_ACCESS_KEY_ID",
        CREDENTIALS.accessKeyId(),
        "AWS_SECRET_ACCESS_KEY",
        SECRET,
        "AWS_ENDPOINT_URL_EVENTBRIDGE",
        bus.address().toString(),
        "AWS_ENDPOINT_URL_DYNAMODB",
        tables.address().toString());
  }

  /** Whether the AWS services include EC2, and so the function respond-aws runs. */
  boolean hasAccount() {
    return account.isPresent();
  }

  /** The AWS clients of an administrator. */
  public static AwsClients aws(URI address) {
    return AwsClients.of(
            name ->
                switch (name) {
                  case "AWS_REGION" -> Optional.of("eu-central-1");
                  case "AWS_ENDPOINT_URL" -> Optional.of(address.toString());
                  default -> Optional.empty();
                })
        .as(StaticCredentialsProvider.create(CREDENTIALS));
  }

  private void makeQueues(Step step) {
    String failed = queues.make("cattleguard-" + step.name + "-failed");
    deadLetterUrls.put(step.name, failed);
    queueUrls.put(
        step.name, queues.make("cattleguard-" + step.name, step.visibility, failed, step.receives));
  }

  private void makeTables() {
    DynamoDbClient dynamo = aws(services.tables()).build("DynamoDB", DynamoDbClient.builder());
    TABLES.forEach(table -> DynamoDbLocal.createTable(dynamo, run + table));
    DynamoIncidentsTest.createTable(dynamo, run + "incidents");
  }

  private Path policy(Path folder) throws IOException {
    Path policy = folder.resolve("policy");
    Files.createDirectories(policy.resolve("playbooks"));
    for (String file : List.of("scoring.yaml", "suppressions.yaml")) {
      Files.copy(ContractFiles.root().resolve("policy").resolve(file), policy.resolve(file));
    }
    Files.writeString(
        policy.resolve("routes.yaml"),
        """
        destinations:
          - { name: channel, type: slack, token-from: SLACK, channel: %s, api: "%s/api" }
          - { name: siem, type: splunk-hec, url: "%s", token-from: SPLUNK }
        routes:
          - name: all
            when: { score: [{ numeric: [">=", 0] }] }
            to: [channel, siem]
        """
            .formatted(FakeSlack.CHANNEL, slack.address(), splunk.address()));
    Files.writeString(
        policy.resolve("playbooks/contain.yaml"),
        """
        name: contain
        when:
          alert: { class: [runtime], rule: [{ prefix: Contained }] }
        mode: enforce
        freshness: 10m
        steps:
          - delete-pod: { grace: 1s }
        budget: { per: workload, max: 5, window: 10m }
        """);
    Files.writeString(
        policy.resolve("playbooks/quarantine.yaml"),
        """
        name: quarantine
        when: { alert: { source: [guardduty], rule: [{ prefix: "Backdoor:EC2/" }] } }
        mode: enforce
        freshness: 10m
        steps:
          - quarantine-instance: { lease: 4h }
        budget: { per: cluster, max: 5, window: 10m }
        """);
    Files.writeString(
        policy.resolve("playbooks/ask.yaml"),
        """
        name: ask
        when:
          alert: { class: [runtime], rule: [{ prefix: Asked }] }
        mode: approve
        freshness: 10m
        steps:
          - delete-pod: { grace: 1s }
        budget: { per: workload, max: 5, window: 10m }
        """);
    Policies.raiseCaps(policy);
    Files.writeString(
        policy.resolve("settings.yaml"),
        """
        operators:
          approve: [slack:U0EXAMPLE]
          stop: [slack:U0EXAMPLE]
          silence: [slack:U0EXAMPLE]
        """,
        StandardOpenOption.APPEND);
    return policy;
  }

  private String clusters(KeyedCertificate certificate) {
    return "{\""
        + WireCluster.NAME
        + "\":{\"endpoint\":\""
        + cluster.address()
        + "\",\"certificateAuthority\":\""
        + Base64.getEncoder().encodeToString(certificate.pem().getBytes(StandardCharsets.UTF_8))
        + "\",\"region\":\"eu-central-1\",\"roleArn\":null}}";
  }

  private Map<String, String> environment(Path policy, Path clusters) {
    Map<String, String> all = new HashMap<>();
    all.put("AWS_REGION", "eu-central-1");
    all.put("AWS_ACCESS_KEY_ID", CREDENTIALS.accessKeyId());
    all.put("AWS_SECRET_ACCESS_KEY", SECRET);
    all.put("AWS_EC2_METADATA_DISABLED", "true");
    all.put("AWS_ENDPOINT_URL_EVENTBRIDGE", bus.address().toString());
    all.put("AWS_ENDPOINT_URL_DYNAMODB", tables.address().toString());
    all.put("AWS_ENDPOINT_URL_SQS", services.queues().toString());
    all.put("BUS_NAME", BUS);
    all.put("SIGHTINGS_TABLE", run + "sightings");
    all.put("HISTORIES_TABLE", run + "histories");
    all.put("CONVERSATIONS_TABLE", run + "conversations");
    all.put("LEDGER_TABLE", run + "ledger");
    all.put("INCIDENTS_TABLE", run + "incidents");
    all.put("RETENTION_DAYS", "90");
    all.put("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.address().toString());
    all.put("SIGNING_SECRET_ARN", SIGNING_SECRET);
    all.put("SLACK_TEAMS", "T0EXAMPLE");
    all.put("POLICY_DIRECTORY", policy.toString());
    all.put("CLUSTERS_FILE", clusters.toString());
    all.put("RESPONSE_MODE", "enforce");
    all.put("SLACK", FakeSlack.TOKEN);
    all.put("SPLUNK", FakeSplunk.TOKEN);
    return all;
  }

  /** Secrets Manager, with one secret. */
  private static Optional<Relay.Answer> answerForSecrets(
      Relay.Request request, Relay.Service service) {
    boolean asksForIt =
        request.header("x-amz-target").equals("secretsmanager.GetSecretValue")
            && request.body().contains(SIGNING_SECRET);
    return Optional.of(
        asksForIt
            ? Relay.Answer.json(200, "{\"SecretString\":\"" + TestSlack.SECRET + "\"}")
            : Relay.Answer.json(400, "{\"__type\":\"AccessDeniedException\"}"));
  }

  private Optional<Relay.Answer> answerForTables(Relay.Request request, Relay.Service service)
      throws IOException {
    if (throttling) {
      return Optional.of(
          new Relay.Answer(400, Map.of("content-type", "application/x-amz-json-1.0"), THROTTLED));
    }
    return answer(request, service);
  }

  private Optional<Relay.Answer> answerForBus(Relay.Request request, Relay.Service service)
      throws IOException {
    return answer(request, service);
  }

  private Optional<Relay.Answer> answer(Relay.Request request, Relay.Service service)
      throws IOException {
    Optional<Crash> due = crash.filter(one -> one.when.test(request));
    if (due.isEmpty()) {
      return Optional.of(service.ask(request));
    }
    crash = Optional.empty();
    if (due.get().afterwards) {
      service.ask(request);
    }
    due.get().death.run();
    return Optional.empty();
  }

  /** Kills the step at its next PutEvents, before or after the bus accepts it. */
  void killAtPublication(String step, boolean afterwards) {
    crash =
        Optional.of(
            new Crash(
                request ->
                    request.header("x-amz-target").endsWith("PutEvents")
                        && request.body().contains("\"cattleguard." + source(step) + "\""),
                afterwards,
                function(step)::kill));
  }

  /** Both responders publish with the same source. */
  private static String source(String step) {
    return step.startsWith("respond-") ? "respond" : step;
  }

  /** Kills the step at its next write to that table, before it is written. */
  void killAtWrite(String step, String table) {
    crash =
        Optional.of(
            new Crash(
                request ->
                    request.header("x-amz-target").endsWith("UpdateItem")
                        && request.body().contains("\"" + run + table + "\""),
                false,
                function(step)::kill));
  }

  /** Whether a step is still to be killed. */
  boolean isCrashDue() {
    return crash.isPresent();
  }

  /** Sets whether DynamoDB rejects all requests. */
  void throttleTables(boolean throttle) {
    throttling = throttle;
  }

  boolean deliverTwice(boolean twice) {
    return services.deliverTwice(twice);
  }

  LambdaFunction function(String step) {
    return Objects.requireNonNull(functions.get(step), step);
  }

  /** The account, if the AWS services include EC2. */
  Optional<WireAccount> account() {
    return account;
  }

  /** The response of operate, through API Gateway, to a request from Slack. */
  JsonNode fromSlack(SlackRequest request) throws IOException, InterruptedException {
    String event = new String(TestSlack.event(request), StandardCharsets.UTF_8);
    return switch (operate.invoke(event)) {
      case LambdaEnvironment.Answer.Returned returned -> Shell.parse(returned.payload());
      case LambdaEnvironment.Answer.Failed failed -> throw new AssertionError(failed.why());
    };
  }

  /** The silences of the deployment. */
  Silences silences() {
    return new StoredSilences(
            new DynamoTable(aws(tables.address()), run + "sightings"), Duration.ZERO)
        .all();
  }

  /** The records of incidents. */
  Incidents incidents() {
    return new DynamoIncidents(aws(tables.address()), run + "incidents", Duration.ofDays(90));
  }

  /** The operations of people on containments, as the command line does them. */
  Operations operations() {
    return new Operations(StoredLedger.in(new DynamoTable(aws(tables.address()), run + "ledger")));
  }

  /** Moves the ledger's time by two minutes, so that killed attempts lose their claims. */
  void endClaims() {
    DynamoTable ledger = new DynamoTable(aws(tables.address()), run + "ledger");
    StoredLedger.of(ledger, WireCluster.NAME).forgetHolders(Instant.now());
  }

  /** The operations of people on the account's containments, as the command line does them. */
  Operations ofAccount() {
    DynamoTable ledger = new DynamoTable(aws(tables.address()), run + "ledger");
    return new Operations(Map.of("", new StoredLedger(ledger)));
  }

  WireCluster cluster() {
    return cluster;
  }

  FakeSlack slack() {
    return slack;
  }

  FakeSplunk splunk() {
    return splunk;
  }

  SensorProcess sensor() {
    return sensor;
  }

  /** Puts an event on the bus. */
  void publish(BusEvent event) {
    EventPublisher publisher = new EventBridgePublisher(aws(bus.address()), BUS);
    if (!publisher.publish(List.of(event)).isEmpty()) {
      throw new AssertionError("the bus did not take it");
    }
  }

  private String queueUrl(String step) {
    return Objects.requireNonNull(queueUrls.get(step), step);
  }

  /** Puts a message into a step's queue, as a rule does. */
  void send(String step, String body) {
    queues.send(queueUrl(step), body);
  }

  /** The messages in a step's dead-letter queue. */
  List<String> dead(String step) {
    return queues.look(Objects.requireNonNull(deadLetterUrls.get(step), step)).stream()
        .map(Message::body)
        .toList();
  }

  /** The number of messages in a step's queue, visible or in flight. */
  int waiting(String step) {
    return queues.waiting(queueUrl(step));
  }

  /** All counts that a step logged, one object per batch. */
  List<JsonNode> counts(String step) throws IOException {
    return function(step).counts();
  }

  /** The output of all processes, for a failed test. */
  String log() {
    StringBuilder log = new StringBuilder();
    for (LambdaFunction function : functions.values()) {
      try {
        String said = function.log();
        log.append("== ").append(function.step()).append('\n');
        log.append(said, Math.max(0, said.length() - 4_000), said.length());
      } catch (IOException e) {
        log.append(e);
      }
    }
    mappings.forEach(mapping -> log.append(mapping.failures()).append('\n'));
    return log.toString();
  }

  /** The number of processes of all functions so far. */
  int environments() {
    return functions.values().stream().mapToInt(LambdaFunction::environments).sum();
  }

  /** The CPU time of all functions. */
  Duration cpu() {
    return functions.values().stream()
        .map(LambdaFunction::cpu)
        .reduce(Duration.ZERO, Duration::plus);
  }

  /** Ends it. */
  void close() throws Exception {
    sensor.close();
    for (EventSourceMapping mapping : mappings) {
      mapping.close();
    }
    operate.close();
    secrets.close();
    bus.close();
    tables.close();
    cluster.close();
    services.close();
    slack.close();
    splunk.close();
  }
}
