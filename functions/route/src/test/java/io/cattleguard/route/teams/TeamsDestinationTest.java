package io.cattleguard.route.teams;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.HostileNotices;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Notices;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.PolicyDestinationContract;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.http.FakeServer;
import io.cattleguard.route.http.HttpPost;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class TeamsDestinationTest extends PolicyDestinationContract {
  private final FakeTeams teams = new FakeTeams();
  private final List<Duration> pauses = new ArrayList<>();

  @AfterEach
  void teamsHadNothingToObjectTo() {
    assertEquals(List.of(), teams.violations());
    teams.close();
  }

  @Override
  protected Destination open(DestinationSettings settings, Secrets secrets) {
    return new TeamsDestination(
        (TeamsSettings) settings, secrets, new HttpPost(CONNECT, READ), pauses::add);
  }

  @Override
  protected String yaml(URI service) {
    return """
    {name: under-test, type: teams, url-from: WORKFLOW, incident-url: "https://board.example.com/incidents/{incident}"}
    """;
  }

  @Override
  protected Map<String, String> environment(URI service, String secret) {
    return Map.of("WORKFLOW", service.resolve("/workflows/1/invoke?sig=" + secret).toString());
  }

  @Override
  protected Map.Entry<URI, String> service() {
    return Map.entry(teams.address(), FakeTeams.SIGNATURE);
  }

  @Override
  protected Destination busy() {
    teams.answer(new FakeServer.Scripted(429, Map.of("Retry-After", "30"), ""));
    return working();
  }

  @Override
  protected Destination refusing() {
    return open(settings(teams.address()), secrets(environment(teams.address(), "expired")));
  }

  @Override
  protected int told() {
    return teams.cards().size();
  }

  @Test
  void aCardSaysWhatHappenedWhereAndWhyAndLinksToTheIncident() {
    working().deliver(List.of(Notices.alert().to(NAME)), T0);

    String card = teams.cards().getFirst().toString();
    for (String expected :
        List.of(
            "Terminal shell in container · prod/shop/web-1",
            "85 of 100",
            "bash -i",
            "the source calls it critical",
            "https://board.example.com/incidents/f1")) {
      assertTrue(card.contains(expected), expected + " is not in " + card);
    }
  }

  @Test
  void anOutcomeSaysWhatWasDoneAndWhyNot() {
    working()
        .deliver(
            List.of(
                Notices.alert()
                    .outcomeTo(NAME, ResponseOutcome.REFUSED, "it is the last ready pod")),
            T0);

    String card = teams.cards().getFirst().toString();
    assertTrue(card.contains("refused: delete-pod"), card);
    assertTrue(card.contains("it is the last ready pod"), card);
  }

  @Test
  void theKillSwitchIsACardToo() {
    OperatorCommand stop =
        new OperatorCommand(
            "c1",
            OperatorCommand.Verb.STOP,
            new OperatorCommand.Who("unix:example", Optional.empty()),
            "a load test",
            T0,
            Optional.empty(),
            Optional.empty(),
            OperatorCommand.About.DEPLOYMENT,
            false,
            Optional.empty(),
            0);

    working().deliver(List.of(new Delivery(NAME, new Notice.Commanded(stop), List.of())), T0);

    assertTrue(teams.cards().getFirst().toString().contains("Stop requested"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("io.cattleguard.route.HostileNotices#texts")
  void aMegabyteOfTextFitsIntoAMessage(String name, String text) {
    Outcome outcome =
        working()
            .deliver(
                List.of(
                    HostileNotices.everywhere(text)
                        .outcomeTo(NAME, ResponseOutcome.FAILED, text, text, text)),
                T0)
            .getFirst();

    assertEquals(new Outcome.Delivered(true), outcome, name);
  }

  @Test
  void aFunctionOfACardIsNotEvaluated() {
    working()
        .deliver(
            List.of(Notices.alert().commandLine("{{DATE(2020-01-01T00:00:00Z)}}").to(NAME)), T0);

    assertFalse(teams.cards().getFirst().toString().contains("{{"));
  }

  static Stream<Arguments> answers() {
    return Stream.of(
        arguments(200, "1", Outcome.Delivered.class),
        arguments(
            200,
            "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP"
                + " error 429 with ContextId 1",
            Outcome.TryAgain.class),
        arguments(
            200,
            "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP"
                + " error 413 with ContextId 1",
            Outcome.Rejected.class),
        arguments(200, "<html>a proxy</html>", Outcome.TryAgain.class),
        arguments(
            400,
            "{\"error\":{\"code\":\"WorkflowTriggerIsNotEnabled\",\"message\":\"\"}}",
            Outcome.Blocked.class),
        arguments(400, "{\"error\":{\"code\":\"InvalidRequestContent\"}}", Outcome.Rejected.class),
        arguments(302, "", Outcome.Blocked.class),
        arguments(404, "", Outcome.Blocked.class),
        arguments(413, "", Outcome.Rejected.class),
        arguments(502, "", Outcome.TryAgain.class));
  }

  @ParameterizedTest
  @MethodSource("answers")
  void anAnswerOfTeamsIsUnderstood(int status, String body, Class<? extends Outcome> expected) {
    teams.answer(new FakeServer.Scripted(status, body));

    assertInstanceOf(expected, working().deliver(List.of(Notices.alert().to(NAME)), T0).getFirst());
  }

  @Test
  void cardsAreASecondApart() {
    working().deliver(List.of(Notices.alert().to(NAME), Notices.alert().id("a2").to(NAME)), T0);

    assertEquals(List.of(Duration.ofSeconds(1)), pauses);
  }
}
