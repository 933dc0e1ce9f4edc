package io.cattleguard.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where services are, and where credentials come from. */
final class HttpAwsTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  private record Given(int status, String body) {}

  private final List<Given> answers = new ArrayList<>();
  private final List<Map<String, String>> asked = new ArrayList<>();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private synchronized void answer(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    Map<String, String> headers = new HashMap<>();
    exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.getFirst()));
    asked.add(headers);
    Given given = answers.size() > 1 ? answers.removeFirst() : answers.getFirst();
    byte[] body = given.body.getBytes(StandardCharsets.UTF_8);
    if (given.status == 0) {
      exchange.close();
      return;
    }
    exchange.sendResponseHeaders(given.status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private synchronized void answers(Given... given) {
    answers.clear();
    answers.addAll(List.of(given));
  }

  private URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  @ParameterizedTest(name = "{0} in {1}")
  @CsvSource({
    "dynamodb, eu-central-1, https://dynamodb.eu-central-1.amazonaws.com",
    "sts, cn-north-1, https://sts.cn-north-1.amazonaws.com.cn",
  })
  void aServiceIsFoundInItsRegion(String service, String region, URI address) {
    assertEquals(address, new SignatureV4.Scope(region, service).address());
  }

  @Test
  void credentialsOfTheEnvironmentAreTakenAsTheyAre() {
    HttpAwsCredentials source =
        new HttpAwsCredentials(
            new Env(
                Map.of(
                    "AWS_ACCESS_KEY_ID", "AKIDEXAMPLE",
                    "AWS_SECRET_ACCESS_KEY", "test",
                    "AWS_SESSION_TOKEN", "token")));

    assertEquals(
        new AwsCredentials("AKIDEXAMPLE", "test", Optional.of("token"), Instant.MAX),
        source.current(NOW));
  }

  private HttpAwsCredentials container() {
    return new HttpAwsCredentials(
        new Env(
            Map.of(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                address() + "/credentials",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                "may I")));
  }

  private static Given credentials(String key, Instant until) {
    return new Given(
        200,
        ("{'AccessKeyId':'" + key + "','SecretAccessKey':'test','Token':'t','Expiration':'" + until)
                .replace('\'', '"')
            + "\"}");
  }

  @Test
  void credentialsOfTheMachineAreFetchedWhenTheyAreFirstNeededAndKeptUntilNearTheirEnd() {
    answers(
        credentials("first", NOW.plusSeconds(3_600)),
        credentials("second", NOW.plusSeconds(9_000)));
    HttpAwsCredentials source = container();
    assertEquals(0, asked.size(), "not before they are needed");

    assertEquals("first", source.current(NOW).accessKeyId());
    assertEquals("first", source.current(NOW.plusSeconds(3_200)).accessKeyId());
    assertEquals("second", source.current(NOW.plusSeconds(3_301)).accessKeyId());
    assertEquals(2, asked.size());
    assertEquals("may I", asked.getFirst().get("Authorization"));
  }

  @Test
  void oldCredentialsThatAreStillGoodAreBetterThanNone() {
    answers(credentials("first", NOW.plusSeconds(3_600)), new Given(500, ""));
    HttpAwsCredentials source = container();
    source.current(NOW);

    assertEquals("first", source.current(NOW.plusSeconds(3_500)).accessKeyId());
    AwsFailure failure =
        assertThrows(AwsFailure.class, () -> source.current(NOW.plusSeconds(3_600)));
    assertTrue(String.valueOf(failure.getMessage()).startsWith("AWS credentials: "));
  }

  @Test
  void credentialsAreAskedOfNobodyElseInClearText() {
    HttpAwsCredentials source =
        new HttpAwsCredentials(
            new Env(Map.of("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/")));

    AwsFailure failure = assertThrows(AwsFailure.class, () -> source.current(NOW));
    assertEquals(
        "AWS credentials: AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor this machine's",
        failure.getMessage());
  }

  @Test
  void whereThereAreNoCredentialsBothWaysToThemAreNamed() {
    AwsFailure failure =
        assertThrows(
            AwsFailure.class, () -> new HttpAwsCredentials(new Env(Map.of())).current(NOW));
    assertEquals(
        "AWS credentials: neither AWS_ACCESS_KEY_ID nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set",
        failure.getMessage());
  }
}
