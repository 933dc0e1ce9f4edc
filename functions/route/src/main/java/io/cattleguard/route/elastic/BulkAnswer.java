package io.cattleguard.route.elastic;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.RetryPolicy;
import io.cattleguard.route.http.HttpAnswer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Interprets the answer of a bulk request: the request may succeed although documents fail. */
final class BulkAnswer {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** The names of errors; anything else in their place may repeat a document. */
  private static final Pattern TYPE = Pattern.compile("[a-z_]{1,64}");

  private BulkAnswer() {}

  /** One outcome per document, in order. */
  static List<Outcome> outcomes(HttpAnswer answer, int documents, Instant now) {
    if (answer.status() != 200) {
      return Collections.nCopies(documents, ofRequest(answer, now));
    }
    JsonNode items;
    try {
      items = JSON.readTree(answer.body()).path("items");
    } catch (JsonProcessingException e) {
      items = MissingNode.getInstance();
    }
    if (items.size() != documents) {
      return Collections.nCopies(
          documents,
          new Outcome.TryAgain(RetryPolicy.DEFAULT, "HTTP 200 without an answer of the bulk API"));
    }
    List<Outcome> outcomes = new ArrayList<>(documents);
    for (JsonNode item : items) {
      outcomes.add(ofItem(item.path("create"), now));
    }
    return outcomes;
  }

  private static Outcome ofRequest(HttpAnswer answer, Instant now) {
    return answer.status() / 100 == 3
        ? new Outcome.Blocked("HTTP " + answer.status() + "; set the cluster's own address")
        : RetryPolicy.ofStatus(answer.status(), answer.retryAfter(), now);
  }

  private static Outcome ofItem(JsonNode item, Instant now) {
    int status = item.path("status").asInt();
    String type = item.path("error").path("type").asText();
    String reason = "HTTP " + status + (TYPE.matcher(type).matches() ? " " + type : "");
    return switch (status) {
      case 200, 201 -> new Outcome.Delivered();
      // A document with this id exists: an earlier attempt created it.
      case 409 -> new Outcome.Delivered();
      case 401, 403 -> new Outcome.Blocked(reason + "; the credentials may not create documents");
      case 404 -> new Outcome.Blocked(reason + "; create the index or the template of the stream");
      default -> {
        Outcome outcome = RetryPolicy.ofStatus(status, Optional.empty(), now);
        yield switch (outcome) {
          case Outcome.TryAgain again -> new Outcome.TryAgain(again.after(), reason);
          case Outcome.Rejected ignored -> new Outcome.Rejected(reason);
          default -> outcome;
        };
      }
    };
  }
}
