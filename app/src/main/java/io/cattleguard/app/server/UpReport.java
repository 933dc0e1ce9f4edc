package io.cattleguard.app.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.operate.Operator;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.app.operate.OperatorRequest;
import io.cattleguard.app.sensors.PostedHeartbeats;
import io.cattleguard.events.build.BuildVersion;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** A server's report about itself and the sensors that post to it. */
final class UpReport {
  /** The name of the object that is about the server. */
  static final String UP = "up";

  private final UpInput input;
  private final LiveRoad road;
  private final DestinationStates states;
  private final PostedHeartbeats heartbeats;
  private final Supplier<List<String>> notes;
  private final InstantSource clock;

  UpReport(
      UpInput input,
      LiveRoad road,
      DestinationStates states,
      Supplier<List<String>> notes,
      InstantSource clock) {
    this.input = input;
    this.road = road;
    this.states = states;
    this.heartbeats = input.heartbeats();
    this.notes = notes;
    this.clock = clock;
  }

  /** An operator that answers requests for sensors, and passes all other requests on. */
  Operator answering(Operator others) {
    return (request, identity) ->
        request instanceof OperatorRequest.Sensors ? reply() : others.ask(request, identity);
  }

  private OperatorReply reply() {
    Instant now = clock.instant();
    Optional<String> rejected = heartbeats.rejected(now);
    ObjectNode self = json(rejected);
    List<OperatorReply.Result> results = new ArrayList<>();
    results.add(
        new OperatorReply.Result(line(self), JsonNodeFactory.instance.objectNode().set(UP, self)));
    results.addAll(heartbeats.latest().results(now));
    return new OperatorReply(
        true,
        results,
        rejected.isPresent() || results.size() > 1
            ? rejected
            : Optional.of(
                "No sensor has reported here since this server started. Falco that posts to it"
                    + " directly, and sensors of an older version, do not report."));
  }

  private ObjectNode json(Optional<String> rejected) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("version", BuildVersion.current());
    input.report(out);
    ObjectNode queues = out.putObject("queues");
    road.queue().depths().forEach(queues::put);
    out.put("parked", road.queue().parked());
    states.areBlocked().entrySet().stream()
        .filter(Map.Entry::getValue)
        .map(Map.Entry::getKey)
        .sorted()
        .forEach(out.putArray("blockedDestinations")::add);
    states.notConfigured().keySet().forEach(out.putArray("notConfigured")::add);
    ArrayNode all = out.putArray("notes");
    notes.get().forEach(all::add);
    rejected.ifPresent(all::add);
    return out;
  }

  private static String line(ObjectNode self) {
    return "this server, version "
        + self.path("version").asText()
        + ": "
        + self.path("waiting").asLong()
        + " alerts in the spool, "
        + sum(self.path("queues"))
        + " entries in queues, "
        + sum(self.path("shed"))
        + " alerts dropped, "
        + sum(self.path("rejected"))
        + " requests rejected since its start";
  }

  private static long sum(JsonNode numbers) {
    long sum = 0;
    for (JsonNode one : numbers) {
      sum += one.asLong();
    }
    return sum;
  }
}
