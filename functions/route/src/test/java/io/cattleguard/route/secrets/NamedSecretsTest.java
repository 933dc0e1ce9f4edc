package io.cattleguard.route.secrets;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.Dispatcher;
import io.cattleguard.route.InMemoryConversations;
import io.cattleguard.route.Notices;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.PolicyDestinationContract;
import io.cattleguard.route.aws.AwsEnvironment;
import io.cattleguard.route.http.FakeServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NamedSecretsTest {
  private static final String ARN =
      "arn:aws:secretsmanager:eu-central-1:123456789012:secret:pager-AbCdEf";

  private final Map<String, String> environment = new HashMap<>();
  private final List<String> asked = new ArrayList<>();
  private final List<String> troubles = new ArrayList<>();
  private Instant now = T0;
  private Optional<String> stored = Optional.of("first");
  private final NamedSecrets secrets =
      new NamedSecrets(
          name -> Optional.ofNullable(environment.get(name)),
          arn -> {
            asked.add(arn.arn());
            return stored.orElseThrow(() -> new Unavailable("AccessDeniedException"));
          },
          () -> now,
          troubles::add);

  @TempDir private Path folder;

  @Test
  void aSecretIsAVariableAFileOrInAws() throws IOException {
    environment.put("A", "in-a-variable");
    environment.put("B_FILE", Files.writeString(folder.resolve("b"), "in-a-file\n").toString());
    environment.put("C_SECRET_ARN", ARN);

    assertEquals(Optional.of("in-a-variable"), secrets.named("A"));
    assertEquals(Optional.of("in-a-file"), secrets.named("B"));
    assertEquals(Optional.of("first"), secrets.named("C"));
    assertEquals(Optional.empty(), secrets.named("D"));
  }

  @Test
  void aFileThatChangesIsReadAgain() throws IOException {
    Path file = Files.writeString(folder.resolve("b"), "old");
    environment.put("B_FILE", file.toString());
    assertEquals(Optional.of("old"), secrets.named("B"));

    Files.writeString(file, "new");

    assertEquals(Optional.of("new"), secrets.named("B"));
  }

  @Test
  void awsIsAskedOnceInFiveMinutes() {
    environment.put("C_SECRET_ARN", ARN);
    secrets.named("C");
    now = T0.plus(NamedSecrets.FRESH).minusMillis(1);
    secrets.named("C");
    assertEquals(1, asked.size());

    stored = Optional.of("second");
    now = T0.plus(NamedSecrets.FRESH);

    assertEquals(Optional.of("second"), secrets.named("C"));
  }

  @Test
  void aRefusedSecretIsReadAgainButNotForEveryRefusal() {
    environment.put("C_SECRET_ARN", ARN);
    secrets.named("C");
    stored = Optional.of("rotated");
    now = T0.plusSeconds(10);
    secrets.refused();
    assertEquals(Optional.of("first"), secrets.named("C"));

    now = T0.plus(NamedSecrets.BETWEEN_REFUSALS);
    secrets.refused();

    assertEquals(Optional.of("rotated"), secrets.named("C"));
    secrets.refused();
    secrets.named("C");
    assertEquals(2, asked.size());
  }

  @Test
  void whileAwsDoesNotAnswerTheKnownValueIsUsed() {
    environment.put("C_SECRET_ARN", ARN);
    secrets.named("C");
    stored = Optional.empty();
    now = T0.plus(Duration.ofHours(1));

    assertEquals(Optional.of("first"), secrets.named("C"));
    assertEquals(Optional.of("first"), secrets.named("C"));
    assertEquals(2, asked.size());
    assertTrue(troubles.getFirst().contains("AccessDeniedException"), troubles::toString);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a-secret-that-somebody-pasted",
        "arn:aws:iam::123456789012:role/x",
        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:pager-AbCdEf:key"
      })
  void whatIsNoArnIsNotRepeated(String text) {
    environment.put("C_SECRET_ARN", text);

    Unavailable e = assertThrows(Unavailable.class, () -> secrets.named("C"));

    assertFalse(e.toString().contains(text), e.toString());
    assertEquals(List.of(), asked);
  }

  @Test
  void aSecretThatCannotBeReadBlocksItsDestinationAndKeepsTheMessage() {
    environment.put("KEY_SECRET_ARN", ARN);
    stored = Optional.empty();
    DestinationSettings settings =
        PolicyDestinationContract.settings("{name: pager, type: pagerduty, key-from: KEY}");

    Outcome outcome =
        new Dispatcher(
                Map.of("pager", settings.open(secrets, new InMemoryConversations())),
                new InMemoryConversations())
            .dispatch(List.of(Notices.alert().to("pager")), T0)
            .attempts()
            .getFirst()
            .outcome();

    assertTrue(
        assertInstanceOf(Outcome.Blocked.class, outcome).reason().contains("KEY_SECRET_ARN"));
    assertTrue(troubles.getFirst().contains("KEY_SECRET_ARN"), troubles::toString);
  }

  /** Secrets Manager and Parameter Store. */
  private static final class FakeStores extends FakeServer {
    @Override
    protected Scripted receive(HttpExchange exchange, byte[] body) {
      String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
      String text = new String(body, StandardCharsets.UTF_8);
      Map<String, String> json = Map.of("Content-Type", "application/x-amz-json-1.1");
      if (target.equals("secretsmanager.GetSecretValue")
          && text.contains("\"" + ARN + "\"")
          && AwsEnvironment.isSigned(exchange, "secretsmanager")) {
        return new Scripted(
            200, json, "{\"Name\":\"pager\",\"SecretString\":\"{\\\"key\\\":\\\"of-json\\\"}\"}");
      }
      if (target.equals("AmazonSSM.GetParameter")
          && text.contains("\"WithDecryption\":true")
          && AwsEnvironment.isSigned(exchange, "ssm")) {
        return new Scripted(200, json, "{\"Parameter\":{\"Value\":\"of-a-parameter\"}}");
      }
      return new Scripted(
          400, json, "{\"__type\":\"AccessDeniedException\",\"Message\":\"" + ARN + " role/x\"}");
    }
  }

  @Test
  void bothStoresAreReadByTheirSdk() {
    try (FakeStores stores = new FakeStores()) {
      Map<String, String> variables =
          new HashMap<>(
              AwsEnvironment.of(
                  stores.address(),
                  "a-secret-access-key-of-a-test",
                  "A_SECRET_ARN",
                  ARN + ":key::"));
      variables.put("B_SECRET_ARN", "arn:aws:ssm:eu-central-1:123456789012:parameter/pager/key");
      variables.put("C_SECRET_ARN", ARN + "-of-another");
      variables.put("D_SECRET_ARN", ARN + ":absent::");
      NamedSecrets real =
          new NamedSecrets(
              name -> Optional.ofNullable(variables.get(name)), () -> now, troubles::add);

      assertEquals(Optional.of("of-json"), real.named("A"));
      assertEquals(Optional.of("of-a-parameter"), real.named("B"));
      assertTrue(
          assertThrows(Unavailable.class, () -> real.named("C"))
              .toString()
              .endsWith("AccessDeniedException"));
      assertThrows(Unavailable.class, () -> real.named("D"));
      assertEquals(List.of(), stores.violations());
    }
  }
}
