package io.cattleguard.app.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.doctor.Diagnosis.Result;
import io.cattleguard.app.testing.Moto;
import io.cattleguard.app.wire.Queues;
import io.cattleguard.app.wire.WireRoad;
import io.cattleguard.edge.lambda.DynamoDbLocal;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.TakesLong;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import software.amazon.awssdk.services.cloudwatchlogs.model.InputLogEvent;
import software.amazon.awssdk.services.eventbridge.model.Target;

/** Runs doctor against moto: with all resources, and without any. */
@Tag("moto")
@EnabledIf(
    value = "io.cattleguard.app.testing.Moto#isThere",
    disabledReason = "moto_server is not on the PATH")
@TakesLong
final class DoctorOnMotoTest {
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
            DoctorAws.of(env.aws()),
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
      assertEquals(1 + 6 + 10 + 5 + 3, nothing.size(), () -> String.join("\n", nothing));
      nothing.forEach(line -> assertTrue(line.contains("not found: "), line));

      deploy(moto.address());

      List<String> problems = examine(moto.address(), Result.PROBLEM);
      assertEquals(6, problems.size(), () -> String.join("\n", problems));
      assertTrue(problems.removeLast().startsWith("canary: "), problems::toString);
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

  /** The resources that Terraform creates, without the functions. */
  private static void deploy(URI address) {
    DoctorAws services = DoctorAws.of(WireRoad.aws(address));
    Queues queues = new Queues(services.queues());
    Deployment.named("cattleguard").queues().values().forEach(queues::make);
    String queue = queues.attribute(queues.make("cattleguard-any"), "QueueArn");
    services.events().createEventBus(bus -> bus.name("cattleguard"));
    for (String step :
        List.of(
            "deduplicate", "score", "route", "respond-kubernetes", "respond-aws", "heartbeat")) {
      String name = "cattleguard-" + step;
      String pattern = ContractFiles.text("patterns", step + ".json");
      services
          .events()
          .putRule(rule -> rule.name(name).eventBusName("cattleguard").eventPattern(pattern));
      Target target =
          Target.builder().id("any").arn(queue).deadLetterConfig(dead -> dead.arn(queue)).build();
      services
          .events()
          .putTargets(targets -> targets.rule(name).eventBusName("cattleguard").targets(target));
    }
    DynamoDbLocal.createTable(services.tables(), "cattleguard-ledger");
    String group = "/aws/events/cattleguard-heartbeat";
    services.logs().createLogGroup(log -> log.logGroupName(group));
    services.logs().createLogStream(log -> log.logGroupName(group).logStreamName("one"));
    InputLogEvent beat =
        InputLogEvent.builder()
            .timestamp(Instant.now().toEpochMilli())
            .message(FakeDeployment.heartbeat("node-a", "0.1.0"))
            .build();
    services
        .logs()
        .putLogEvents(log -> log.logGroupName(group).logStreamName("one").logEvents(beat));
  }
}
