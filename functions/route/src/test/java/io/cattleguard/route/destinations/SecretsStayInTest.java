package io.cattleguard.route.destinations;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.sun.net.httpserver.HttpExchange;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.Dispatcher;
import io.cattleguard.route.FakeServer;
import io.cattleguard.route.InMemoryConversations;
import io.cattleguard.route.Notices;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.Setting;
import io.cattleguard.route.http.HttpPost;
import io.cattleguard.route.slack.SlackDestination;
import io.cattleguard.route.slack.SlackSettings;
import io.cattleguard.route.slack.SlackWebhookDestination;
import io.cattleguard.route.slack.SlackWebhookSettings;
import io.cattleguard.route.splunk.SplunkHecDestination;
import io.cattleguard.route.splunk.SplunkHecSettings;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** No destination lets its secret out, however its service behaves. */
final class SecretsStayInTest {
  private static final String SECRET = "s3cr3t-of-a-test";

  /** A service that repeats the request in whatever it answers. */
  private static final class Echo extends FakeServer {
    private final int status;

    Echo(int status) {
      this.status = status;
    }

    @Override
    public Scripted receive(HttpExchange exchange, byte[] body) {
      String echo =
          exchange.getRequestURI() + " " + exchange.getRequestHeaders().getFirst("Authorization");
      return new Scripted(
          status,
          Map.of("Retry-After", echo, "Location", address() + "/" + SECRET),
          "{\"ok\":false,\"error\":\"" + echo + "\",\"text\":\"" + echo + "\",\"code\":6}");
    }
  }

  static Stream<Arguments> destinationsAndStatuses() {
    Map<String, BiFunction<String, Secrets, Destination>> destinations =
        Map.of(
            "slack",
            (url, secrets) ->
                new SlackDestination(
                    new SlackSettings(
                        "d",
                        new Setting.From("SECRET"),
                        new Setting.Written("C1"),
                        URI.create(url)),
                    secrets,
                    new InMemoryConversations(),
                    http(),
                    pause -> {}),
            "slack-webhook",
            (url, secrets) ->
                new SlackWebhookDestination(
                    new SlackWebhookSettings("d", new Setting.From("URL")),
                    secrets,
                    http(),
                    pause -> {}),
            "splunk-hec",
            (url, secrets) ->
                new SplunkHecDestination(
                    new SplunkHecSettings(
                        "d",
                        new Setting.Written(url),
                        new Setting.From("SECRET"),
                        Optional.empty(),
                        true),
                    secrets,
                    http()));
    return destinations.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .flatMap(
            entry ->
                Stream.of(0, 200, 302, 400, 401, 403, 404, 407, 410, 429, 500, 503)
                    .map(status -> Arguments.of(entry.getKey(), status, entry.getValue())));
  }

  private static HttpPost http() {
    return new HttpPost(Duration.ofSeconds(1), Duration.ofMillis(500));
  }

  @ParameterizedTest(name = "{0} answered with {1}")
  @MethodSource("destinationsAndStatuses")
  void aSecretIsInNoOutcomeNoTextAndNoLog(
      String type, int status, BiFunction<String, Secrets, Destination> make) {
    try (Echo echo = new Echo(status)) {
      String url = echo.address() + "/";
      Secrets secrets = name -> Optional.of(name.equals("URL") ? url + SECRET : SECRET);
      Destination destination = make.apply(url, secrets);
      if (status == 0) {
        echo.stop();
      }
      List<Delivery> deliveries =
          List.of(Notices.alert().to("d"), Notices.alert().outcomeTo("d", ResponseOutcome.TAKEN));
      ByteArrayOutputStream log = new ByteArrayOutputStream();
      PrintStream out = System.out;
      PrintStream err = System.err;
      Dispatcher.Dispatched dispatched;
      try (PrintStream captured = new PrintStream(log, true, StandardCharsets.UTF_8)) {
        System.setOut(captured);
        System.setErr(captured);
        dispatched =
            new Dispatcher(Map.of("d", destination), new InMemoryConversations())
                .dispatch(deliveries, T0.plusSeconds(60));
      } finally {
        System.setOut(out);
        System.setErr(err);
      }

      assertEquals(2, dispatched.attempts().size());
      assertFalse(dispatched.attempts().toString().contains(SECRET), dispatched.toString());
      assertFalse(dispatched.troubles().toString().contains(SECRET), dispatched.toString());
      assertFalse(destination.toString().contains(SECRET));
      assertFalse(log.toString(StandardCharsets.UTF_8).contains(SECRET));
    }
  }

  @ParameterizedTest(name = "{0} given a secret that is no header and no address")
  @MethodSource("destinationsAndStatuses")
  void aSecretThatCannotBeSentIsNotRepeatedEither(
      String type, int status, BiFunction<String, Secrets, Destination> make) {
    try (Echo echo = new Echo(200)) {
      Secrets broken = name -> Optional.of("https://[" + SECRET + "\r\nX: y\u0000");
      Destination destination = make.apply(echo.address() + "/", broken);

      List<Outcome> outcomes = destination.deliver(List.of(Notices.alert().to("d")), Instant.EPOCH);

      assertFalse(outcomes.toString().contains(SECRET), outcomes.toString());
      assertEquals(0, echo.requests());
    }
  }
}
