package io.cattleguard.app.doctor;

import static io.cattleguard.app.doctor.FakeDeployment.object;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.doctor.Diagnosis.Result;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.events.ContractFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class DoctorTest {
  private static final Set<String> READING =
      Set.of(
          "DescribeEventBus",
          "DescribeRule",
          "ListTargetsByRule",
          "GetQueueUrl",
          "GetQueueAttributes",
          "FilterLogEvents",
          "GetItem",
          "DescribeSecret",
          "GET function",
          "GET mappings");

  private final FakeDeployment aws = new FakeDeployment();
  @TempDir private Path home;

  @BeforeEach
  void checkout() throws IOException {
    Path patterns = Files.createDirectories(home.resolve("events/patterns"));
    for (String name : ContractFiles.names("patterns")) {
      Files.writeString(patterns.resolve(name), ContractFiles.text("patterns", name));
    }
  }

  @AfterEach
  void stop() {
    aws.close();
  }

  private List<Diagnosis> examine() {
    return new Doctor(
            Deployment.named("cattleguard"),
            DoctorAws.of(aws.environment().aws()),
            home,
            Instant.now())
        .examine();
  }

  /** With the other settings of Terraform's outputs, besides the names. */
  private List<Diagnosis> examine(String outputs) {
    return new Doctor(
            Deployment.of(Shell.parse(outputs)),
            DoctorAws.of(aws.environment().aws()),
            home,
            Instant.now())
        .examine();
  }

  private static String outputs(String slackUrl, String topics) {
    return "{'bus_name':{'value':'cattleguard'},'slack_url':{'value':%s},'alarm_topic_arns':{'value':%s}}"
        .formatted(slackUrl, topics)
        .replace('\'', '"');
  }

  @Test
  void theAddressOfSlackIsAskedAsSlackAsksIt() {
    String url = "'" + aws.slack() + "'";
    List<Diagnosis> found = examine(outputs(url, "['arn:aws:sns:eu-central-1:1:t']"));
    assertTrue(
        found.contains(Diagnosis.ok("Slack address", aws.slack() + " answers")), found::toString);
    assertTrue(aws.asked().contains("GET slack"));

    aws.refuse("GET slack", "Missing");
    List<Diagnosis> refused = examine(outputs(url, "[]"));
    assertTrue(
        refused.stream()
            .anyMatch(
                one ->
                    one.about().equals("Slack address")
                        && one.says().contains("answers 400: apply the Terraform module")),
        refused::toString);
    assertTrue(
        refused.stream().anyMatch(one -> one.says().startsWith("notify nobody")),
        refused::toString);
    List<Diagnosis> gone = examine(outputs("'http://127.0.0.1:1/slack'", "null"));
    assertTrue(
        gone.stream().anyMatch(one -> one.says().contains("cannot be reached from here")),
        gone::toString);
  }

  @Test
  void withoutTheFunctionAnswerQuestionsFromSlackAreNotAnswered() {
    aws.refuse("GET function", "cattleguard-answer", "ResourceNotFoundException");

    assertEquals(
        List.of(
            "Slack questions: are not answered, because there is no function cattleguard-answer;"
                + " apply the Terraform module"),
        problems().stream().map(one -> one.about() + ": " + one.says()).toList());
    assertTrue(
        examine().stream().noneMatch(one -> one.about().contains("answer")),
        "its rule and queues do not exist either");
  }

  @Test
  void withoutTheFunctionSlackIsOffUnlessTerraformSaysItIsOn() {
    aws.refuse("GET function", "ResourceNotFoundException");

    assertTrue(
        examine().stream()
            .anyMatch(
                one ->
                    one.about().equals("Slack")
                        && one.result() == Result.OK
                        && one.says().startsWith("is off")));
    assertTrue(
        examine(outputs("'" + aws.slack() + "'", "null")).stream()
            .anyMatch(
                one ->
                    one.about().equals("Slack")
                        && one.result() == Result.PROBLEM
                        && one.says().startsWith("has an address, but there is no function")));
  }

  private List<Diagnosis> problems() {
    return examine().stream().filter(one -> one.result() == Result.PROBLEM).toList();
  }

  @Test
  void aSoundDeploymentHasNoProblemAndIsOnlyRead() {
    List<Diagnosis> found = examine();
    assertEquals(Set.of(Result.OK), Set.copyOf(found.stream().map(Diagnosis::result).toList()));
    assertEquals(1 + 6 + 10 + 5 + 7 + 3 + 3, found.size());
    assertEquals(READING, Set.copyOf(aws.asked()));
    assertTrue(found.contains(Diagnosis.ok("sensors", "2 nodes, version 0.1.0")), found::toString);
    assertTrue(
        found.stream()
            .anyMatch(one -> one.says().startsWith("the last one passed every step and came back")),
        found::toString);
  }

  private static Arguments row(
      String operation, String about, UnaryOperator<ObjectNode> change, String line) {
    return arguments(operation, about, change, line);
  }

  private static Arguments beat(String about, UnaryOperator<ObjectNode> change, String line) {
    return row(
        "FilterLogEvents",
        about.isEmpty() ? "-heartbeat" : about,
        log -> {
          ObjectNode event = (ObjectNode) Shell.parse(FakeDeployment.heartbeat("node-b", "0.1.0"));
          event.set("detail", change.apply((ObjectNode) event.path("detail")));
          log.putArray("events")
              .add(object().put("message", FakeDeployment.heartbeat("node-a", "0.1.0")))
              .add(object().put("message", event.toString()));
          return log;
        },
        "sensors: " + line);
  }

  private static UnaryOperator<ObjectNode> failing(String part) {
    return beat -> {
      beat.putArray("failing").add(part);
      return beat.put("waiting", 402);
    };
  }

  private static ObjectNode layered(ObjectNode function, String layer) {
    ObjectNode configuration = (ObjectNode) function.path("Configuration");
    configuration.putArray("Layers").addObject().put("Arn", layer);
    return function;
  }

  private static ObjectNode withClaimedNodes(ObjectNode function) {
    ((ObjectNode) function.path("Configuration").path("Environment").path("Variables"))
        .put("CLAIMED_NODES", "blue,green");
    return function;
  }

  static Stream<Arguments> eachProblemIsReportedWithItsFix() {
    return Stream.of(
        row(
            "GET function",
            "cattleguard-respond-kubernetes",
            DoctorTest::withClaimedNodes,
            "nodes: node_identity is claimed in blue, green: root on one node can cause actions on"
                + " the pods of any node; use EKS Pod Identity"),
        row(
            "DescribeRule",
            "cattleguard-respond-kubernetes",
            rule -> rule.put("State", "DISABLED"),
            "rule cattleguard-respond-kubernetes: is DISABLED, so respond-kubernetes receives no"
                + " events; enable it: aws events enable-rule --name"
                + " cattleguard-respond-kubernetes --event-bus-name cattleguard"),
        row(
            "DescribeRule",
            "cattleguard-score",
            rule -> rule.put("EventPattern", "{\"source\":[\"x\"]}"),
            "rule cattleguard-score: its pattern differs from events/patterns/score.json"),
        row(
            "ListTargetsByRule",
            "cattleguard-route",
            targets -> object().set("Targets", object().arrayNode()),
            "rule cattleguard-route: has no target"),
        row(
            "ListTargetsByRule",
            "cattleguard-route",
            targets -> {
              targets.putArray("Targets").addObject().put("Arn", "a");
              return targets;
            },
            "rule cattleguard-route: has a target without a dead-letter queue"),
        row(
            "GetQueueAttributes",
            "cattleguard-respond-kubernetes-failed",
            counts -> {
              counts.putObject("Attributes").put("ApproximateNumberOfMessages", "3");
              return counts;
            },
            "queue respond-kubernetes-failed: 3 messages; read one: aws sqs receive-message"
                + " --queue-url"
                + " https://sqs.eu-central-1.amazonaws.com/111122223333/cattleguard-respond-kubernetes-failed"),
        row(
            "GetQueueAttributes",
            "cattleguard-score-undelivered",
            counts -> {
              counts.putObject("Attributes").put("ApproximateNumberOfMessagesNotVisible", "1");
              return counts;
            },
            "queue score-undelivered: 1 message; read one"),
        row(
            "GET function",
            "cattleguard-respond-kubernetes",
            function -> {
              function.putObject("Concurrency").put("ReservedConcurrentExecutions", 0);
              return function;
            },
            "function cattleguard-respond-kubernetes: is stopped: its reserved concurrency is 0"),
        row(
            "GET function",
            "cattleguard-respond-kubernetes",
            function -> {
              ((ObjectNode) function.path("Configuration")).put("State", "Failed");
              return function;
            },
            "function cattleguard-respond-kubernetes: is Failed"),
        row(
            "GET function",
            "cattleguard-respond-kubernetes",
            function -> layered(function, "arn:aws:lambda:x:y:layer:cattleguard-policy:2"),
            "policy: the functions use different versions: answer, deduplicate, operate,"
                + " respond-aws, route, score has"
                + " arn:aws:lambda:eu-central-1:111122223333:layer:cattleguard-policy:3;"
                + " respond-kubernetes has arn:aws:lambda:x:y:layer:cattleguard-policy:2"),
        row(
            "GET mappings",
            "cattleguard-route",
            mappings -> {
              mappings
                  .putArray("EventSourceMappings")
                  .addObject()
                  .put("State", "Disabled")
                  .put("UUID", "u");
              return mappings;
            },
            "function cattleguard-route: does not read its queue: the event source mapping is"
                + " Disabled; enable it: aws lambda update-event-source-mapping --enabled --uuid"
                + " u"),
        row(
            "FilterLogEvents",
            "/aws/events/cattleguard-heartbeat",
            log -> {
              log.putArray("events")
                  .add(object().put("message", FakeDeployment.heartbeat("node-a", "0.1.0")))
                  .add(object().put("message", FakeDeployment.heartbeat("node-b", "0.2.0")));
              return log;
            },
            "sensors: different versions: 0.1.0 on 1, 0.2.0 on 1; finish the chart's rollout"),
        row(
            "FilterLogEvents",
            "-heartbeat",
            log -> {
              log.putArray("events");
              return log;
            },
            "sensors: no heartbeat in the last 10 minutes"),
        beat(
            "",
            beat -> beat.put("cluster", "green"),
            "1 heartbeat names a cluster for which the sender's role may not publish"),
        beat("", failing("disk"), "node-b report a failure that this version does not know"),
        beat(
            "",
            beat -> beat.put("learningDropped", 7),
            "node-b (7 events) did not learn from some events"),
        beat("", failing("sending"), "node-b (402 alerts) cannot send alerts although"),
        beat("", failing("spool"), "node-b cannot write their spool, so Falco's posts are refused"),
        beat("", failing("listener"), "node-b do not listen for alerts"),
        beat("", failing("worker"), "node-b have a thread that fails"),
        beat(
            "",
            beat -> {
              beat.putObject("shed").put("low", 12).put("high", 1);
              return beat;
            },
            "node-b (13 alerts) dropped alerts because the spool was full"),
        beat("", beat -> beat.put("lost", 1), "node-b (1 alert) lost alerts because the spool's"),
        beat(
            "", beat -> beat.put("undeliverable", 2), "node-b (2 alerts) have alerts that the bus"),
        beat(
            "",
            beat -> beat.put("waitingSeconds", 301).put("waiting", 9),
            "node-b (9 alerts) have alerts that wait for more than five minutes"),
        beat(
            "",
            beat -> beat.put("limitBytes", 1000).put("waitingBytes", 801),
            "node-b (0 alerts) have a nearly full spool"),
        beat(
            "",
            beat -> {
              beat.putArray("exceeded").add("cpu");
              return beat;
            },
            "node-b use more CPU than limits.cpuPercent"),
        beat(
            "",
            beat -> {
              beat.putArray("exceeded").add("memory");
              return beat;
            },
            "node-b use more memory than"),
        row(
            "FilterLogEvents",
            "-heartbeat",
            log -> {
              long now = System.currentTimeMillis();
              var events = log.putArray("events");
              for (int second = 0; second < 600; second += 60) {
                for (String node : List.of("node-a", "node-b")) {
                  if (node.equals("node-a") || second > 240) {
                    events
                        .addObject()
                        .put("timestamp", now - second * 1_000L)
                        .put("message", FakeDeployment.heartbeat(node, "0.1.0"));
                  }
                }
              }
              return log;
            },
            "sensors: node-b: no heartbeat for several intervals"),
        row(
            "DescribeSecret",
            "",
            secret -> object(),
            "Slack secret: has no value; put the signing secret of the Slack app into it"),
        row(
            "DescribeSecret",
            "",
            secret -> secret.put("DeletedDate", 1),
            "Slack secret: is being deleted"),
        row(
            "GET function",
            "cattleguard-operate",
            function -> {
              ((ObjectNode) function.path("Configuration").path("Environment").path("Variables"))
                  .remove("SIGNING_SECRET_ARN");
              return function;
            },
            "Slack secret: cattleguard-operate has no SIGNING_SECRET_ARN"),
        row(
            "GET function",
            "cattleguard-answer",
            function -> {
              ((ObjectNode) function.path("Configuration")).put("State", "Failed");
              return function;
            },
            "function cattleguard-answer: is Failed"),
        row(
            "DescribeRule",
            "cattleguard-answer",
            rule -> rule.put("State", "DISABLED"),
            "rule cattleguard-answer: is DISABLED, so answer receives no events"),
        row(
            "GetQueueAttributes",
            "cattleguard-answer-failed",
            counts -> {
              counts.putObject("Attributes").put("ApproximateNumberOfMessages", "2");
              return counts;
            },
            "queue answer-failed: 2 messages; read one"),
        row(
            "GetQueueAttributes",
            "cattleguard-answer-undelivered",
            counts -> {
              counts.putObject("Attributes").put("ApproximateNumberOfMessages", "1");
              return counts;
            },
            "queue answer-undelivered: 1 message; read one"),
        row(
            "FilterLogEvents",
            "/aws/lambda/cattleguard-operate",
            log -> {
              log.putArray("events")
                  .add(object().put("message", "{\"received\":3,\"forged\":2,\"published\":1}"))
                  .add(object().put("message", "START"))
                  .add(object().put("message", "{\"received\":1,\"failed\":1}"));
              return log;
            },
            "Slack commands: in the last hour 2 with a wrong signature: another client sends them,"
                + " or the signing secret is not the app's; 1 not published"),
        row(
            "GetItem",
            "cattleguard-ledger",
            item -> {
              item.putObject("Item").putObject("state").put("S", "{\"halted\":true}");
              return item;
            },
            "kill switch: is on: no action is taken; turn it off: cattleguard resume"
                + " --name cattleguard"));
  }

  @ParameterizedTest(name = "{3}")
  @MethodSource
  void eachProblemIsReportedWithItsFix(
      String operation, String about, UnaryOperator<ObjectNode> change, String line) {
    aws.change(operation, about, change);
    List<Diagnosis> problems = problems();
    assertEquals(1, problems.size(), problems::toString);
    String said = problems.getFirst().about() + ": " + problems.getFirst().says();
    assertTrue(said.startsWith(line), said);
  }

  @Test
  void aKillSwitchThatWasTakenBackIsOff() {
    aws.change(
        "GetItem",
        "",
        item -> {
          item.putObject("Item").putObject("state").put("S", "{\"halted\":false}");
          return item;
        });
    assertEquals(List.of(), problems());
  }

  /** As in the ledger: an unreadable switch counts as on. */
  @Test
  void aKillSwitchThatCannotBeReadIsOn() {
    aws.change(
        "GetItem",
        "",
        item -> {
          item.putObject("Item").putObject("pk").put("S", "kill-switch");
          return item;
        });
    assertEquals(1, problems().size());
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "DescribeEventBus, ResourceNotFoundException, not found: check --name and the region",
    "GET function, AccessDeniedException, access denied",
    "GetItem, ProvisionedThroughputExceededException, check the network",
    "GetQueueUrl, AWS.SimpleQueueService.NonExistentQueue, not found",
    "FilterLogEvents, InternalFailure, check the network",
  })
  void anErrorFromAwsIsAProblemWithARemedy(String operation, String code, String remedy) {
    aws.refuse(operation, code);
    List<Diagnosis> problems = problems();
    assertTrue(!problems.isEmpty());
    for (Diagnosis problem : problems) {
      assertTrue(problem.says().contains(code) && problem.says().contains(remedy), problem.says());
    }
  }

  @Test
  void invalidCredentialsAreReportedOnce() {
    aws.refuse("DescribeEventBus", "UnrecognizedClientException");
    List<Diagnosis> found = examine();
    assertEquals(1, found.size());
    assertTrue(
        found.getFirst().says().contains("they are invalid or expired, log in again"),
        found::toString);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "the same build as in this checkout, wM1cz9tWOlk2bjPnMAG3j9uMylpsSOL5D//N5EuB8fY=, OK",
    "which differs from, c, PROBLEM",
  })
  void aFunctionIsComparedWithThePackageThatIsHere(String says, String deployed, Result result)
      throws IOException {
    Path package_ = home.resolve("functions/route/target/cattleguard-route.zip");
    Files.createDirectories(package_.getParent());
    Files.writeString(package_, "a package");
    aws.change(
        "GET function",
        "cattleguard-route",
        function -> {
          ((ObjectNode) function.path("Configuration")).put("CodeSha256", deployed);
          return function;
        });
    Diagnosis route =
        examine().stream()
            .filter(one -> one.about().equals("function cattleguard-route"))
            .findFirst()
            .orElseThrow();
    assertEquals(result, route.result(), route.says());
    assertTrue(route.says().contains(says), route.says());
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a root module's own outputs | {"bus_name":{"value":"guard"},"region":{"value":"eu-west-1"},"kubernetes_group":{"value":"cattleguard-observe"},"function_names":{"value":{"respond-kubernetes":"f"}},"queue_urls":{"value":{"respond-kubernetes":{"failed":"https://q"}}},"table_names":{"value":{"ledger":"l"}}}
          one output with all of them | {"other":{"value":"x"},"cattleguard":{"value":{"bus_name":"guard","region":"eu-west-1","kubernetes_group":"cattleguard-observe","function_names":{"respond-kubernetes":"f"},"queue_urls":{"respond-kubernetes":{"failed":"https://q"}},"table_names":{"ledger":"l"}}}}
          """)
  void namesAreReadFromTerraformsOutputs(String shape, String outputs) {
    Deployment deployment = Deployment.of(Shell.parse(outputs));
    assertEquals("guard", deployment.bus());
    assertEquals("f", deployment.functions().get("respond-kubernetes"));
    assertEquals("guard-score", deployment.functions().get("score"));
    assertEquals("https://q", deployment.queues().get("respond-kubernetes-failed"));
    assertEquals("l", deployment.ledger());
    assertEquals(Optional.of("eu-west-1"), deployment.region());
    assertEquals(Optional.of("cattleguard-observe"), deployment.group());
  }

  @Test
  void manySickNodesAreOneSentenceAndTheirNamesAreVisible() {
    aws.change(
        "FilterLogEvents",
        "-heartbeat",
        log -> {
          var events = log.putArray("events");
          for (int i = 0; i < 5; i++) {
            ObjectNode event =
                (ObjectNode) Shell.parse(FakeDeployment.heartbeat("node-" + i + "\u001b[2J", "1"));
            ((ObjectNode) event.path("detail")).put("lost", 1);
            events.addObject().put("message", event.toString());
          }
          return log;
        });
    List<Diagnosis> problems = problems();
    assertEquals(1, problems.size(), problems::toString);
    assertTrue(problems.getFirst().says().contains(" and 2 more lost"), problems::toString);
    assertTrue(!problems.getFirst().says().contains("\u001b"), problems::toString);
  }
}
