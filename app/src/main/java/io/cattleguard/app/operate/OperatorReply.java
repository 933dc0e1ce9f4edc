package io.cattleguard.app.operate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.answer.Listing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The reply to a request of an operator.
 *
 * @param results each as a line for people and as JSON
 * @param note a sentence in addition to the results
 */
public record OperatorReply(boolean success, List<Result> results, Optional<String> note) {
  /** Copies the list. */
  public OperatorReply {
    results = List.copyOf(results);
  }

  /** One result, as a line for people and as JSON. */
  public record Result(String line, ObjectNode object) {}

  /** A successful reply with these entries. */
  static OperatorReply of(Listing listing) {
    return new OperatorReply(
        true,
        listing.entries().stream().map(one -> new Result(one.line(), one.object())).toList(),
        listing.note());
  }

  /** The results, for callers that only show them. */
  public Listing listing() {
    return new Listing(
        results.stream().map(one -> new Listing.Entry(one.line(), one.object())).toList(), note);
  }

  static OperatorReply of(String line, ObjectNode object) {
    return new OperatorReply(true, List.of(new Result(line, object)), Optional.empty());
  }

  /** A failure, with what to do. */
  public static OperatorReply failed(String why) {
    return new OperatorReply(false, List.of(), Optional.of(why));
  }

  ObjectNode toJson() {
    ObjectNode out = JsonNodeFactory.instance.objectNode().put("success", success);
    ArrayNode all = out.putArray("results");
    results.forEach(one -> all.addObject().put("line", one.line()).set("object", one.object()));
    note.ifPresent(text -> out.put("note", text));
    return out;
  }

  static OperatorReply read(JsonNode in) {
    List<Result> results = new ArrayList<>();
    in.path("results")
        .forEach(
            one ->
                results.add(
                    new Result(
                        one.path("line").asText(),
                        one.path("object") instanceof ObjectNode object
                            ? object
                            : JsonNodeFactory.instance.objectNode())));
    return new OperatorReply(
        in.path("success").asBoolean(),
        results,
        Optional.of(in.path("note").asText()).filter(text -> !text.isEmpty()));
  }
}
