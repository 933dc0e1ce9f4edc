package io.cattleguard.operate.lambda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpServer;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.port.Unavailable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The signing secret in Secrets Manager, over its protocol. */
final class StoredSigningSecretTest {
  private static final String ARN =
      "arn:aws:secretsmanager:eu-central-1:111122223333:secret:slack-a1b2c3";
  private static final Instant AT = Instant.parse("2026-03-02T09:20:00Z");

  private final List<String> asked = new ArrayList<>();
  private volatile String answer = "{\"SecretString\":\"a-signing-secret-of-a-test\"}";
  private volatile int status = 200;
  private HttpServer server;
  private StoredSigningSecret secret;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.add(
              exchange.getRequestHeaders().getFirst("X-Amz-Target")
                  + " "
                  + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          byte[] body = answer.getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    Map<String, String> variables =
        Map.of(
            "AWS_REGION",
            "eu-central-1",
            "AWS_ACCESS_KEY_ID",
            "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            "http://127.0.0.1:" + server.getAddress().getPort());
    secret =
        new StoredSigningSecret(
            AwsClients.of(name -> Optional.ofNullable(variables.get(name))), ARN);
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void itIsReadWhenItIsNeededAndAgainAfterAMinute() {
    assertEquals(List.of(), asked, "not before the snapshot");

    assertEquals("a-signing-secret-of-a-test", secret.read(AT));
    answer = "{\"SecretString\":\"a-newer-secret-of-a-test\\n\"}";
    assertEquals("a-signing-secret-of-a-test", secret.read(AT.plusSeconds(59)));
    assertEquals("a-newer-secret-of-a-test", secret.read(AT.plusSeconds(60)));

    assertEquals(
        List.of(
            "secretsmanager.GetSecretValue {\"SecretId\":\"" + ARN + "\"}",
            "secretsmanager.GetSecretValue {\"SecretId\":\"" + ARN + "\"}"),
        asked);
  }

  @Test
  void theLastOneStaysInUseWhileSecretsManagerIsAway() {
    assertEquals("a-signing-secret-of-a-test", secret.read(AT));
    status = 500;

    assertEquals("a-signing-secret-of-a-test", secret.read(AT.plusSeconds(60)));
    assertEquals("a-signing-secret-of-a-test", secret.read(AT.plusSeconds(119)));
    assertEquals(2, asked.size(), "once a minute, not at each request");
  }

  @Test
  void withoutAnAnswerThereIsNoSecret() {
    status = 400;
    answer = "{\"__type\":\"AccessDeniedException\",\"Message\":\"arn of an account\"}";

    Unavailable e = assertThrows(Unavailable.class, () -> secret.read(AT));
    assertFalse(String.valueOf(e.getMessage()).contains("account"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"SecretString\":\"\"}",
        "{\"SecretString\":\"   \"}",
        "{\"SecretString\":\"short\"}",
        "{\"SecretString\":\"{\\\"signing_secret\\\":\\\"0123456789abcdef\\\"}\"}",
        "{\"SecretBinary\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
      })
  void aSecretWithWhichAnybodyCouldSignIsNone(String stored) {
    answer = stored;

    assertThrows(Unavailable.class, () -> secret.read(AT));
  }
}
