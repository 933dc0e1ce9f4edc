package io.cattleguard.route.lambda;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.lambda.BatchHandler.Message;
import io.cattleguard.edge.port.EventPublisher;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.notified.PeopleNotified;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Dispatcher;
import io.cattleguard.route.HostileNotices;
import io.cattleguard.route.InMemoryConversations;
import io.cattleguard.route.InMemoryDestination;
import io.cattleguard.route.Notices;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.PolicyDirectory;
import io.cattleguard.route.Router;
import io.cattleguard.route.Setting;
import io.cattleguard.route.digest.Digest;
import io.cattleguard.route.digest.MapTable;
import io.cattleguard.route.digest.Owner;
import io.cattleguard.route.digest.Owners;
import io.cattleguard.route.muted.MutedAlerts;
import io.cattleguard.route.slack.message.SlackMessage;
import io.cattleguard.route.slack.message.SlackPreview;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RouteHandlerTest {
  private final InMemoryDestination siem = new InMemoryDestination();
  private final InMemoryDestination people = new InMemoryDestination();
  private final InMemoryDestination developers = new InMemoryDestination();
  private final InMemoryConversations conversations = new InMemoryConversations();
  private final List<BusEvent> published = new ArrayList<>();
  private final EventPublisher publisher =
      events -> {
        published.addAll(events);
        return Set.of();
      };

  @Test
  void aDestinationThatRefusesEverythingHasItsSecretReadAgain() {
    int[] refused = {0};
    people.answerWith(new Outcome.Blocked("the token is invalid"));
    RouteHandler handler =
        new RouteHandler(
            new Router(PolicyDirectory.shipped()),
            new Dispatcher(
                Map.of("siem", siem, "security-channel", people, "developers-channel", developers),
                conversations),
            Optional.empty(),
            Optional.empty(),
            () -> refused[0]++,
            publisher,
            () -> T0);

    handler.handle(List.of(message("m1", Notices.alert().scored())));
    people.answerWith(new Outcome.Delivered());
    handler.handle(List.of(message("m2", Notices.alert().id("a2").scored())));

    assertEquals(1, refused[0]);
  }

  private Set<String> handle(Message... batch) {
    return new RouteHandler(
            new Router(PolicyDirectory.shipped()),
            new Dispatcher(
                Map.of("siem", siem, "security-channel", people, "developers-channel", developers),
                conversations),
            publisher,
            () -> T0)
        .handle(List.of(batch));
  }

  private static Message message(String id, ScoredAlert scored) {
    return new Message(
        id,
        new BusEvent("cattleguard.score", DetailType.ALERT_SCORED, T0, AlertJson.write(scored))
            .toJson()
            .toString());
  }

  private static Message message(String id, ResponseDecided decided) {
    return new Message(
        id,
        new BusEvent("cattleguard.respond", DetailType.RESPONSE_DECIDED, T0, decided.write())
            .toJson()
            .toString());
  }

  @Test
  void peopleWhoAreNotifiedAreAnEventOnceAndAnUpdateIsNone() {
    people.answerWith(new Outcome.Delivered(true));
    Message first = message("m1", Notices.alert().id("a1").scored());
    handle(first);
    handle(first);
    people.answerWith(new Outcome.Delivered());
    handle(message("m2", Notices.alert().id("a2").scored()));

    assertEquals(1, published.size(), published::toString);
    BusEvent event = published.getFirst();
    assertEquals(DetailType.PEOPLE_NOTIFIED, event.type());
    assertEquals("cattleguard.route", event.source());
    PeopleNotified notified = PeopleNotified.read(event.detail());
    assertEquals(Notices.alert().id("a1").scored().incidentId(), notified.incident());
    assertEquals("security-channel", notified.destination());
    assertEquals(T0, notified.notifiedAt());
  }

  @Test
  void aReplayedAlertThatNotifiesPeopleIsNoEventBecauseItIsInNoRecord() {
    people.answerWith(new Outcome.Delivered(true));

    handle(message("m1", Notices.alert().traits("replayed").scored()));

    assertEquals(List.of(), published);
  }

  @Test
  void aBusThatTakesNothingRepeatsNoMessageAndIsLogged() {
    people.answerWith(new Outcome.Delivered(true));

    String log =
        logOf(
            () ->
                assertEquals(
                    Set.of(),
                    new RouteHandler(
                            new Router(PolicyDirectory.shipped()),
                            new Dispatcher(
                                Map.of(
                                    "siem",
                                    siem,
                                    "security-channel",
                                    people,
                                    "developers-channel",
                                    developers),
                                conversations),
                            events -> Set.of(0),
                            () -> T0)
                        .handle(List.of(message("m1", Notices.alert().scored())))));

    assertTrue(log.contains("PutEvents failing"), log);
  }

  @Test
  void alertsAndOutcomesAreTold() {
    Set<String> failed =
        handle(
            message("m1", Notices.alert().id("a1").scored()),
            message("m2", Notices.alert().id("a1").decided(ResponseOutcome.TAKEN)));

    assertEquals(Set.of(), failed);
    assertEquals(2, people.delivered().size());
    assertEquals(2, siem.delivered().size());
    assertEquals(0, developers.delivered().size());
  }

  private static OperatorCommand given(OperatorCommand.Verb verb, OperatorCommand.About about) {
    return OperatorCommand.of(
        verb,
        new OperatorCommand.Who("aws:forged", Optional.empty()),
        "wrong pods",
        T0,
        Optional.empty(),
        about);
  }

  private static Message message(String source, OperatorCommand command) {
    return new Message(
        "c1",
        new BusEvent(source, DetailType.OPERATOR_COMMAND, T0, command.write()).toJson().toString());
  }

  /** A command that a responder has carried out for a caller in AWS. */
  private static Message command(OperatorCommand.Verb verb, OperatorCommand.About about) {
    OperatorCommand given =
        OperatorCommand.of(
            verb,
            new OperatorCommand.Who("aws:AROAEXAMPLEID:on-call", Optional.empty()),
            "wrong pods",
            T0,
            Optional.empty(),
            about);
    return message("cattleguard.respond", given.answered(Optional.empty()));
  }

  private String told() {
    return String.join(
        "\n", SlackPreview.lines(SlackMessage.of(people.delivered().getLast().notice()), "#x"));
  }

  @Test
  void promise14PeopleAreToldThatACommandWasIgnoredAndNoStopIsToldBeforeItIsInForce() {
    OperatorCommand stop = given(OperatorCommand.Verb.STOP, OperatorCommand.About.DEPLOYMENT);
    assertEquals(Set.of(), handle(message("cattleguard.operator.AROAEXAMPLEID:on-call", stop)));
    assertTrue(told().contains("Stop requested"), told());
    assertFalse(told().contains("Kill switch ON"), told());
    assertFalse(told().contains("No action is taken"), told());

    Message ignored = message("cattleguard.respond", stop.answered(Optional.of("only bob may")));
    assertEquals(Set.of(), handle(ignored));
    assertEquals(Set.of(), handle(ignored), "the other responder says the same");
    assertEquals(2, people.delivered().size());
    assertTrue(told().contains("Stop was IGNORED"), told());
    assertTrue(told().contains("only bob may"), told());
    assertFalse(told().contains("No action is taken"), told());

    assertEquals(Set.of(), handle(message("cattleguard.respond", stop.answered(Optional.empty()))));
    OperatorCommand undo =
        given(
            OperatorCommand.Verb.UNDO,
            OperatorCommand.About.containment("blue/isolate-pod/uid-1", Optional.empty()));
    assertEquals(Set.of(), handle(message("cattleguard.respond", undo.answered(Optional.empty()))));
    assertEquals(2, people.delivered().size(), "the release is an outcome in its thread");
    assertEquals(
        Set.of(), handle(message("cattleguard.respond", undo.answered(Optional.of("too late")))));
    assertTrue(told().contains("Undo was IGNORED"), told());
    assertTrue(told().contains("blue/isolate-pod/uid-1"), told());

    assertEquals(
        Set.of("c1"),
        handle(message("cattleguard.respond", stop)),
        "a responder gives no commands of its own");
  }

  private static OperatorCommand silence(OperatorCommand.Verb verb, boolean responders) {
    return given(
        verb,
        OperatorCommand.About.silence(
                "7a1b2c3d",
                Optional.of(T0.plusSeconds(3_600)),
                Optional.of("{\"alert\":{\"target\":{\"namespace\":[\"shop\"]}}}"),
                responders)
            .covering("alerts up to high; 1 of 2 recent problems: Shell in shop", responders));
  }

  @Test
  void promise14PeopleAreToldWhoSilencedTheRespondersWhyUntilWhenAndWhat() {
    OperatorCommand.Verb silence = OperatorCommand.Verb.SILENCE;
    assertEquals(
        Set.of(),
        handle(
            message("cattleguard.deduplicate", silence(silence, false).answered(Optional.empty())),
            message("cattleguard.operator.AROAEXAMPLEID:x", silence(silence, true))));
    assertEquals(0, people.delivered().size(), "people only, or not yet done");

    Message set =
        message("cattleguard.deduplicate", silence(silence, true).answered(Optional.empty()));
    assertEquals(Set.of(), handle(set));
    assertEquals(Set.of(), handle(set), "delivered again");
    assertEquals(1, people.delivered().size());
    assertEquals(0, siem.delivered().size() + developers.delivered().size());
    for (String part :
        List.of(
            "Responders SILENCED",
            "aws:forged",
            "wrong pods",
            T0.plusSeconds(3_600).toString().substring(11, 16),
            "1 of 2 recent problems: Shell in shop",
            "\"namespace\":[\"shop\"]",
            "No action is taken on these alerts",
            "./cattleguard unsilence 7a1b2c3d --reason 'why'")) {
      assertTrue(told().contains(part), part + " in " + told());
    }

    assertEquals(
        Set.of(),
        handle(
            message(
                "cattleguard.deduplicate",
                silence(OperatorCommand.Verb.UNSILENCE, true).answered(Optional.empty()))));
    assertTrue(told().contains("Responders no longer silenced"), told());

    assertEquals(2, people.delivered().size());
  }

  @ParameterizedTest
  @EnumSource(
      value = OperatorCommand.Verb.class,
      names = {"SILENCE", "UNSILENCE"})
  void promise14WhetherASilenceIsInForceOnlyDeduplicateSays(OperatorCommand.Verb verb) {
    OperatorCommand claimed = silence(verb, true).carriedOut();

    assertEquals(
        Set.of(),
        handle(
            message("cattleguard.operator.AROAEXAMPLEID:y", claimed),
            message("cattleguard.operator", claimed)));

    assertEquals(0, people.delivered().size(), "a person could say what is not true");
  }

  @ParameterizedTest
  @EnumSource(
      value = OperatorCommand.Verb.class,
      names = {"SILENCE", "UNSILENCE"},
      mode = EnumSource.Mode.EXCLUDE)
  void promise14WhatAPersonClaimsToHaveDoneIsNotTold(OperatorCommand.Verb verb) {
    OperatorCommand given =
        given(
            verb,
            new OperatorCommand.About(
                Optional.of("blue/isolate-pod/1f8a3c9e5b7d2046"),
                Optional.of("blue/isolate-pod/uid-1"),
                Optional.empty(),
                Optional.of(T0),
                Optional.empty(),
                false));

    handle(
        message("cattleguard.operator.AROAEXAMPLEID:x", given.carriedOut()),
        message("cattleguard.operator.AROAEXAMPLEID:x", given.answered(Optional.of("forged"))));

    for (Delivery one : people.delivered()) {
      String told = String.join("\n", SlackPreview.lines(SlackMessage.of(one.notice()), "#x"));
      assertTrue(told.contains(" requested"), told);
      assertFalse(told.contains("Kill switch") || told.contains("IGNORED"), told);
    }
  }

  @ParameterizedTest
  @EnumSource(OperatorCommand.Verb.class)
  void promise14PeopleAreToldWhatTheFunctionOperateHasRefused(OperatorCommand.Verb verb) {
    OperatorCommand given =
        given(
            verb,
            new OperatorCommand.About(
                Optional.of("blue/isolate-pod/1f8a3c9e5b7d2046"),
                Optional.of("blue/isolate-pod/uid-1"),
                Optional.of("7a1b2c3d"),
                Optional.of(T0),
                Optional.of("{\"fingerprint\":[\"x\"]}"),
                false));

    assertEquals(
        Set.of(), handle(message("cattleguard.operator", given.answered(Optional.of("not anna")))));

    assertEquals(1, people.delivered().size());
    assertTrue(told().contains("IGNORED") && told().contains("not anna"), told());
    assertEquals(0, developers.delivered().size());
  }

  @Test
  void promise14PeopleAreToldWhoStoppedTheRespondersAndWhyAndDevelopersAreNot() {
    OperatorCommand.About all = OperatorCommand.About.DEPLOYMENT;
    assertEquals(Set.of(), handle(command(OperatorCommand.Verb.STOP, all)));
    assertEquals(Set.of(), handle(command(OperatorCommand.Verb.STOP, all)), "delivered again");

    assertEquals(1, people.delivered().size());
    assertEquals(0, siem.delivered().size());
    assertEquals(0, developers.delivered().size());
    String message = told();
    for (String part :
        List.of(
            "Kill switch ON",
            "aws:AROAEXAMPLEID:on-call",
            "wrong pods",
            "./cattleguard resume --reason 'why'")) {
      assertTrue(message.contains(part), message);
    }
    assertFalse(message.contains("forged"), message);

    assertEquals(Set.of(), handle(command(OperatorCommand.Verb.RESUME, all)));
    assertEquals(2, people.delivered().size());
    assertEquals(
        Set.of(),
        handle(
            command(
                OperatorCommand.Verb.APPROVE,
                OperatorCommand.About.approval("blue/isolate-pod/1f8a3c9e5b7d2046"))));
    assertEquals(2, people.delivered().size(), "the outcome says it in the incident's thread");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no json",
        "[]",
        "{}",
        "{\"detail-type\":\"Alert Scored\"}",
        "{\"detail-type\":\"Alert Scored\",\"detail\":{\"alert\":7}}",
        "{\"detail-type\":\"Alert Accepted\",\"detail\":{}}",
        "{\"detail-type\":\"Something else\",\"detail\":{}}"
      })
  void promise1APoisonRecordFailsAloneAndStopsNobodyElse(String poison) {
    Set<String> failed =
        handle(new Message("m1", poison), message("m2", Notices.alert().id("a2").scored()));

    assertEquals(Set.of("m1"), failed);
    assertEquals(1, people.delivered().size());
    assertEquals(1, siem.delivered().size());
  }

  @Test
  void promise1AnAlertThatBreaksTheContractInsideFailsAlone() {
    Message countOfNone = message("m1", Notices.alert().id("a1").scored());
    String body = countOfNone.body().replace("\"count\":1,\"raw\"", "\"count\":0,\"raw\"");

    Set<String> failed =
        handle(new Message("m1", body), message("m2", Notices.alert().id("a2").scored()));

    assertFalse(body.equals(countOfNone.body()));
    assertEquals(Set.of("m1"), failed);
    assertEquals(1, siem.delivered().size());
  }

  @Test
  void onlyTheRecordWithAnOpenDeliveryFailsAndItsRedeliveryReachesOnlyWhoMissedIt() {
    people.answerWith(new Outcome.TryAgain(Duration.ofSeconds(30), "busy"));
    Message serious = message("m1", Notices.alert().id("a1").score(90).scored());
    Message slight = message("m2", Notices.alert().id("a2").score(10).scored());

    Set<String> first = handle(serious, slight);
    people.answerWith(new Outcome.Delivered());
    Set<String> second = handle(serious);

    assertEquals(Set.of("m1"), first);
    assertEquals(Set.of(), second);
    assertEquals(2, siem.delivered().size());
    assertEquals(1, people.delivered().size());
  }

  @Test
  void promise1WhatADestinationRejectsEndsInTheDeadLetterQueueAndIsLogged() {
    siem.answerWith(new Outcome.Rejected("Splunk rejected the token: code 4"));

    String log =
        logOf(
            () ->
                assertEquals(
                    Set.of("m1"), handle(message("m1", Notices.alert().id("a1").scored()))));

    assertEquals(1, people.delivered().size());
    assertEquals(1, log.lines().filter(line -> line.contains("Splunk rejected the token")).count());
  }

  /** infra/terraform/digest-timer.tf has the alarm on it. */
  @Test
  void promise6ADigestThatWaitsIsAMetric() {
    Owner shop = new Owner("shop", Optional.empty(), Map.of(), new Setting.From("SHOP_WEBHOOK"));
    Digest digest =
        new Digest(
            new Owners(LocalTime.MIDNIGHT, List.of(), List.of(shop)),
            new MapTable(),
            name -> Optional.empty(),
            (address, json, now) -> new Outcome.Delivered());
    digest.add(Notices.alert().of(AlertClass.CONFIGURATION).scored(), T0);
    Message timer = new Message("m1", "{\"detail-type\":\"Digest Timer\",\"detail\":{}}");

    String first = logOf(() -> assertEquals(Set.of(), handle(digest, T0, timer)));
    String later = logOf(() -> handle(digest, T0.plus(Duration.ofMinutes(90)), timer, timer));

    assertTrue(first.contains("\"digestsWaiting\":1,\"digestAgeMinutes\":0"), first);
    assertTrue(later.contains("\"digestsWaiting\":1,\"digestAgeMinutes\":90"), later);
    assertTrue(first.contains("SHOP_WEBHOOK is not set"), first);
  }

  @Test
  void promise3WhatWasMutedIsToldWhenTheTimerComesAfterTheEnd() {
    MapTable table = new MapTable();
    Instant end = T0.plus(Duration.ofHours(1));
    Message symptom = message("m1", Notices.alert().score(70).mutedUntil(end).scored());
    Message timer = new Message("t", "{\"detail-type\":\"Digest Timer\",\"detail\":{}}");

    assertEquals(Set.of(), handle(table, T0, symptom));
    assertEquals(0, people.delivered().size(), "muted");
    assertEquals(1, siem.delivered().size());
    assertEquals(Set.of(), handle(table, end.minusSeconds(1), timer));
    assertEquals(0, people.delivered().size(), "still muted");
    people.answerWith(new Outcome.TryAgain(Duration.ofSeconds(10), "away"));
    assertEquals(Set.of(), handle(table, end, timer), "the next timer does the same work");
    people.answerWith(new Outcome.Delivered());
    int tried = people.delivered().size();
    assertEquals(Set.of(), handle(table, end.plusSeconds(900), timer, timer));
    assertEquals(Set.of(), handle(table, end.plusSeconds(1_800), timer));

    assertEquals(tried + 1, people.delivered().size(), "told once");
    assertEquals(1, siem.delivered().size());
  }

  @Test
  void whatIsGivenUpAfterAWeekIsLogged() {
    MapTable table = new MapTable();
    Instant end = T0.plus(Duration.ofHours(1));
    Message timer = new Message("t", "{\"detail-type\":\"Digest Timer\",\"detail\":{}}");
    handle(table, T0, message("m1", Notices.alert().score(70).mutedUntil(end).scored()));
    people.answerWith(new Outcome.TryAgain(Duration.ofSeconds(10), "away"));

    String kept = logOf(() -> handle(table, end.plus(Duration.ofDays(7)), timer));
    String givenUp = logOf(() -> handle(table, end.plus(Duration.ofDays(8)), timer));
    String after = logOf(() -> handle(table, end.plus(Duration.ofDays(9)), timer));

    String words = "a muted alert could not be sent for 7 days";
    assertFalse(kept.contains(words), kept);
    assertTrue(givenUp.contains(words), givenUp);
    assertFalse(after.contains(words), after);
  }

  private Set<String> handle(MapTable table, Instant now, Message... batch) {
    Router router = new Router(PolicyDirectory.shipped());
    return new RouteHandler(
            router,
            new Dispatcher(
                Map.of("siem", siem, "security-channel", people, "developers-channel", developers),
                conversations),
            Optional.empty(),
            Optional.of(new MutedAlerts(router, table)),
            () -> {},
            publisher,
            () -> now)
        .handle(List.of(batch));
  }

  private Set<String> handle(Digest digest, Instant now, Message... batch) {
    return new RouteHandler(
            new Router(PolicyDirectory.shipped()),
            new Dispatcher(Map.of(), conversations),
            Optional.of(digest),
            publisher,
            () -> now)
        .handle(List.of(batch));
  }

  @Test
  void theSameRecordTwiceInOneBatchIsToldOnceAndFailsTogether() {
    siem.answerWith(new Outcome.TryAgain(Duration.ofSeconds(1), "busy"));

    Set<String> failed =
        handle(message("m1", Notices.alert().scored()), message("m2", Notices.alert().scored()));

    assertEquals(Set.of("m1", "m2"), failed);
    assertEquals(1, people.delivered().size());
  }

  @Test
  void theLogHoldsNoTextOfAnAlert() {
    people.answerWith(new Outcome.Rejected("Slack error: invalid_blocks"));
    String hostile = "<!channel> owned by s0mebody";

    String log =
        logOf(
            () -> {
              Set<String> failed =
                  handle(
                      message("m1", HostileNotices.everywhere(hostile).scored()),
                      message(
                          "m2", HostileNotices.everywhere(hostile).decided(ResponseOutcome.TAKEN)),
                      new Message("m3", "{\"x\": \"" + hostile + "\"}"),
                      new Message("m4", hostile));
              assertEquals(4, failed.size());
            });

    assertFalse(log.contains("s0mebody"), log);
    assertFalse(log.isEmpty());
  }

  private static String logOf(Runnable action) {
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    PrintStream out = System.out;
    try (PrintStream captured = new PrintStream(log, true, StandardCharsets.UTF_8)) {
      System.setOut(captured);
      action.run();
    } finally {
      System.setOut(out);
    }
    return log.toString(StandardCharsets.UTF_8);
  }
}
