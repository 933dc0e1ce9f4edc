package io.cattleguard.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.cattleguard.events.build.BuildVersion;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** Tests the configured SDK when AWS is busy, down, slow or rejects a call. */
@Timeout(60)
final class AwsClientsTest {
  private final List<Given> answers = new ArrayList<>();
  private final List<Map<String, String>> asked = new ArrayList<>();
  private final Map<String, String> variables = new HashMap<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;

  /** Status 0 means no response. */
  private record Given(int status, String body, Duration after) {
    Given(int status, String body) {
      this(status, body, Duration.ZERO);
    }
  }

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
    variables.put("AWS_REGION", "eu-central-1");
    variables.put("AWS_ENDPOINT_URL", "http://127.0.0.1:" + server.getAddress().getPort());
    variables.put("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    variables.put("AWS_SECRET_ACCESS_KEY", "s3cret");
  }

  @AfterEach
  void stop() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    Given given;
    synchronized (this) {
      Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.getFirst()));
      asked.add(headers);
      given = answers.size() > 1 ? answers.removeFirst() : answers.getFirst();
    }
    try (exchange) {
      Thread.sleep(given.after);
      if (given.status != 0) {
        byte[] body = given.body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(given.status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void answers(Given... given) {
    answers.clear();
    answers.addAll(List.of(given));
  }

  private AwsClients clients() {
    return AwsClients.of(name -> Optional.ofNullable(variables.get(name)));
  }

  private static String header(Map<String, String> headers, String name) {
    return headers.getOrDefault(name, "");
  }

  private static int tables(DynamoDbClient client) {
    return client.listTables().tableNames().size();
  }

  private static final Given ONE_TABLE = new Given(200, "{\"TableNames\":[\"a\"]}");

  private static Given error(int status, String type) {
    return new Given(
        status,
        "{\"__type\":\"com.amazonaws.dynamodb.v20120810#"
            + type
            + "\",\"message\":\"arn:aws:iam::111122223333:role/r\"}");
  }

  private DynamoDbClient dynamoDb() {
    return clients().build("DynamoDB", DynamoDbClient.builder());
  }

  private static String failure(DynamoDbClient client) {
    SdkException e = assertThrows(SdkException.class, () -> tables(client));
    return String.valueOf(new AwsFailure("DynamoDB", e).getMessage());
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "400, ProvisionedThroughputExceededException",
    "400, ThrottlingException",
    "400, RequestLimitExceeded",
    "500, InternalServerError",
    "503, ServiceUnavailable",
    "429, Whatever",
    "0, no answer at all",
  })
  void aBusyServiceIsCalledAgain(int status, String type) {
    answers(error(status, type), error(status, type), ONE_TABLE);

    assertEquals(1, tables(dynamoDb()));
    assertEquals(3, asked.size());
  }

  @Test
  void aServiceThatStaysBusyIsCalledFourTimesAndItsErrorIsNamed() {
    answers(error(500, "InternalServerError"));

    assertEquals("DynamoDB: InternalServerError", failure(dynamoDb()));
    assertEquals(4, asked.size());
  }

  @Test
  void aServiceThatNeverAnswersIsNamedInWords() {
    answers(new Given(0, ""));

    assertEquals("DynamoDB: the connection broke", failure(dynamoDb()));
    assertEquals(4, asked.size());
  }

  @Test
  void whoRetriesByItselfGetsOneAttempt() {
    answers(error(400, "ThrottlingException"));

    DynamoDbClient once =
        clients().build("DynamoDB", DynamoDbClient.builder(), AwsLimits.ONE_ATTEMPT);

    assertEquals("DynamoDB: ThrottlingException", failure(once));
    assertEquals(1, asked.size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"AccessDeniedException", "ValidationException", "ResourceNotFoundException"})
  void aRefusalIsFinalAndNamedByItsCodeAlone(String type) {
    answers(error(400, type));

    assertEquals("DynamoDB: " + type, failure(dynamoDb()));
    assertEquals(1, asked.size());
  }

  @Test
  void whatAwsSaysOfARefusalIsNotInTheStackTraceEither() {
    answers(error(400, "AccessDeniedException"));

    SdkException e = assertThrows(SdkException.class, () -> tables(dynamoDb()));

    assertEquals(null, new AwsFailure("DynamoDB", e).getCause());
  }

  @Test
  void anAnswerWithoutACodeIsNamedByItsStatus() {
    answers(new Given(403, "<html>"));

    assertEquals("DynamoDB: HTTP 403", failure(dynamoDb()));
  }

  @Test
  void whatIsNotJsonIsNoAnswer() {
    answers(new Given(200, "<html>"));

    assertTrue(failure(dynamoDb()).startsWith("DynamoDB: "));
  }

  @Test
  void anAttemptThatTakesTooLongIsEndedAndMadeAgain() {
    answers(new Given(200, "{}", Duration.ofSeconds(5)), ONE_TABLE);
    AwsLimits patience = new AwsLimits(2, Duration.ofMillis(300), Duration.ofSeconds(20));

    assertEquals(1, tables(clients().build("DynamoDB", DynamoDbClient.builder(), patience)));
    assertEquals(2, asked.size());
  }

  @Test
  void aCallThatTakesTooLongIsEndedForGood() {
    answers(new Given(200, "{}", Duration.ofSeconds(5)));
    AwsLimits patience = new AwsLimits(4, Duration.ofSeconds(8), Duration.ofMillis(400));
    Instant began = Instant.now();

    assertEquals(
        "DynamoDB: no answer in time",
        failure(clients().build("DynamoDB", DynamoDbClient.builder(), patience)));
    assertTrue(Duration.between(began, Instant.now()).toMillis() < 4_000);
  }

  @Test
  void aClockThatIsWrongIsCorrectedByTheOneOfAws() {
    Instant theirs = Instant.now().plus(Duration.ofHours(3));
    AheadOfUs ahead = new AheadOfUs(theirs);

    assertEquals(1, tables(clients().over(ahead).build("DynamoDB", DynamoDbClient.builder())));

    DateTimeFormatter hours = DateTimeFormatter.ofPattern("yyyyMMdd'T'HH").withZone(ZoneOffset.UTC);
    assertFalse(ahead.signedAt.getFirst().startsWith(hours.format(theirs)));
    assertTrue(ahead.signedAt.getLast().startsWith(hours.format(theirs)));
    assertEquals(2, ahead.signedAt.size());
  }

  /** Rejects the first call because of its time, and returns the current time. */
  private static final class AheadOfUs implements SdkHttpClient {
    private final List<String> signedAt = new ArrayList<>();
    private final String date;

    AheadOfUs(Instant now) {
      date = DateTimeFormatter.RFC_1123_DATE_TIME.format(now.atOffset(ZoneOffset.UTC));
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
      signedAt.add(request.httpRequest().firstMatchingHeader("X-Amz-Date").orElse(""));
      Given given = signedAt.size() == 1 ? error(400, "RequestTimeTooSkewed") : ONE_TABLE;
      return new ExecutableHttpRequest() {
        @Override
        public HttpExecuteResponse call() {
          byte[] body = given.body.getBytes(StandardCharsets.UTF_8);
          return HttpExecuteResponse.builder()
              .response(
                  SdkHttpResponse.builder()
                      .statusCode(given.status)
                      .putHeader("Date", date)
                      .build())
              .responseBody(AbortableInputStream.create(new ByteArrayInputStream(body)))
              .build();
        }

        @Override
        public void abort() {}
      };
    }

    @Override
    public void close() {}
  }

  @Test
  void callsNameCattleguardAndItsVersion() {
    answers(ONE_TABLE);
    tables(dynamoDb());

    assertTrue(
        header(asked.getFirst(), "User-Agent").endsWith(" cattleguard/" + BuildVersion.current()));
  }

  @Test
  void aServicesOwnEndpointComesFirst() {
    answers(ONE_TABLE);
    variables.put("AWS_ENDPOINT_URL_DYNAMODB", variables.get("AWS_ENDPOINT_URL"));
    variables.put("AWS_ENDPOINT_URL", "http://127.0.0.1:1");

    assertEquals(1, tables(dynamoDb()));
  }

  @ParameterizedTest
  @CsvSource({
    "eu-central-1, dynamodb.eu-central-1.amazonaws.com",
    "cn-north-1, dynamodb.cn-north-1.amazonaws.com.cn",
  })
  void aServiceIsFoundInItsRegion(String region, String host) {
    variables.remove("AWS_ENDPOINT_URL");
    Hosts hosts = new Hosts();

    failure(clients().in(region).over(hosts).build("DynamoDB", DynamoDbClient.builder()));

    assertEquals(List.of(host, host, host, host), hosts.called);
  }

  /** Records the called host, and never responds. */
  private static final class Hosts implements SdkHttpClient {
    private final List<String> called = new ArrayList<>();

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
      called.add(request.httpRequest().host());
      return new ExecutableHttpRequest() {
        @Override
        public HttpExecuteResponse call() throws IOException {
          throw new IOException("nobody is there");
        }

        @Override
        public void abort() {}
      };
    }

    @Override
    public void close() {}
  }

  @Test
  void credentialsOfTheEnvironmentAreReadAtEachCall() {
    answers(ONE_TABLE);
    DynamoDbClient client = dynamoDb();
    tables(client);
    variables.put("AWS_ACCESS_KEY_ID", "AKIDSECOND");
    variables.put("AWS_SESSION_TOKEN", "token");
    tables(client);

    assertTrue(header(asked.getFirst(), "Authorization").contains("Credential=AKIDEXAMPLE/"));
    assertFalse(asked.getFirst().containsKey("X-Amz-Security-Token"));
    assertTrue(header(asked.getLast(), "Authorization").contains("Credential=AKIDSECOND/"));
    assertEquals("token", header(asked.getLast(), "X-Amz-Security-Token"));
  }

  @Test
  void aPauseIsAnythingUpToItsLengthAndDoubles() {
    Backoff backoff = new Backoff(Duration.ofMillis(50), Duration.ofMillis(150));

    for (int i = 0; i < 1_000; i++) {
      assertTrue(backoff.computeDelay(1).compareTo(Duration.ofMillis(50)) <= 0);
      assertTrue(backoff.computeDelay(2).compareTo(Duration.ofMillis(100)) <= 0);
      assertTrue(backoff.computeDelay(40).compareTo(Duration.ofMillis(150)) <= 0);
      assertFalse(backoff.computeDelay(40).isNegative());
    }
  }

  @Test
  void jitterSpreadsClocksThatAreNearlyTheSame() {
    int[] quarters = new int[4];
    for (int i = 0; i < 1_000; i++) {
      long nanos = Jitter.upTo(Duration.ofMillis(100), 1_000_000_007L * i).toNanos();
      quarters[(int) Math.min(3, nanos / 25_000_000)]++;
    }
    for (int quarter : quarters) {
      assertTrue(quarter > 150, () -> List.of(quarters[0], quarters[1], quarters[2]).toString());
    }
  }
}
