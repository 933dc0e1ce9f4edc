package io.cattleguard.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * Tests the credentials of a function with SnapStart, of a task and of a pod, from an address in
 * the environment. Here system properties contain the address; the SDK reads them instead of
 * variables.
 */
final class ContainerCredentialsTest {
  private final Map<String, Optional<String>> before = new HashMap<>();
  private final List<String> tokens = new ArrayList<>();
  private final List<String> answers = new ArrayList<>();
  @TempDir private Path nothing;
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/credentials", this::answer);
    server.start();
    set("aws.configFile", nothing.resolve("config").toString());
    set("aws.sharedCredentialsFile", nothing.resolve("credentials").toString());
    set("aws.disableEc2Metadata", "true");
    set("aws.containerAuthorizationToken", "may I");
    at("http://127.0.0.1:" + server.getAddress().getPort() + "/credentials");
  }

  private void at(String address) {
    set("aws.containerCredentialsFullUri", address);
  }

  private void set(String property, String value) {
    before.putIfAbsent(property, Optional.ofNullable(System.getProperty(property)));
    System.setProperty(property, value);
  }

  @AfterEach
  void stop() {
    server.stop(0);
    before.forEach(
        (property, value) ->
            value.ifPresentOrElse(
                old -> System.setProperty(property, old), () -> System.clearProperty(property)));
  }

  private synchronized void answer(HttpExchange exchange) throws IOException {
    tokens.add(exchange.getRequestHeaders().getFirst("Authorization"));
    String answer = answers.size() > 1 ? answers.removeFirst() : answers.getFirst();
    byte[] body = answer.getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.sendResponseHeaders(
          answer.isEmpty() ? 500 : 200, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private synchronized void answers(String... given) {
    answers.clear();
    answers.addAll(List.of(given));
  }

  private static String key(String key, Duration left) {
    return """
    {"AccessKeyId":"%s","SecretAccessKey":"s3cret","Token":"t","Expiration":"%s"}\
    """
        .formatted(key, Instant.now().plus(left));
  }

  /** In a function, or anywhere else. */
  private static AwsClients clients(boolean function) {
    return AwsClients.of(
            name ->
                function
                        && name.matches(
                            "AWS_LAMBDA_FUNCTION_NAME|AWS_CONTAINER_CREDENTIALS_FULL_URI")
                    ? Optional.of("there")
                    : Optional.empty())
        .in("eu-central-1");
  }

  private static String resolved(AwsCredentialsProvider provider) {
    AwsCredentials credentials = provider.resolveCredentials();
    return credentials.accessKeyId();
  }

  @ParameterizedTest(name = "in a function: {0}")
  @ValueSource(booleans = {true, false})
  void theyAreFetchedWhenTheyAreFirstNeededAndKept(boolean function) {
    answers(key("first", Duration.ofHours(6)), key("second", Duration.ofHours(6)));
    AwsClients clients = clients(function);
    DynamoDbClient unused = clients.build("DynamoDB", DynamoDbClient.builder());
    assertEquals(List.of(), tokens, "not before they are needed");

    assertEquals("first", resolved(clients.credentials()));
    assertEquals("first", resolved(clients.credentials()));
    assertEquals(List.of("may I"), tokens);
  }

  @ParameterizedTest(name = "in a function: {0}")
  @ValueSource(booleans = {true, false})
  void theyAreReplacedBeforeTheyEnd(boolean function) {
    answers(key("first", Duration.ofSeconds(50)), key("second", Duration.ofHours(6)));
    AwsCredentialsProvider provider = clients(function).credentials();

    assertEquals("first", resolved(provider));
    assertEquals("second", resolved(provider));
  }

  @ParameterizedTest(name = "in a function: {0}")
  @ValueSource(booleans = {true, false})
  void withoutAnAnswerThereIsAFailureThatNamesNothingSecret(boolean function) {
    answers("");
    DynamoDbClient client = clients(function).build("DynamoDB", DynamoDbClient.builder());

    SdkException e = assertThrows(SdkException.class, client::listTables);

    AwsFailure failure = new AwsFailure("DynamoDB", e);
    assertEquals(
        "DynamoDB: no AWS credentials; set AWS_PROFILE or AWS_ACCESS_KEY_ID, or log in as for the"
            + " AWS CLI",
        failure.getMessage());
    assertTrue(failure.isWithoutCredentials());
  }

  @ParameterizedTest(name = "in a function: {0}")
  @ValueSource(booleans = {true, false})
  void nobodyElseIsAskedInClearText(boolean function) {
    answers(key("first", Duration.ofHours(6)));
    at("http://example.com/credentials");
    AwsCredentialsProvider provider = clients(function).credentials();

    assertThrows(CredentialsUnavailable.class, provider::resolveCredentials);
    assertTrue(tokens.isEmpty());
  }
}
