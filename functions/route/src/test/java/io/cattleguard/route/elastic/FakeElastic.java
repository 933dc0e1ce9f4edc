package io.cattleguard.route.elastic;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import io.cattleguard.route.http.FakeServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** A fake of a cluster's bulk API with a data stream, as strict as the API reference. */
final class FakeElastic extends FakeServer {
  static final String KEY = "a2V5LW9mLWE6dGVzdA==";
  static final String STREAM = "security-cattleguard";

  /** A rule of this name is a document that does not fit the mapping. */
  static final String POISON = "poison";

  /** A rule of this name is a document whose shard is overloaded. */
  static final String BUSY = "busy";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Map<String, JsonNode> documents = new LinkedHashMap<>();
  private String authorization = "ApiKey " + KEY;

  synchronized Map<String, JsonNode> documents() {
    return new LinkedHashMap<>(documents);
  }

  synchronized void expect(String value) {
    authorization = value;
  }

  @Override
  protected Scripted receive(HttpExchange exchange, byte[] body) throws IOException {
    if (!exchange.getRequestURI().getPath().equals("/_bulk")) {
      violation("path " + exchange.getRequestURI());
    }
    expectHeader(exchange, "Content-Type", "application/x-ndjson");
    if (!authorization.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
      return new Scripted(401, "{\"error\":{\"type\":\"security_exception\"},\"status\":401}");
    }
    byte[] plain = body;
    if ("gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"))) {
      try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
        plain = in.readAllBytes();
      }
    }
    String text = new String(plain, StandardCharsets.UTF_8);
    if (plain.length > 10_000_000 || !text.endsWith("\n")) {
      violation("too large, or without a last line end");
    }
    List<String> lines = text.lines().toList();
    ObjectNode answer = JSON.createObjectNode();
    ArrayNode items = answer.putArray("items");
    boolean errors = false;
    for (int i = 0; i < lines.size(); i += 2) {
      ObjectNode item = items.addObject().putObject("create");
      int status = create(JSON.readTree(lines.get(i)), JSON.readTree(lines.get(i + 1)), item);
      item.put("status", status);
      errors |= status >= 300;
    }
    answer.put("errors", errors);
    return new Scripted(200, answer.toString());
  }

  private int create(JsonNode action, JsonNode document, ObjectNode item)
      throws JsonProcessingException {
    JsonNode create = action.path("create");
    if (action.size() != 1 || !create.path("_index").asText().equals(STREAM)) {
      violation("a data stream takes only create: " + action);
    }
    String id = create.path("_id").asText();
    if (id.isEmpty() || id.length() > 512) {
      violation("_id " + id);
    }
    Instant unused = Instant.parse(document.path("@timestamp").asText());
    if (documents.containsKey(id)) {
      item.putObject("error").put("type", "version_conflict_engine_exception");
      return 409;
    }
    String rule = document.path("message").asText();
    if (rule.equals(POISON)) {
      item.putObject("error").put("type", "document_parsing_exception");
      return 400;
    }
    if (rule.equals(BUSY)) {
      item.putObject("error").put("type", "es_rejected_execution_exception");
      return 429;
    }
    documents.put(id, document);
    return 201;
  }
}
