package io.cattleguard.edge.lambda;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.port.EventPublisher;
import io.cattleguard.edge.port.VersionedTable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLParameters;

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

  /** The credentials are those of AWS's own examples, which open nothing. */
  private static final Map<String, String> VARIABLES =
      Map.of(
          "AWS_REGION",
          "eu-central-1",
          "AWS_ACCESS_KEY_ID",
          "AKIAIOSFODNN7EXAMPLE",
          "AWS_SECRET_ACCESS_KEY",
          "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
          "AWS_SESSION_TOKEN",
          "rehearsal");

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
      greetNobody();
    } catch (RuntimeException | GeneralSecurityException | IOException e) {
      // It costs speed, and nothing else.
      StructuredLog.error("the rehearsal failed", e);
    }
  }

  /**
   * Writes the first message of a TLS handshake, which no one gets. The keys in it are thrown away
   * with its engine; those of a connection are made when it is opened.
   */
  private static void greetNobody() throws GeneralSecurityException, IOException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, null, null);
    SSLEngine engine = context.createSSLEngine("aws.invalid", 443);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    engine.setSSLParameters(parameters);
    engine.beginHandshake();
    SSLEngineResult unused =
        engine.wrap(
            ByteBuffer.allocate(0), ByteBuffer.allocate(engine.getSession().getPacketBufferSize()));
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
    return new DynamoTable(DynamoTable.client(aws()), "rehearsal", () -> "rehearsal");
  }

  /** A bus that takes everything, one event per call. */
  public static EventPublisher publisher() {
    return new EventBridgePublisher(
        EventBridgePublisher.client(aws()), "rehearsal", millis -> {}, 1);
  }

  /** Writes, signs and reads as in earnest, and sends nothing. */
  private static AwsClients aws() {
    return AwsClients.of(name -> Optional.ofNullable(VARIABLES.get(name)))
        .over(RehearsedConnection.client());
  }
}
