package io.cattleguard.app.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Notice;
import java.util.ArrayList;
import java.util.List;

/** Writes and reads a delivery of a destination's queue as JSON. */
final class DeliveryJson {
  private DeliveryJson() {}

  static String write(Delivery delivery) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("destination", delivery.destination());
    delivery.routes().forEach(out.putArray("routes")::add);
    out.set(
        "notice",
        switch (delivery.notice()) {
          case Notice.Scored scored -> AlertJson.write(scored.scored());
          case Notice.Decided decided -> decided.decided().write();
          case Notice.Commanded commanded -> commanded.command().write();
        });
    return out.toString();
  }

  /** Reads what {@link #write} wrote. */
  static Delivery read(JsonNode in) {
    JsonNode notice = in.path("notice");
    List<String> routes = new ArrayList<>();
    in.path("routes").forEach(route -> routes.add(route.asText()));
    return new Delivery(in.path("destination").asText(), notice(notice), routes);
  }

  private static Notice notice(JsonNode in) {
    if (in.has("command")) {
      return new Notice.Commanded(OperatorCommand.read(in));
    }
    return in.has("response")
        ? new Notice.Decided(ResponseDecided.read(in))
        : new Notice.Scored(AlertJson.readScored(in));
  }
}
