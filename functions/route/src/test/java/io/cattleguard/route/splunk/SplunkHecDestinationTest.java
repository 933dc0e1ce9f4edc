package io.cattleguard.route.splunk;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.fasterxml.jackson.databind.JsonNode;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SplunkHecDestinationTest extends PolicyDestinationContract {
  private final FakeSplunk splunk = new FakeSplunk();

  @AfterEach
  void splunkHadNothingToObjectTo() {
    assertEquals(List.of(), splunk.violations());
    splunk.close();
  }

  @Override
  protected Destination open(DestinationSettings settings, Secrets secrets) {
    return new SplunkHecDestination(
        (SplunkHecSettings) settings, secrets, new HttpPost(CONNECT, READ));
  }

  @Override
  protected String yaml(URI service) {
    return yaml(service, true);
  }

  private static String yaml(URI service, boolean gzip) {
    return """
    {name: under-test, type: splunk-hec, url: "%s", token-from: TOKEN, index: security, gzip: %s}
    """
        .formatted(service.resolve("/"), gzip);
  }

  @Override
  protected Map<String, String> environment(URI service, String secret) {
    return Map.of("TOKEN", secret);
  }

  @Override
  protected Map.Entry<URI, String> service() {
    return Map.entry(splunk.address(), FakeSplunk.TOKEN);
  }

  @Override
  protected Destination busy() {
    splunk.answer(
        new FakeServer.Scripted(
            503, Map.of("Retry-After", "30"), "{\"text\":\"Server is busy\",\"code\":9}"));
    return working();
  }

  @Override
  protected Destination refusing() {
    splunk.answer(new FakeServer.Scripted(403, "{\"text\":\"Invalid token\",\"code\":4}"));
    return working();
  }

  @Override
  protected int told() {
    return splunk.indexed().size();
  }

  @ParameterizedTest(name = "gzip: {0}")
  @ValueSource(booleans = {true, false})
  void aBatchIsOneRequest(boolean gzip) {
    open(
            settings(yaml(splunk.address(), gzip)),
            secrets(environment(splunk.address(), FakeSplunk.TOKEN)))
        .deliver(List.of(Notices.alert().id("a1").to(NAME), Notices.alert().id("a2").to(NAME)), T0);

    assertEquals(1, splunk.requests());
    assertEquals(2, splunk.indexed().size());
  }

  @Test
  void anEventCarriesItsTimeItsNodeAndWhatTellsACopyFromASecondEvent() {
    working().deliver(List.of(Notices.alert().to(NAME)), T0.plusSeconds(9));

    JsonNode event = splunk.indexed().getFirst();
    assertEquals(T0.getEpochSecond(), event.path("time").asLong());
    assertEquals("node-a", event.path("host").asText());
    assertEquals("security", event.path("index").asText());
    assertEquals("cattleguard:ocsf", event.path("sourcetype").asText());
    assertEquals("a1/opened/scored", event.path("fields").path("event_uid").asText());
    assertEquals(2004, event.path("event").path("class_uid").asInt());
  }

  @ParameterizedTest(name = "poison at {0}")
  @ValueSource(ints = {0, 1, 2})
  void promise1APoisonEventIsRejectedAloneAndTheOthersAreIndexed(int position) {
    List<Delivery> batch = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      batch.add(
          Notices.alert().id("a" + i).rule(i == position ? FakeSplunk.POISON : "fine").to(NAME));
    }

    List<Outcome> outcomes = working().deliver(batch, T0);

    Set<String> indexed = new HashSet<>();
    splunk.indexed().forEach(event -> indexed.add(event.path("fields").path("event_uid").asText()));
    for (int i = 0; i < 3; i++) {
      assertEquals(i == position ? "rejected" : "delivered", outcomes.get(i).word());
      assertEquals(i != position, indexed.contains("a" + i + "/opened/scored"));
    }
  }

  @Test
  void aRequestThatAProxyFindsTooLargeIsSentInHalves() {
    splunk.answer(new FakeServer.Scripted(413, ""));
    List<Delivery> batch =
        List.of(
            Notices.alert().id("a1").to(NAME),
            Notices.alert().id("a2").to(NAME),
            Notices.alert().id("a3").to(NAME));

    List<Outcome> outcomes = working().deliver(batch, T0);

    assertEquals(Collections.nCopies(3, new Outcome.Delivered()), outcomes);
    assertEquals(3, told());
    assertEquals(3, splunk.requests());
  }

  @Test
  void aWrongTokenIsAskedForOnceAndNotOncePerEvent() {
    refusing()
        .deliver(List.of(Notices.alert().id("a1").to(NAME), Notices.alert().id("a2").to(NAME)), T0);

    assertEquals(1, splunk.requests());
  }

  @Test
  void a401ThatTheJdkHidesBlocksTheDestination() {
    splunk.answer(new FakeServer.Scripted(401, "{\"text\":\"Token is required\",\"code\":2}"));

    Outcome outcome = working().deliver(List.of(Notices.alert().to(NAME)), T0).getFirst();

    assertInstanceOf(Outcome.Blocked.class, outcome);
  }

  @Test
  void aRestThatSplunkAsksForIsKept() {
    Destination destination = busy();
    destination.deliver(List.of(Notices.alert().to(NAME)), T0);

    Outcome early =
        destination.deliver(List.of(Notices.alert().to(NAME)), T0.plusSeconds(29)).getFirst();
    Outcome later =
        destination.deliver(List.of(Notices.alert().to(NAME)), T0.plusSeconds(30)).getFirst();

    assertEquals(Duration.ofSeconds(1), assertInstanceOf(Outcome.TryAgain.class, early).after());
    assertEquals(new Outcome.Delivered(), later);
    assertEquals(2, splunk.requests());
  }

  @Test
  void aBatchTooLargeForOneRequestIsSeveral() {
    String raw = "x".repeat(64 * 1024);
    List<Delivery> batch = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      batch.add(Notices.alert().id("a" + i).raw(raw).to(NAME));
    }

    List<Outcome> outcomes = working().deliver(batch, T0);

    assertEquals(Set.of(new Outcome.Delivered()), Set.copyOf(outcomes));
    assertEquals(20, splunk.indexed().size());
    assertEquals(2, splunk.requests());
  }

  @Test
  void aBrokenAnswerIsTriedAgain() {
    splunk.answer(new FakeServer.Scripted(200, "<html>a proxy</html>"));

    Outcome outcome = working().deliver(List.of(Notices.alert().to(NAME)), T0).getFirst();

    assertInstanceOf(Outcome.TryAgain.class, outcome);
    assertFalse(outcome.toString().contains("proxy"));
  }
}
