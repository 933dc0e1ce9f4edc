package io.cattleguard.app.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.terminal.UsageError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import software.amazon.awssdk.services.eventbridge.model.DescribeRuleResponse;
import software.amazon.awssdk.services.eventbridge.model.Target;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** Checks how events reach the functions: the bus, its rules and the queues. */
final class BusDoctor {
  private final Deployment deployment;
  private final DoctorAws aws;
  private final Path home;

  /** {@code home} is the checkout whose patterns are compared with the deployed ones. */
  BusDoctor(Deployment deployment, DoctorAws aws, Path home) {
    this.deployment = deployment;
    this.aws = aws;
    this.home = home;
  }

  Diagnosis bus() {
    String arn = aws.events().describeEventBus(bus -> bus.name(deployment.bus())).arn();
    return Diagnosis.ok("bus " + deployment.bus(), "exists: " + arn);
  }

  Diagnosis rule(String step) {
    String name = deployment.rule(step);
    String about = "rule " + name;
    DescribeRuleResponse rule =
        aws.events().describeRule(one -> one.name(name).eventBusName(deployment.bus()));
    if (!Doctor.text(rule.stateAsString()).startsWith("ENABLED")) {
      return Diagnosis.problem(
          about,
          "is "
              + Doctor.text(rule.stateAsString())
              + ", so "
              + step
              + " receives no events; enable it: aws events enable-rule --name "
              + name
              + " --event-bus-name "
              + deployment.bus());
    }
    if (!Doctor.parsed(Doctor.text(rule.eventPattern())).equals(pattern(step))) {
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
      if (target.deadLetterConfig() == null
          || Doctor.text(target.deadLetterConfig().arn()).isEmpty()) {
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
      return Doctor.parsed(
          Files.readString(home.resolve("events/patterns").resolve(step + ".json")));
    } catch (IOException e) {
      throw new UsageError("cannot read events/patterns/" + step + ".json of Cattleguard");
    }
  }

  Diagnosis queue(String name, String queue) {
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
}
