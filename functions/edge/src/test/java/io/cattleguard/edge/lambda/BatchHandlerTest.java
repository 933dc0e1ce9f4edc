package io.cattleguard.edge.lambda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.amazonaws.services.lambda.runtime.Context;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BatchHandlerTest {
  private static final Context NO_CONTEXT =
      (Context)
          Proxy.newProxyInstance(
              BatchHandlerTest.class.getClassLoader(),
              new Class<?>[] {Context.class},
              (proxy, method, arguments) -> {
                throw new UnsupportedOperationException(method.getName());
              });

  /** Fails for a message whose text says so. */
  private static final class Recording extends BatchHandler {
    private final List<String> handled = new ArrayList<>();

    @Override
    public Set<String> handle(List<Message> batch) {
      return each(
          batch,
          message -> {
            if (message.body().startsWith("poison")) {
              throw new IllegalStateException("cannot read '" + message.body() + "'");
            }
            handled.add(message.body());
          });
    }
  }

  private final Recording handler = new Recording();

  private String invoke(String event) throws IOException {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    handler.handleRequest(
        new ByteArrayInputStream(event.getBytes(StandardCharsets.UTF_8)), answer, NO_CONTEXT);
    return answer.toString(StandardCharsets.UTF_8);
  }

  private static String record(String id, String body) {
    return "{\"messageId\":\"" + id + "\",\"body\":\"" + body + "\",\"attributes\":{}}";
  }

  private static String records(String... records) {
    return "{\"Records\":[" + String.join(",", records) + "]}";
  }

  @Test
  void aBatchThatWorkedHasNoFailures() throws IOException {
    assertEquals("{\"batchItemFailures\":[]}", invoke(records(record("1", "a"), record("2", "ü"))));
    assertEquals(List.of("a", "ü"), handler.handled);
  }

  @Test
  void promise1APoisonRecordFailsAloneAndStopsNobodyElse() throws IOException {
    String answer = invoke(records(record("1", "a"), record("2", "poison"), record("3", "b")));

    assertEquals("{\"batchItemFailures\":[{\"itemIdentifier\":\"2\"}]}", answer);
    assertEquals(List.of("a", "b"), handler.handled);
  }

  @Test
  void aRecordWithoutABodyIsTheHandlersToJudge() throws IOException {
    assertEquals("{\"batchItemFailures\":[]}", invoke("{\"Records\":[{\"messageId\":\"1\"}]}"));
    assertEquals(List.of(""), handler.handled);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "[]",
        "null",
        "{\"Records\":{}}",
        "{\"Records\":\"a\"}",
        "{\"Records\":[{\"body\":\"a\"}]}",
        "{\"Records\":[{\"messageId\":\"\",\"body\":\"a\"}]}",
        "{\"Records\":[7]}",
        "{\"detail-type\":\"Runtime Alerts\",\"detail\":{}}"
      })
  void whatIsNoSqsEventIsNeverAnsweredAsDone(String event) {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> invoke(event));

    assertTrue(String.valueOf(refusal.getMessage()).startsWith("not an SQS event"));
    assertEquals(List.of(), handler.handled);
  }

  @Test
  void theLogNamesTheMessageAndNotItsText() throws IOException {
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    PrintStream out = System.out;
    try (PrintStream captured = new PrintStream(log, true, StandardCharsets.UTF_8)) {
      System.setOut(captured);
      invoke(records(record("m-17", "poison 's3cret' \\\"s3cret2\\\"")));
    } finally {
      System.setOut(out);
    }
    String line = log.toString(StandardCharsets.UTF_8);

    assertTrue(line.contains("m-17"), line);
    assertTrue(line.contains("\"reason\":\"cannot read '…'\""), line);
    assertFalse(line.contains("s3cret"), line);
  }

  /** Accepts {@code {"direct":"body"}} and fails for the body {@code bad}. */
  private static final class Direct extends BatchHandler {
    private final List<String> handled = new ArrayList<>();

    @Override
    protected Optional<Message> direct(JsonNode event) {
      return event.has("direct")
          ? Optional.of(new Message("d", event.path("direct").asText()))
          : Optional.empty();
    }

    @Override
    public Set<String> handle(List<Message> batch) {
      batch.forEach(message -> handled.add(message.body()));
      return batch.getFirst().body().equals("bad") ? Set.of("d") : Set.of();
    }
  }

  @Test
  void aDirectCallThatFailsThrowsSoThatLambdaRetriesIt() throws IOException {
    Direct direct = new Direct();
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    direct.handleBatch("{\"direct\":\"good\"}".getBytes(StandardCharsets.UTF_8), answer);
    assertEquals(List.of("good"), direct.handled);
    assertThrows(
        IllegalStateException.class,
        () -> direct.handleBatch("{\"direct\":\"bad\"}".getBytes(StandardCharsets.UTF_8), answer));
    assertThrows(
        IllegalArgumentException.class,
        () -> direct.handleBatch("{\"other\":1}".getBytes(StandardCharsets.UTF_8), answer));
  }
}
