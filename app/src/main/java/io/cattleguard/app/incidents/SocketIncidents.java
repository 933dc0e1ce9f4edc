package io.cattleguard.app.incidents;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.app.operate.OperatorRequest;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.record.IncidentJson;
import io.cattleguard.record.IncidentRecord;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.record.RecordedIncidents;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The records of a running server; its {@link IncidentOperator} answers. */
public final class SocketIncidents implements RecordedIncidents {
  private final Function<OperatorRequest, OperatorReply> server;

  /** Uses a function that sends a request to the server and returns its reply. */
  public SocketIncidents(Function<OperatorRequest, OperatorReply> server) {
    this.server = server;
  }

  @Override
  public Optional<IncidentRecord> find(String id) {
    return ask(question("find").put("id", id)).stream()
        .map(one -> IncidentJson.readRecord(one.toString()))
        .findFirst();
  }

  @Override
  public List<IncidentSummary> latest(Instant since, int limit) {
    return summaries(question("latest").put("since", since.toString()).put("limit", limit));
  }

  @Override
  public List<IncidentSummary> holding(int limit) {
    return summaries(question("holding").put("limit", limit));
  }

  private List<IncidentSummary> summaries(ObjectNode question) {
    return ask(question).stream().map(one -> IncidentJson.readSummary(one.toString())).toList();
  }

  private static ObjectNode question(String ask) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("command", OperatorRequest.Incidents.COMMAND)
        .put("ask", ask);
  }

  private List<ObjectNode> ask(ObjectNode question) {
    OperatorReply reply = server.apply(new OperatorRequest.Incidents(question));
    if (!reply.success()) {
      throw new Unavailable(reply.note().orElse("the server cannot answer"));
    }
    return reply.results().stream().map(OperatorReply.Result::object).toList();
  }
}
