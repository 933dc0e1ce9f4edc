package io.cattleguard.route.elastic;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.Notices;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.PolicyDestinationContract;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.http.FakeServer;
import io.cattleguard.route.http.HttpPost;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ElasticDestinationTest extends PolicyDestinationContract {
  private final FakeElastic elastic = new FakeElastic();

  @AfterEach
  void theClusterHadNothingToObjectTo() {
    assertEquals(List.of(), elastic.violations());
    elastic.close();
  }

  @Override
  protected Destination open(DestinationSettings settings, Secrets secrets) {
    return new ElasticDestination((ElasticSettings) settings, secrets, new HttpPost(CONNECT, READ));
  }

  @Override
  protected String yaml(URI service) {
    return yaml(service, "api-key-from: KEY");
  }

  private static String yaml(URI service, String more) {
    return """
    {name: under-test, type: elasticsearch, url: "%s", index: security-cattleguard, %s}
    """
        .formatted(service.resolve("/"), more);
  }

  @Override
  protected Map<String, String> environment(URI service, String secret) {
    return Map.of("KEY", secret);
  }

  @Override
  protected Map.Entry<URI, String> service() {
    return Map.entry(elastic.address(), FakeElastic.KEY);
  }

  @Override
  protected Destination busy() {
    elastic.answer(new FakeServer.Scripted(429, Map.of("Retry-After", "30"), ""));
    return working();
  }

  @Override
  protected Destination refusing() {
    return open(settings(elastic.address()), secrets(Map.of("KEY", "revoked")));
  }

  @Override
  protected int told() {
    return elastic.documents().size();
  }

  @ParameterizedTest(name = "gzip: {0}")
  @ValueSource(booleans = {true, false})
  void aBatchIsOneRequest(boolean gzip) {
    open(
            settings(yaml(elastic.address(), "api-key-from: KEY, gzip: " + gzip)),
            secrets(Map.of("KEY", FakeElastic.KEY)))
        .deliver(List.of(Notices.alert().id("a1").to(NAME), Notices.alert().id("a2").to(NAME)), T0);

    assertEquals(1, elastic.requests());
    assertEquals(2, told());
  }

  @Test
  void aRetryMakesNoSecondDocument() {
    List<Outcome> first = working().deliver(List.of(Notices.alert().to(NAME)), T0);
    List<Outcome> again = working().deliver(List.of(Notices.alert().to(NAME)), T0.plusSeconds(9));

    assertEquals(List.of(new Outcome.Delivered()), first);
    assertEquals(first, again);
    assertEquals(1, told());
  }

  @Test
  void aDocumentIsOcsfWithATimestamp() {
    working().deliver(List.of(Notices.alert().to(NAME)), T0);

    JsonNode document = elastic.documents().values().iterator().next();
    assertEquals(2004, document.path("class_uid").asInt());
    assertEquals(T0.toString(), document.path("@timestamp").asText());
  }

  @Test
  void aRequestThatAProxyFindsTooLargeIsSentInHalves() {
    elastic.answer(new FakeServer.Scripted(413, ""));
    List<Delivery> batch =
        List.of(
            Notices.alert().id("a1").to(NAME),
            Notices.alert().id("a2").to(NAME),
            Notices.alert().id("a3").to(NAME));

    List<Outcome> outcomes = working().deliver(batch, T0);

    assertEquals(Collections.nCopies(3, new Outcome.Delivered()), outcomes);
    assertEquals(3, told());
    assertEquals(3, elastic.requests());
    elastic.answer(new FakeServer.Scripted(413, ""));
    assertEquals(
        List.of(new Outcome.Rejected("HTTP 413")), working().deliver(batch.subList(0, 1), T0));
  }

  @Test
  void eachDocumentHasAnOutcomeOfItsOwn() {
    List<Delivery> batch =
        List.of(
            Notices.alert().id("a1").rule(FakeElastic.POISON).to(NAME),
            Notices.alert().id("a2").to(NAME),
            Notices.alert().id("a3").rule(FakeElastic.BUSY).to(NAME));

    List<Outcome> outcomes = working().deliver(batch, T0);

    assertEquals(
        List.of(
            new Outcome.Rejected("HTTP 400 document_parsing_exception"),
            new Outcome.Delivered(),
            new Outcome.TryAgain(
                Duration.ofSeconds(10), "HTTP 429 es_rejected_execution_exception")),
        outcomes);
  }

  static Stream<Arguments> items() {
    return Stream.of(
        arguments(403, "security_exception", Outcome.Blocked.class),
        arguments(404, "index_not_found_exception", Outcome.Blocked.class),
        arguments(503, "unavailable_shards_exception", Outcome.TryAgain.class),
        arguments(400, "<b>not a type</b>", Outcome.Rejected.class));
  }

  @ParameterizedTest
  @MethodSource("items")
  void theErrorOfADocumentIsUnderstood(int status, String type, Class<? extends Outcome> expected) {
    elastic.answer(
        new FakeServer.Scripted(
            200,
            "{\"errors\":true,\"items\":[{\"create\":{\"status\":%d,\"error\":{\"type\":\"%s\"}}}]}"
                .formatted(status, type)));

    Outcome outcome = working().deliver(List.of(Notices.alert().to(NAME)), T0).getFirst();

    assertInstanceOf(expected, outcome);
    assertEquals(-1, outcome.toString().indexOf('<'));
  }

  @ParameterizedTest
  @ValueSource(strings = {"<html>a proxy</html>", "{}", "{\"errors\":false,\"items\":[]}"})
  void anAnswerThatDoesNotNameEachDocumentIsTriedAgain(String body) {
    elastic.answer(new FakeServer.Scripted(200, body));

    assertInstanceOf(
        Outcome.TryAgain.class,
        working().deliver(List.of(Notices.alert().to(NAME)), T0).getFirst());
  }

  @Test
  void openSearchTakesAUserAndAPassword() {
    elastic.expect(
        "Basic "
            + Base64.getEncoder()
                .encodeToString("writer:of-a-test".getBytes(StandardCharsets.UTF_8)));

    Outcome outcome =
        open(
                settings(yaml(elastic.address(), "basic-from: BASIC")),
                secrets(Map.of("BASIC", "writer:of-a-test")))
            .deliver(List.of(Notices.alert().to(NAME)), T0)
            .getFirst();

    assertEquals(new Outcome.Delivered(), outcome);
  }

  @Test
  void aRestThatTheClusterAsksForIsKept() {
    Destination destination = busy();
    destination.deliver(List.of(Notices.alert().to(NAME)), T0);

    Outcome early =
        destination.deliver(List.of(Notices.alert().to(NAME)), T0.plusSeconds(29)).getFirst();

    assertEquals(Duration.ofSeconds(1), assertInstanceOf(Outcome.TryAgain.class, early).after());
    assertEquals(1, elastic.requests());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "api-key-from: K, basic-from: B", "api-key-from: K, gzip: maybe"})
  void settingsThatContradictAreAnError(String more) {
    assertThrows(PolicyException.class, () -> settings(yaml(elastic.address(), more)));
  }
}
