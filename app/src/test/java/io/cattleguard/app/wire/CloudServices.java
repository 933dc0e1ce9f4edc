package io.cattleguard.app.wire;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.AwsService;
import io.cattleguard.events.ContractFiles;
import java.net.URI;
import java.util.Map;

/** Whoever speaks all of AWS's protocols at one address: its own bus, rules, queues and tables. */
final class CloudServices implements RoadServices {
  private final URI address;
  private final Runnable end;

  /** At an address, until the end. */
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
  public URI bus(Map<String, String> queueUrls, AwsService sqs) {
    AwsService events = WireRoad.service("EventBridge", "events", "AWSEvents", "1.1", address);
    events.call("CreateEventBus", object("Name", WireRoad.BUS));
    Queues queues = new Queues(sqs);
    queueUrls.forEach(
        (step, url) -> {
          ObjectNode rule = object("Name", "cattleguard-" + step);
          rule.put("EventBusName", WireRoad.BUS);
          rule.put("EventPattern", ContractFiles.text("patterns", step + ".json"));
          events.call("PutRule", rule);
          ObjectNode targets = object("Rule", "cattleguard-" + step);
          targets.put("EventBusName", WireRoad.BUS);
          targets
              .putArray("Targets")
              .addObject()
              .put("Id", "queue")
              .put("Arn", queues.attribute(url, "QueueArn"));
          events.call("PutTargets", targets);
        });
    return address;
  }

  private static ObjectNode object(String name, String value) {
    return JsonNodeFactory.instance.objectNode().put(name, value);
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
