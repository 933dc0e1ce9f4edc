package io.cattleguard.app.incidents;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.app.operate.OperatorRequest;
import io.cattleguard.record.IncidentJson;
import io.cattleguard.record.RecordedIncidents;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Answers questions about incidents in a server. */
public final class IncidentOperator {
  private final RecordedIncidents incidents;

  /** Answers from these records. */
  public IncidentOperator(RecordedIncidents incidents) {
    this.incidents = incidents;
  }

  /** Answers a question that {@link SocketIncidents} asks. */
  public OperatorReply ask(OperatorRequest.Incidents request) {
    JsonNode question = request.question();
    int limit = question.path("limit").asInt();
    return switch (question.path("ask").asText()) {
      case "find" -> find(question.path("id").asText());
      case "latest" -> {
        try {
          Instant since = Instant.parse(question.path("since").asText());
          yield reply(incidents.latest(since, limit).stream().map(IncidentJson::write).toList());
        } catch (DateTimeException e) {
          yield OperatorReply.failed("since: expected a time");
        }
      }
      case "holding" -> reply(incidents.holding(limit).stream().map(IncidentJson::write).toList());
      default -> OperatorReply.failed("ask: expected find, latest or holding");
    };
  }

  /** The note says why there is none, if several begin with that id. */
  private OperatorReply find(String id) {
    OperatorReply found = reply(incidents.named(id).map(IncidentJson::write).stream().toList());
    return found.results().isEmpty()
        ? new OperatorReply(true, List.of(), incidents.ambiguity(id))
        : found;
  }

  /** The client prints the objects, so there are no lines. */
  private static OperatorReply reply(List<ObjectNode> objects) {
    return new OperatorReply(
        true,
        objects.stream().map(one -> new OperatorReply.Result("", one)).toList(),
        Optional.empty());
  }
}
