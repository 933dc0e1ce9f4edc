package io.cattleguard.respond.handler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpServer;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.delay.DelayedMessage;
import io.cattleguard.respond.ledger.Ledger;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests the requests to SQS. */
final class SqsDelayQueueTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String QUEUE = "https://sqs.eu-central-1.amazonaws.com/111122223333/respond";
  private static final DelayedMessage MESSAGE =
      new DelayedMessage.Verify(Optional.of("blue"), new Ledger.Key("delete-pod", "uid-1"), "a1");

  private final List<JsonNode> asked = new ArrayList<>();
  private HttpServer server;
  private int status = 200;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.add(JSON.readTree(exchange.getRequestBody().readAllBytes()));
          byte[] answer =
              (status == 200 ? "{\"MessageId\":\"1\"}" : "{\"__type\":\"x#AccessDenied\"}")
                  .getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "application/x-amz-json-1.0");
          exchange.sendResponseHeaders(status, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private SqsDelayQueue later() {
    Map<String, String> environment =
        Map.of(
            "AWS_REGION",
            "eu-central-1",
            "AWS_ACCESS_KEY_ID",
            "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "AWS_ENDPOINT_URL_SQS",
            "http://127.0.0.1:" + server.getAddress().getPort(),
            "QUEUE_URL",
            QUEUE);
    return SqsDelayQueue.of(
        new Env(environment), AwsClients.of(name -> Optional.ofNullable(environment.get(name))));
  }

  @Test
  void aMessageGoesToTheFunctionsOwnQueueWithItsDelayRoundedUp() {
    SqsDelayQueue later = later();

    later.send(MESSAGE, Duration.ofMillis(100));
    later.send(MESSAGE, Duration.ZERO);
    later.send(MESSAGE, Duration.ofHours(1));

    assertEquals(QUEUE, asked.getFirst().path("QueueUrl").asText());
    assertEquals(
        List.of(1, 0, 900), asked.stream().map(one -> one.path("DelaySeconds").asInt()).toList());
    String body = asked.getFirst().path("MessageBody").asText();
    assertTrue(body.startsWith("{\"again\":"), body);
  }

  @Test
  void whatSqsRefusesIsUnavailableSoThatTheMessageIsDeliveredAgain() {
    status = 403;

    assertThrows(Unavailable.class, () -> later().send(MESSAGE, Duration.ZERO));
  }
}
