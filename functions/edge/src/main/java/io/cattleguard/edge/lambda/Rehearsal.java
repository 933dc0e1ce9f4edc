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
 * The warm-up for SnapStart: runs a handler's first batch before the snapshot, so that a restored
 * function has loaded its classes and compiled the code that it runs most. It calls no service and
 * leaves no credentials, tokens, connections or unique values in the snapshot.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/lambda/latest/dg/snapstart-best-practices.html">SnapStart's
 *     best practices</a>
 */
public final class Rehearsal {
  /** The fixed time of the warm-up. */
  public static final Instant AT = Instant.parse("2026-03-02T09:15:05Z");

  /** The answer of the warm-up's Secrets Manager. */
  public static final String SECRET = "rehearsal-rehearsal";

  /**
   * How often the batch is run. The first round loads the classes. The others let the JIT compiler
   * compile the code that a batch runs most; the snapshot keeps compiled code.
   */
  static final int ROUNDS = 20;

  private static final JsonMapper JSON = Json.MAPPER;
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** The credentials are AWS's documented examples, which are not valid. */
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
   * Runs the warm-up if a snapshot is being taken. Otherwise it would only delay the start. Each
   * round has a handler of its own, so that it takes the path of a first batch.
   *
   * @param owner the class whose package contains the sample
   * @param sample file name of an event of the bus
   * @param stage creates a handler without side effects
   */
  public static void play(
      Env env, Class<?> owner, String sample, Supplier<? extends BatchHandler> stage) {
    play(
        env,
        () -> {
          byte[] batch = batch(owner, sample);
          return () -> handle(stage.get(), batch);
        });
  }

  /**
   * Runs the warm-up of a function that reads no batches.
   *
   * @param scene called once, if a snapshot is being taken; returns what a round runs, without side
   *     effects
   */
  public static void play(Env env, Supplier<Runnable> scene) {
    if (!env.optional("AWS_LAMBDA_INITIALIZATION_TYPE").equals(Optional.of("snap-start"))) {
      return;
    }
    try {
      Runnable round = scene.get();
      for (int i = 0; i < ROUNDS; i++) {
        StructuredLog.unheard(round);
      }
      startUnsentHandshake();
    } catch (RuntimeException | GeneralSecurityException | IOException e) {
      // A failed warm-up only makes the first batch slower.
      StructuredLog.error("warm-up failed; the first batch will be slower", e);
    }
  }

  /**
   * Creates the first message of a TLS handshake and discards it. Its keys are discarded too; each
   * connection creates its own.
   */
  private static void startUnsentHandshake() throws GeneralSecurityException, IOException {
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
      throw new IllegalStateException("cannot read " + sample, e);
    }
  }

  /** An empty table that accepts every write. */
  public static VersionedTable table() {
    return new DynamoTable(DynamoTable.client(aws()), "rehearsal", () -> "rehearsal");
  }

  /** A bus that accepts everything, one event per call. */
  public static EventPublisher publisher() {
    return new EventBridgePublisher(
        EventBridgePublisher.client(aws()), "rehearsal", millis -> {}, 1);
  }

  /** Clients that marshal, sign and parse as usual, but send nothing. */
  public static AwsClients aws() {
    return AwsClients.of(name -> Optional.ofNullable(VARIABLES.get(name)))
        .over(RehearsedConnection.client());
  }
}
