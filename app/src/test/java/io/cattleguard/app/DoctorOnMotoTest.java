package io.cattleguard.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.Diagnosis.Result;
import io.cattleguard.edge.AwsService;
import io.cattleguard.edge.Env;
import io.cattleguard.events.ContractFiles;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What doctor asks, and what AWS's APIs answer where something is there and where it is not. */
@Tag("moto")
@EnabledIf(
    value = "io.cattleguard.app.Moto#isThere",
    disabledReason = "moto_server is not on the PATH")
final class DoctorOnMotoTest {
  private static ObjectNode object(String name, String value) {
    return JsonNodeFactory.instance.objectNode().put(name, value);
  }

  private static List<String> examine(URI address, Result result) {
    Env env =
        new Env(
            Map.of(
                "AWS_REGION",
                "eu-central-1",
                "AWS_ACCESS_KEY_ID",
                "AKIAIOSFODNN7EXAMPLE",
                "AWS_SECRET_ACCESS_KEY",
                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                "AWS_ENDPOINT_URL",
                address.toString()));
    List<String> lines = new ArrayList<>();
    new Doctor(
            Deployment.named("cattleguard"),
            new DoctorAws(env, Clock.systemUTC()),
            ContractFiles.root(),
            Instant.now())
        .examine().stream()
            .filter(one -> one.result() == result)
            .forEach(one -> lines.add(one.about() + ": " + one.says()));
    return lines;
  }

  @Test
  void whatIsThereIsFoundAndWhatIsNotIsNamed() throws Exception {
    try (Moto moto = Moto.start()) {
      List<String> nothing = examine(moto.address(), Result.PROBLEM);
      assertEquals(1 + 6 + 10 + 5 + 2, nothing.size(), () -> String.join("\n", nothing));
      nothing.forEach(line -> assertTrue(line.contains("it is not there"), line));

      deploy(moto.address());

      List<String> problems = examine(moto.address(), Result.PROBLEM);
      assertEquals(5, problems.size(), () -> String.join("\n", problems));
      problems.forEach(line -> assertTrue(line.startsWith("function cattleguard-"), line));
      List<String> sound = examine(moto.address(), Result.OK);
      assertTrue(sound.contains("sensors: 1 node, version 0.1.0"), sound::toString);
      assertTrue(sound.contains("kill switch: is off"), sound::toString);
      assertTrue(sound.contains("queue respond-kubernetes-failed: is empty"), sound::toString);
      assertTrue(
          sound.contains(
              "rule cattleguard-respond-kubernetes: is enabled, with this version's pattern"),
          sound::toString);
    }
  }

  /** What Terraform makes, but for the functions. */
  private static void deploy(URI address) {
    AwsService sqs = WireRoad.service("SQS", "sqs", "AmazonSQS", "1.0", address);
    Queues queues = new Queues(sqs);
    Deployment.named("cattleguard").queues().values().forEach(queues::make);
    String queue = queues.attribute(queues.make("cattleguard-any"), "QueueArn");
    AwsService events = WireRoad.service("EventBridge", "events", "AWSEvents", "1.1", address);
    events.call("CreateEventBus", object("Name", "cattleguard"));
    for (String step :
        List.of(
            "deduplicate", "score", "route", "respond-kubernetes", "respond-aws", "heartbeat")) {
      ObjectNode rule = object("Name", "cattleguard-" + step).put("EventBusName", "cattleguard");
      events.call(
          "PutRule", rule.put("EventPattern", ContractFiles.text("patterns", step + ".json")));
      ObjectNode targets = object("Rule", "cattleguard-" + step);
      ObjectNode target =
          targets.put("EventBusName", "cattleguard").putArray("Targets").addObject();
      target.put("Id", "any").put("Arn", queue).putObject("DeadLetterConfig").put("Arn", queue);
      events.call("PutTargets", targets);
    }
    AwsService dynamo =
        WireRoad.service("DynamoDB", "dynamodb", "DynamoDB_20120810", "1.0", address);
    ObjectNode table = object("TableName", "cattleguard-ledger");
    table.put("BillingMode", "PAY_PER_REQUEST");
    table
        .putArray("AttributeDefinitions")
        .addObject()
        .put("AttributeName", "pk")
        .put("AttributeType", "S");
    table.putArray("KeySchema").addObject().put("AttributeName", "pk").put("KeyType", "HASH");
    dynamo.call("CreateTable", table);
    AwsService logs = WireRoad.service("Logs", "logs", "Logs_20140328", "1.1", address);
    String group = "/aws/events/cattleguard-heartbeat";
    logs.call("CreateLogGroup", object("logGroupName", group));
    logs.call("CreateLogStream", object("logGroupName", group).put("logStreamName", "one"));
    ObjectNode beats = object("logGroupName", group).put("logStreamName", "one");
    beats
        .putArray("logEvents")
        .addObject()
        .put("timestamp", Instant.now().toEpochMilli())
        .put("message", FakeDeployment.heartbeat("node-a", "0.1.0"));
    logs.call("PutLogEvents", beats);
  }
}
