package io.cattleguard.app.operate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.time.Duration;
import java.time.format.DateTimeParseException;

/** A person's request to the responders of a deployment. */
public sealed interface OperatorRequest
    permits OperatorRequest.Containments,
        OperatorRequest.Stop,
        OperatorRequest.Resume,
        OperatorRequest.Undo,
        OperatorRequest.Extend,
        OperatorRequest.Incidents,
        OperatorRequest.LearntModels,
        OperatorRequest.Approvals,
        OperatorRequest.Budgets,
        OperatorRequest.Sensors,
        OperatorRequest.Decide,
        OperatorRequest.Board,
        SilenceRequest {
  /**
   * The containments in force, and the kill switch.
   *
   * @param switchOnly whether only the kill switch is asked for
   */
  record Containments(boolean switchOnly) implements OperatorRequest {
    /** Both. */
    public Containments() {
      this(false);
    }

    @Override
    public ObjectNode toJson() {
      ObjectNode out = named("containments");
      return switchOnly ? out.put("switchOnly", true) : out;
    }
  }

  /** Turn the kill switch on. */
  record Stop(OperatorOrder order) implements OperatorRequest {
    @Override
    public ObjectNode toJson() {
      return named("stop").put("by", order.by()).put("reason", order.reason());
    }
  }

  /** Turn the kill switch off. */
  record Resume(OperatorOrder order) implements OperatorRequest {
    @Override
    public ObjectNode toJson() {
      return named("resume").put("by", order.by()).put("reason", order.reason());
    }
  }

  /** Undo a containment. */
  record Undo(String id, OperatorOrder order) implements OperatorRequest {
    @Override
    public ObjectNode toJson() {
      return named("undo").put("id", id).put("by", order.by()).put("reason", order.reason());
    }
  }

  /** Extend the lease of a containment. */
  record Extend(String id, Duration more, OperatorOrder order) implements OperatorRequest {
    @Override
    public ObjectNode toJson() {
      return named("extend")
          .put("id", id)
          .put("for", more.toString())
          .put("by", order.by())
          .put("reason", order.reason());
    }
  }

  /** The actions that wait for approval. */
  record Approvals() implements OperatorRequest {
    @Override
    public ObjectNode toJson() {
      return named("approvals");
    }
  }

  /** The usage of the budgets. */
  record Budgets() implements OperatorRequest {
    @Override
    public ObjectNode toJson() {
      return named("budgets");
    }
  }

  /** The sensors that report, and a server's report about itself. */
  record Sensors() implements OperatorRequest {
    @Override
    public ObjectNode toJson() {
      return named("sensors");
    }
  }

  /** Approve or reject an action that waits for it. */
  record Decide(boolean approves, String id, OperatorOrder order) implements OperatorRequest {
    @Override
    public ObjectNode toJson() {
      return named(approves ? "approve" : "reject")
          .put("id", id)
          .put("by", order.by())
          .put("reason", order.reason());
    }
  }

  /**
   * A question about the records of incidents.
   *
   * @param question in the words of {@code app.incidents}
   */
  record Incidents(ObjectNode question) implements OperatorRequest {
    /** The value of {@code command}. */
    public static final String COMMAND = "incidents";

    @Override
    public ObjectNode toJson() {
      return question;
    }
  }

  /**
   * An address of the board for one browser of the caller.
   *
   * @param by the name that others see
   * @param incident to show first; empty for the overview
   */
  record Board(String by, String incident) implements OperatorRequest {
    @Override
    public ObjectNode toJson() {
      return named("board").put("by", by).put("incident", incident);
    }
  }

  /** The models that were learnt of workloads. */
  record LearntModels() implements OperatorRequest {
    @Override
    public ObjectNode toJson() {
      return named("learnt-models");
    }
  }

  /** A JSON object that {@link #read} reads. */
  ObjectNode toJson();

  /** Whether it only shows something. */
  default boolean isQuestion() {
    return this instanceof Containments
        || this instanceof Approvals
        || this instanceof Budgets
        || this instanceof Sensors
        || this instanceof Incidents
        || this instanceof LearntModels;
  }

  private static ObjectNode named(String command) {
    return JsonNodeFactory.instance.objectNode().put("command", command);
  }

  /**
   * Reads a request.
   *
   * @throws IllegalArgumentException if it is not a request, with the reason
   */
  static OperatorRequest read(JsonNode in) {
    String command = text(in, "command");
    return switch (command) {
      case "containments" -> new Containments(in.path("switchOnly").asBoolean());
      case Incidents.COMMAND -> {
        if (in instanceof ObjectNode question) {
          yield new Incidents(question);
        }
        throw new IllegalArgumentException("not an object");
      }
      case "learnt-models" -> new LearntModels();
      case "stop" -> new Stop(order(in));
      case "resume" -> new Resume(order(in));
      case "undo" -> new Undo(text(in, "id"), order(in));
      case "extend" -> new Extend(text(in, "id"), duration(in), order(in));
      case "approvals" -> new Approvals();
      case "budgets" -> new Budgets();
      case "sensors" -> new Sensors();
      case "board" -> new Board(text(in, "by"), in.path("incident").asText());
      case "approve", "reject" -> new Decide(command.equals("approve"), text(in, "id"), order(in));
      case "silence", "silences", "unsilence" -> SilenceRequest.read(command, in);
      default -> throw new IllegalArgumentException("unknown command: " + command);
    };
  }

  /** The person's name and the reason. */
  static OperatorOrder order(JsonNode in) {
    return new OperatorOrder(text(in, "by"), text(in, "reason"));
  }

  private static Duration duration(JsonNode in) {
    try {
      Duration more = Duration.parse(text(in, "for"));
      if (more.isPositive()) {
        return more;
      }
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException("for: expected a duration such as PT4H", e);
    }
    throw new IllegalArgumentException("for: expected a positive duration such as PT4H");
  }

  /** A required text. */
  static String text(JsonNode in, String field) {
    if (!in.path(field).isTextual() || in.path(field).asText().isBlank()) {
      throw new IllegalArgumentException(field + ": expected a text");
    }
    return in.path(field).asText();
  }
}
