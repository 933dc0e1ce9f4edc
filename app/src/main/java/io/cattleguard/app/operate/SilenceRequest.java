package io.cattleguard.app.operate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Severity;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/** A person's request about the silences of a deployment. */
public sealed interface SilenceRequest extends OperatorRequest {
  /** The silences, and what they hid. */
  record All() implements SilenceRequest {
    @Override
    public ObjectNode toJson() {
      return JsonNodeFactory.instance.objectNode().put("command", "silences");
    }

    @Override
    public boolean isQuestion() {
      return true;
    }
  }

  /**
   * Hide alerts from people.
   *
   * @param upTo the highest severity to hide, empty for the default
   * @param responders whether responders do not act on them either
   * @param all whether a pattern may match every alert
   * @param dryRun whether only to show what it would hide
   */
  record Set(
      ObjectNode match,
      OperatorOrder order,
      Instant until,
      Optional<Severity> upTo,
      boolean responders,
      boolean all,
      boolean dryRun)
      implements SilenceRequest {
    @Override
    public ObjectNode toJson() {
      ObjectNode out = JsonNodeFactory.instance.objectNode().put("command", "silence");
      out.set("match", match);
      out.put("by", order.by()).put("reason", order.reason()).put("until", until.toString());
      upTo.ifPresent(severity -> out.put("upTo", severity.jsonName()));
      return out.put("responders", responders).put("all", all).put("dryRun", dryRun);
    }

    @Override
    public boolean isQuestion() {
      return dryRun;
    }
  }

  /** End a silence. */
  record End(String id, OperatorOrder order) implements SilenceRequest {
    @Override
    public ObjectNode toJson() {
      return JsonNodeFactory.instance
          .objectNode()
          .put("command", "unsilence")
          .put("id", id)
          .put("by", order.by())
          .put("reason", order.reason());
    }
  }

  /**
   * Reads a request.
   *
   * @throws IllegalArgumentException if it is none, with the reason
   */
  static SilenceRequest read(String command, JsonNode in) {
    return switch (command) {
      case "silences" -> new All();
      case "unsilence" -> new End(OperatorRequest.text(in, "id"), OperatorRequest.order(in));
      default -> set(in);
    };
  }

  private static Set set(JsonNode in) {
    if (!(in.path("match") instanceof ObjectNode match)) {
      throw new IllegalArgumentException("match: expected an object");
    }
    return new Set(
        match,
        OperatorRequest.order(in),
        until(in),
        in.has("upTo") ? Optional.of(severity(OperatorRequest.text(in, "upTo"))) : Optional.empty(),
        in.path("responders").asBoolean(),
        in.path("all").asBoolean(),
        in.path("dryRun").asBoolean());
  }

  private static Instant until(JsonNode in) {
    try {
      return Instant.parse(OperatorRequest.text(in, "until"));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("until: expected an RFC 3339 time in UTC", e);
    }
  }

  private static Severity severity(String name) {
    return Severity.named(name)
        .orElseThrow(() -> new IllegalArgumentException("upTo: no severity is " + name));
  }
}
