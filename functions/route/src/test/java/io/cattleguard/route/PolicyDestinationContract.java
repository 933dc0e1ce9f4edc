package io.cattleguard.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.route.destinations.Destinations;
import io.cattleguard.route.http.FakeServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that every type of destination of a policy must pass. */
public abstract class PolicyDestinationContract extends DestinationContract {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String SECRET = "s3cr3t-of-a-test";

  /** Long enough for a server on this machine. */
  protected static final Duration CONNECT = Duration.ofSeconds(2);

  /** A short timeout, for the test of a server that does not answer. */
  protected static final Duration READ = Duration.ofMillis(500);

  /** An item of {@code destinations} in {@code routes.yaml}, for a service at that address. */
  protected abstract String yaml(URI service);

  /** The values of its variables, for a service at that address. */
  protected abstract Map<String, String> environment(URI service, String secret);

  /**
   * The destination of the settings, but with {@link #CONNECT} and {@link #READ}, and without
   * pauses.
   */
  protected abstract Destination open(DestinationSettings settings, Secrets secrets);

  /** The service that {@link #working} is connected to, and the secret that it accepts. */
  protected abstract Map.Entry<URI, String> service();

  @Override
  protected Destination working() {
    return open(settings(service().getKey()), secrets(environment()));
  }

  @Override
  protected Destination notConfigured() {
    return open(settings(service().getKey()), name -> Optional.empty());
  }

  private Map<String, String> environment() {
    return environment(service().getKey(), service().getValue());
  }

  /** The settings, as they are in a policy. */
  protected final DestinationSettings settings(URI service) {
    return settings(yaml(service));
  }

  /** The settings that are read from an item of {@code destinations}. */
  public static DestinationSettings settings(String yaml) {
    PolicyNode node = PolicyNode.read("routes.yaml", yaml).orElseThrow();
    return DestinationType.read(node, Destinations.TYPES);
  }

  /** The variables of an environment. */
  protected static Secrets secrets(Map<String, String> environment) {
    return name -> Optional.ofNullable(environment.get(name));
  }

  @Test
  void itsSettingsKnowItsNameAndItsTypeIsRegistered() {
    DestinationSettings settings = settings(service().getKey());

    assertEquals(NAME, settings.name());
    assertTrue(
        Destinations.TYPES.stream().anyMatch(type -> type.name().equals(settings.type())),
        settings.type());
  }

  @Test
  void whatTheSettingsOpenDelivers() {
    Destination opened =
        settings(service().getKey()).open(secrets(environment()), new InMemoryConversations());

    List<Outcome> outcomes = opened.deliver(List.of(two().getFirst()), NOW);

    assertEquals(
        List.of(new Outcome.Delivered(settings(service().getKey()).isReadByPeople())),
        outcomes,
        "the first notice of an incident notifies the people who read the destination");
    assertEquals(1, told());
  }

  @Test
  void itIsConfiguredOnlyWhileEverySettingItNeedsIsSet() {
    DestinationSettings settings = settings(service().getKey());
    List<String> variables =
        settings.needs().stream()
            .filter(Setting.From.class::isInstance)
            .map(setting -> ((Setting.From) setting).variable())
            .toList();

    assertTrue(settings.isConfigured(secrets(environment())));
    assertFalse(variables.isEmpty());
    for (String variable : variables) {
      Map<String, String> without = new HashMap<>(environment());
      without.put(variable, " ");
      List<Outcome> outcomes = open(settings, secrets(without)).deliver(two(), NOW);

      assertFalse(settings.isConfigured(secrets(without)), variable);
      assertEquals(2, outcomes.size());
      for (Outcome outcome : outcomes) {
        assertEquals(
            variables.size() == 1
                ? new Outcome.NotConfigured("not configured: " + variable + " is not set")
                : new Outcome.Blocked("incomplete: " + variable + " is not set"),
            outcome);
      }
      assertEquals(variables.size() > 1, settings.isBegun(secrets(without)));
    }
    assertEquals(0, told());
  }

  @Test
  void whatItWouldSendIsKnownWithoutSecretsAndSendsNothing() {
    DestinationSettings settings = settings(service().getKey());

    assertTrue(settings.body(two().getFirst()).contains("Terminal shell in container"));
    assertTrue(
        settings
            .body(Notices.alert().outcomeTo(NAME, ResponseOutcome.TAKEN))
            .contains("delete-pod"));
    assertEquals(0, told());
  }

  /** Then readiness, metrics and the log show it at the first message, not after a minute. */
  @ParameterizedTest(name = "answered with {0}")
  @ValueSource(ints = {401, 403, 404})
  void aRefusalThatAPersonMustEndBlocksTheDestinationAtOnce(int status) {
    try (FakeServer refusing = new Refusing(status)) {
      URI address = URI.create(refusing.address() + "/");
      Destination destination = open(settings(address), secrets(environment(address, SECRET)));

      List<Outcome> outcomes =
          destination.deliver(List.of(Notices.alert().to(NAME)), Instant.EPOCH);

      assertInstanceOf(Outcome.Blocked.class, outcomes.getFirst());
      assertEquals(1, refusing.requests());
    }
  }

  /** A service or a proxy that says only the status. */
  private static final class Refusing extends FakeServer {
    private final int status;

    private Refusing(int status) {
      this.status = status;
    }

    @Override
    protected Scripted receive(HttpExchange exchange, byte[] body) {
      return new Scripted(status, "");
    }
  }

  /** A service that repeats the request in its answers. */
  private static final class Echo extends FakeServer {
    private final int status;

    private Echo(int status) {
      this.status = status;
    }

    @Override
    protected Scripted receive(HttpExchange exchange, byte[] body) {
      String echo =
          exchange.getRequestURI() + " " + exchange.getRequestHeaders().getFirst("Authorization");
      return new Scripted(
          status,
          Map.of("Retry-After", echo, "Location", address() + "/" + SECRET),
          JSON.createObjectNode()
              .put("ok", false)
              .put("error", echo)
              .put("text", echo)
              .put("code", 6)
              .put("message", new String(body, StandardCharsets.UTF_8))
              .toString());
    }
  }

  @ParameterizedTest(name = "answered with {0}")
  @ValueSource(ints = {0, 200, 302, 400, 401, 403, 404, 407, 410, 429, 500, 503})
  void aSecretIsInNoOutcomeNoTextAndNoLog(int status) {
    try (Echo echo = new Echo(status)) {
      URI address = URI.create(echo.address() + "/");
      DestinationSettings settings = settings(address);
      Destination destination = open(settings, secrets(environment(address, SECRET)));
      if (status == 0) {
        echo.stop();
      }
      List<Delivery> deliveries =
          List.of(Notices.alert().to(NAME), Notices.alert().outcomeTo(NAME, ResponseOutcome.TAKEN));
      ByteArrayOutputStream log = new ByteArrayOutputStream();
      PrintStream out = System.out;
      PrintStream err = System.err;
      Dispatcher.Dispatched dispatched;
      try (PrintStream captured = new PrintStream(log, true, StandardCharsets.UTF_8)) {
        System.setOut(captured);
        System.setErr(captured);
        dispatched =
            new Dispatcher(Map.of(NAME, destination), new InMemoryConversations())
                .dispatch(deliveries, NOW);
      } finally {
        System.setOut(out);
        System.setErr(err);
      }

      assertEquals(status == 0 ? 0 : 1, Math.min(1, echo.requests()), "it was not asked");
      assertEquals(2, dispatched.attempts().size());
      assertFalse(dispatched.attempts().toString().contains(SECRET), dispatched.toString());
      assertFalse(dispatched.troubles().toString().contains(SECRET), dispatched.toString());
      assertFalse(destination.toString().contains(SECRET));
      assertFalse(settings.toString().contains(SECRET));
      assertFalse(log.toString(StandardCharsets.UTF_8).contains(SECRET));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("io.cattleguard.route.HostileNotices#texts")
  void whateverAnAttackerWritesIsDelivered(String name, String whole) {
    // Parsers bound every field.
    String text = whole.substring(0, Math.min(HostileText.FIELD_LIMIT, whole.length()));
    List<Outcome> outcomes =
        working()
            .deliver(
                List.of(
                    HostileNotices.everywhere(text).to(NAME),
                    HostileNotices.everywhere(text)
                        .id("a2")
                        .outcomeTo(NAME, ResponseOutcome.FAILED, text)),
                NOW);

    assertEquals(2, outcomes.size(), name);
    for (Outcome outcome : outcomes) {
      assertInstanceOf(Outcome.Delivered.class, outcome, name);
    }
  }

  @Test
  void aSecretThatIsNoHeaderAndNoAddressIsNotRepeatedEither() {
    try (Echo echo = new Echo(200)) {
      Secrets broken = name -> Optional.of("https://[" + SECRET + "\r\nX: y\u0000");
      Destination destination = open(settings(echo.address()), broken);

      List<Outcome> outcomes =
          destination.deliver(List.of(Notices.alert().to(NAME)), Instant.EPOCH);

      assertFalse(outcomes.toString().contains(SECRET), outcomes.toString());
      assertEquals(0, echo.requests());
    }
  }
}
