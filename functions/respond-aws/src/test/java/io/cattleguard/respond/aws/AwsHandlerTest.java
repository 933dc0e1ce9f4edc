package io.cattleguard.respond.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.cattleguard.edge.lambda.BatchHandler.Message;
import io.cattleguard.edge.lambda.DynamoDbLocal;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.aws.network.Account;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests the function as it is deployed, with settings from its environment and fake AWS services.
 */
final class AwsHandlerTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Instant NOW = TestAlerts.AT.plusSeconds(30);

  @TempDir private Path folder;

  private final String table = "ledger-" + UUID.randomUUID();
  private final Map<String, String> environment = new HashMap<>();
  private final List<JsonNode> published = new ArrayList<>();
  private final List<String> ec2 = new ArrayList<>();
  private HttpServer aws;

  @BeforeEach
  void start() throws IOException {
    DynamoDbLocal.createTable(table);
    aws = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    aws.createContext("/", this::answerAsAws);
    aws.start();
    environment.put("AWS_REGION", "eu-central-1");
    environment.put("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    environment.put("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    environment.put("AWS_ENDPOINT_URL", "http://127.0.0.1:" + aws.getAddress().getPort());
    environment.put("AWS_ENDPOINT_URL_DYNAMODB", DynamoDbLocal.address().toString());
    environment.put("LEDGER_TABLE", table);
    environment.put("BUS_NAME", "cattleguard");
    environment.put("QUEUE_URL", "http://127.0.0.1/respond");
    environment.put("RESPONSE_MODE", "enforce");
    environment.put("POLICY_DIRECTORY", folder.toString());
    environment.put(
        "QUARANTINE_GROUPS", "{\"" + Account.VPC + "\":\"" + Account.QUARANTINE + "\"}");
    environment.put("RESPONSE_TAG", "{\"key\":\"cattleguard:respond\",\"value\":\"allowed\"}");
    steps("{ quarantine-instance: { lease: 4h } }");
  }

  private void steps(String steps) throws IOException {
    Files.createDirectories(folder.resolve("playbooks"));
    Files.writeString(
        folder.resolve("playbooks/instance.yaml"),
        """
        name: instance
        when: { alert: { class: [runtime] } }
        mode: enforce
        steps: [ %s ]
        """
            .formatted(steps));
  }

  @AfterEach
  void stop() {
    aws.stop(0);
  }

  private synchronized void answerAsAws(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    if (body.startsWith("Action=Describe")) {
      ec2.add(body);
      answer(
          exchange,
          400,
          "<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code></Error></Errors>"
              + "</Response>");
      return;
    }
    JSON.readTree(body).path("Entries").forEach(entry -> published.add(detail(entry)));
    answer(exchange, 200, "{\"FailedEntryCount\":0,\"Entries\":[{\"EventId\":\"1\"}]}");
  }

  private static JsonNode detail(JsonNode entry) {
    try {
      return JSON.readTree(entry.path("Detail").asText());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private AwsHandler handler() {
    return new AwsHandler(new Env(environment), () -> NOW);
  }

  private static Message finding(Target target) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("detail-type", "Alert Scored");
    event.set(
        "detail", AlertJson.write(Account.scored(Account.finding("f1", target, Account.SSH))));
    return new Message("f1", event.toString());
  }

  private String outcome() {
    assertEquals(1, published.size(), published.toString());
    JsonNode decided = published.getFirst().path("response");
    return decided.path("outcome").asText() + ": " + decided.path("objections");
  }

  @Test
  void aFindingOfTheAccountIsAnsweredInTheAccount() {
    assertEquals(Set.of(), handler().handle(List.of(finding(Account.target().build()))));

    assertTrue(ec2.getFirst().startsWith("Action=DescribeInstances&"), ec2.getFirst());
    assertTrue(ec2.getFirst().contains("&InstanceId.1=" + Account.INSTANCE), ec2.getFirst());
    assertTrue(
        outcome().startsWith("refused: [\"instance " + Account.INSTANCE + " no longer exists"),
        outcome());
  }

  @Test
  void promise9AFindingThatASensorSendsOnIsRefused() {
    handler().handle(List.of(finding(Account.target().cluster("blue").build())));

    assertTrue(outcome().contains("came from the sensor of blue"), outcome());
  }

  @Test
  void aPlaybookOfBothRespondersHasItsOwnStepsTakenHereAndTheOthersLeft() throws IOException {
    steps("{ isolate-pod: { lease: 4h } }, { quarantine-instance: {} }, { delete-pod: {} }");

    handler().handle(List.of(finding(Account.target().build())));

    assertEquals(1, published.size());
    assertEquals(
        "quarantine-instance", published.getFirst().path("response").path("action").asText());
  }

  @Test
  void anActionThatNoResponderKnowsStopsTheFunction() throws IOException {
    steps("{ isolate-pods: {} }");

    PolicyException e = assertThrows(PolicyException.class, this::handler);
    assertTrue(e.toString().contains("did you mean 'isolate-pod'"), e.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "LEDGER_TABLE",
        "BUS_NAME",
        "QUEUE_URL",
        "POLICY_DIRECTORY",
        "RESPONSE_MODE",
        "AWS_REGION"
      })
  void aSettingThatIsMissingIsNamed(String name) {
    environment.remove(name);

    IllegalStateException e = assertThrows(IllegalStateException.class, this::handler);
    assertEquals("Environment variable " + name + " is not set", e.getMessage());
  }
}
