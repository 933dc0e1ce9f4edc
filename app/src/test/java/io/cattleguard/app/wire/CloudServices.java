package io.cattleguard.app.wire;

import io.cattleguard.events.ContractFiles;
import java.net.URI;
import java.util.Map;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.Target;
import software.amazon.awssdk.services.sqs.SqsClient;

/** An emulator with all AWS services at one address: bus, rules, queues and tables. */
final class CloudServices implements RoadServices {
  private final URI address;
  private final Runnable end;

  /** The services at an address, until closed. */
  CloudServices(URI address, Runnable end) {
    this.address = address;
    this.end = end;
  }

  @Override
  public URI queues() {
    return address;
  }

  @Override
  public URI tables() {
    return address;
  }

  @Override
  public URI bus(Map<String, String> queueUrls, SqsClient sqs) {
    EventBridgeClient events =
        WireRoad.aws(address).build("EventBridge", EventBridgeClient.builder());
    events.createEventBus(bus -> bus.name(WireRoad.BUS));
    Queues queues = new Queues(sqs);
    queueUrls.forEach(
        (step, url) -> {
          String name = "cattleguard-" + step;
          String pattern = ContractFiles.text("patterns", step + ".json");
          events.putRule(rule -> rule.name(name).eventBusName(WireRoad.BUS).eventPattern(pattern));
          Target queue =
              Target.builder().id("queue").arn(queues.attribute(url, "QueueArn")).build();
          events.putTargets(
              targets -> targets.rule(name).eventBusName(WireRoad.BUS).targets(queue));
        });
    return address;
  }

  @Override
  public boolean deliverTwice(boolean twice) {
    return !twice;
  }

  @Override
  public void close() {
    end.run();
  }
}
