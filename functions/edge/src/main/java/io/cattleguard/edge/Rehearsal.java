package io.cattleguard.edge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Plays a handler's first batch while SnapStart's snapshot is being made, so that what is restored
 * has read, decided and written before. It asks nobody, tells nobody, and leaves nothing behind but
 * loaded classes: no credentials, no tokens, no connections, nothing that must be unique.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/lambda/latest/dg/snapstart-best-practices.html">SnapStart's
 *     best practices</a>
 */
public final class Rehearsal {
  /** When it plays; any time would do but now. */
  public static final Instant AT = Instant.parse("2026-03-02T09:15:05Z");

  private static final JsonMapper JSON = Json.MAPPER;
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** AWS's own example, which opens nothing. */
  public static final AwsCredentials EXAMPLE =
      new AwsCredentials(
          "AKIAIOSFODNN7EXAMPLE",
          "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
          Optional.empty(),
          Instant.MAX);

  private Rehearsal() {}

  /**
   * Plays, where a snapshot is being made; in any other start it would only cost time.
   *
   * @param owner beside which the sample lies
   * @param sample an event of the bus
   * @param stage a handler that touches nothing
   */
  public static void play(
      Env env, Class<?> owner, String sample, Supplier<? extends BatchHandler> stage) {
    if (!env.optional("AWS_LAMBDA_INITIALIZATION_TYPE").equals(Optional.of("snap-start"))) {
      return;
    }
    try {
      byte[] batch = batch(owner, sample);
      BatchHandler handler = stage.get();
      StructuredLog.unheard(() -> handle(handler, batch));
    } catch (RuntimeException e) {
      // It costs speed, and nothing else.
      StructuredLog.error("the rehearsal failed", e);
    }
  }

  private static void handle(BatchHandler handler, byte[] batch) {
    try {
      handler.handleBatch(batch, OutputStream.nullOutputStream());
    } catch (IOException e) {
      throw new IllegalStateException("memory was not read", e);
    }
  }

  private static byte[] batch(Class<?> owner, String sample) {
    try (InputStream in = owner.getResourceAsStream(sample)) {
      if (in == null) {
        throw new IllegalStateException(sample + " is not on the class path beside " + owner);
      }
      ObjectNode batch = NODES.objectNode();
      batch
          .putArray("Records")
          .addObject()
          .put("messageId", "rehearsal")
          .put("body", new String(in.readAllBytes(), StandardCharsets.UTF_8));
      return JSON.writeValueAsBytes(batch);
    } catch (IOException e) {
      throw new IllegalStateException(sample + " cannot be read", e);
    }
  }

  /** A table that takes everything and knows nothing. */
  public static VersionedTable table() {
    return new DynamoTable(service("dynamodb"), "rehearsal", () -> "rehearsal");
  }

  /** A bus that takes everything. */
  public static EventPublisher publisher() {
    return new EventBridgePublisher(service("events"), "rehearsal", millis -> {});
  }

  /** Writes and signs what would be sent, and reads an answer that nobody gave. */
  private static AwsService service(String name) {
    SignatureV4.Scope scope = new SignatureV4.Scope("eu-central-1", name);
    return (operation, request) -> {
      byte[] body = request.toString().getBytes(StandardCharsets.UTF_8);
      Set<String> unused =
          SignatureV4.signed(
                  EXAMPLE, scope, scope.address(), Map.of("X-Amz-Target", operation), body, AT)
              .keySet();
      return answer(request.path("Entries").size());
    };
  }

  private static JsonNode answer(int entries) {
    String taken = String.join(",", Collections.nCopies(entries, "{\"EventId\":\"1\"}"));
    try {
      return JSON.readTree("{\"Entries\":[" + taken + "]}");
    } catch (IOException e) {
      throw new IllegalStateException("memory was not read", e);
    }
  }
}
