package io.cattleguard.app.wire;

import io.cattleguard.events.ContractFiles;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.Target;
import software.amazon.awssdk.services.sqs.SqsClient;

/** An emulator with all AWS services at one address: bus, rules, queues and tables. */
final class CloudServices implements RoadServices {
  private final URI address;
  private final Runnable end;
  private final boolean hasCompute;

  /**
   * The services at an address, until closed.
   *
   * @param hasCompute whether EC2 is there too
   */
  CloudServices(URI address, Runnable end, boolean hasCompute) {
    this.address = address;
    this.end = end;
    this.hasCompute = hasCompute;
  }

  @Override
  public Optional<URI> compute() {
    return hasCompute ? Optional.of(address) : Optional.empty();
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
