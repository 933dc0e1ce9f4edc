package io.cattleguard.route.slack;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import io.cattleguard.events.operator.CommandButton;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.route.BrokenConversations;
import io.cattleguard.route.Conversation;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.InMemoryConversations;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Notices;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.PolicyDestinationContract;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.http.FakeServer;
import io.cattleguard.route.http.HttpPost;
import io.cattleguard.route.slack.message.SlackView;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SlackDestinationTest extends PolicyDestinationContract {
  private static final Instant NOW = T0.plusSeconds(60);
  private final FakeSlack slack = new FakeSlack();
  private final InMemoryConversations conversations = new InMemoryConversations();
  private final List<Duration> pauses = new ArrayList<>();
  private final Destination destination = destination(conversations);

  @AfterEach
  void slackHadNothingToObjectTo() {
    assertEquals(List.of(), slack.violations());
    slack.close();
  }

  private Destination destination(Conversations memory) {
    return open(
        settings(slack.address()), secrets(environment(slack.address(), FakeSlack.TOKEN)), memory);
  }

  private Destination open(DestinationSettings settings, Secrets secrets, Conversations memory) {
    return new SlackDestination(
        (SlackSettings) settings, secrets, memory, new HttpPost(CONNECT, READ), pauses::add);
  }

  @Override
  protected Destination open(DestinationSettings settings, Secrets secrets) {
    return open(settings, secrets, conversations);
  }

  @Override
  protected String yaml(URI service) {
    return """
    {name: under-test, type: slack, token-from: TOKEN, channel-from: CHANNEL, api: "%s"}
    """
        .formatted(service.resolve("/api/"));
  }

  @Override
  protected Map<String, String> environment(URI service, String secret) {
    return Map.of("TOKEN", secret, "CHANNEL", FakeSlack.CHANNEL);
  }

  @Override
  protected Map.Entry<URI, String> service() {
    return Map.entry(slack.address(), FakeSlack.TOKEN);
  }

  @Override
  protected Destination busy() {
    slack.answer(new FakeServer.Scripted(429, Map.of("Retry-After", "30"), ""));
    return destination;
  }

  @Override
  protected Destination refusing() {
    FakeServer.Scripted no =
        new FakeServer.Scripted(200, "{\"ok\":false,\"error\":\"channel_not_found\"}");
    slack.answer(no, no);
    return destination;
  }

  @Override
  protected int told() {
    return slack.messages().size();
  }

  /** Delivers it; the outcome says whether the channel has something new. */
  private Outcome deliver(Delivery delivery, Instant now) {
    long before = shownInTheChannel();
    Outcome outcome = destination.deliver(List.of(delivery), now).getFirst();
    if (outcome instanceof Outcome.Delivered delivered) {
      assertEquals(shownInTheChannel() > before, delivered.notifies());
    }
    return outcome;
  }

  private long shownInTheChannel() {
    return slack.messages().stream()
        .map(FakeSlack.Posted::arguments)
        .filter(one -> !one.has("thread_ts") || one.path("reply_broadcast").asBoolean())
        .count();
  }

  @Test
  void oneProblemIsOneMessageWhoseCountIsBroughtUpToDate() {
    deliver(Notices.alert().to(NAME), NOW);
    Outcome outcome =
        deliver(Notices.alert().repeated(100, T0.plusSeconds(50)).to(NAME), NOW.plusSeconds(31));

    assertInstanceOf(Outcome.Delivered.class, outcome);
    assertEquals(List.of("chat.postMessage", "chat.update"), slack.calls());
    assertEquals(1, slack.messages().size());
    assertTrue(slack.messages().getFirst().arguments().toString().contains("100 times"));
  }

  @Test
  void theButtonsOfAMessageFollowItsState() {
    Destination withButtons =
        slack.destination(NAME, conversations, new SlackView(true, List.of(), Map.of()));
    Notices shell = Notices.alert().fingerprint("0123456789abcdef0123456789abcdef");
    ResponseDecided asked =
        shell
            .decided(ResponseOutcome.AWAITING_APPROVAL)
            .answering(
                new ResponseDecided.Approval(
                    "prod/delete-pod/1f8a",
                    T0.plusSeconds(900),
                    false,
                    List.of(),
                    null,
                    null,
                    null),
                "waits");
    ResponseDecided taken =
        new ResponseDecided(
                shell.scored(),
                asked.playbook(),
                asked.action(),
                asked.target(),
                ResponseOutcome.TAKEN,
                List.of(),
                "done",
                T0.plusSeconds(30),
                T0.plusSeconds(3_600))
            .on("1111");
    ResponseDecided released =
        new ResponseDecided(
            shell.scored(),
            asked.playbook(),
            asked.action(),
            asked.target(),
            ResponseOutcome.RELEASED,
            List.of(),
            "undone",
            T0.plusSeconds(60),
            null);
    List<List<String>> seen = new ArrayList<>();
    for (ResponseDecided one : List.of(asked, taken, released)) {
      Delivery delivery = new Delivery(NAME, new Notice.Decided(one), List.of("test"));
      assertInstanceOf(
          Outcome.Delivered.class,
          withButtons.deliver(List.of(delivery), NOW.plusSeconds(60L * seen.size())).getFirst());
      seen.add(commands(slack.topLevel().getFirst().arguments()));
    }

    List<String> silence = List.of("silence", "silence", "silence");
    assertEquals(
        List.of(
            Stream.concat(Stream.of("approve", "reject"), silence.stream()).toList(),
            Stream.concat(Stream.of("undo", "extend"), silence.stream()).toList(),
            silence),
        seen);
    assertEquals(1, slack.topLevel().size());
    assertEquals(3, slack.thread(slack.topLevel().getFirst()).size());
  }

  /** The commands of a message's buttons. */
  private static List<String> commands(JsonNode arguments) {
    List<String> commands = new ArrayList<>();
    for (JsonNode block : arguments.path("blocks")) {
      for (JsonNode element : block.path("elements")) {
        if (element.path("type").asText().equals("button")) {
          commands.add(CommandButton.read(element.path("value").asText()).command().jsonName());
        }
      }
    }
    return commands;
  }

  @Test
  void aGraverAlertIsAReplyThatTheChannelShowsAndTheMessageShowsItToo() {
    deliver(Notices.alert().to(NAME), NOW);
    Delivery graver =
        Notices.alert()
            .repeated(2, T0.plusSeconds(1))
            .acceptance(Acceptance.ESCALATED)
            .score(97)
            .to(NAME);

    assertInstanceOf(Outcome.Delivered.class, deliver(graver, NOW.plusSeconds(2)));

    assertEquals(List.of("chat.postMessage", "chat.postMessage", "chat.update"), slack.calls());
    FakeSlack.Posted message = slack.topLevel().getFirst();
    JsonNode reply = slack.thread(message).getFirst().arguments();
    assertTrue(reply.path("reply_broadcast").asBoolean());
    assertTrue(reply.toString().contains("Escalated · "), reply::toString);
    assertTrue(message.arguments().toString().contains("score 97"), "the message itself");
    assertInstanceOf(Outcome.Skipped.class, deliver(graver, NOW.plusSeconds(4)), "a copy");
  }

  @Test
  void aGraverAlertOfAProblemThatTheChannelDoesNotShowIsPosted() {
    Delivery graver = Notices.alert().acceptance(Acceptance.ESCALATED).to(NAME);

    assertInstanceOf(Outcome.Delivered.class, deliver(graver, NOW));

    assertEquals(List.of("chat.postMessage"), slack.calls());
    assertEquals(1, slack.topLevel().size());
  }

  @Test
  void aCountThatComesTooSoonIsShownLaterAndNotLost() {
    deliver(Notices.alert().to(NAME), NOW);
    Delivery more = Notices.alert().repeated(10, T0.plusSeconds(5)).to(NAME);

    assertEquals(
        Duration.ofSeconds(25),
        assertInstanceOf(Outcome.TryAgain.class, deliver(more, NOW.plusSeconds(5))).after());
    assertInstanceOf(Outcome.Delivered.class, deliver(more, NOW.plusSeconds(30)));
    assertTrue(slack.messages().getFirst().arguments().toString().contains("10 times"));
  }

  private static OperatorCommand stop() {
    return OperatorCommand.of(
            OperatorCommand.Verb.STOP,
            new OperatorCommand.Who("unix:on-call", Optional.of("<!channel> anna")),
            "wrong pods",
            T0,
            Optional.empty(),
            OperatorCommand.About.DEPLOYMENT)
        .carriedOut();
  }

  @Test
  void aKillSwitchHasAButtonToTurnItOffIfTheSettingsHaveButtons() {
    String plain = yaml(slack.address());
    for (String yaml :
        List.of(plain, plain.replace("type: slack,", "type: slack, buttons: true,"))) {
      open(
              settings(yaml),
              secrets(environment(slack.address(), FakeSlack.TOKEN)),
              new InMemoryConversations())
          .deliver(List.of(new Delivery("people", new Notice.Commanded(stop()), List.of())), T0);
    }

    List<String> posted = slack.topLevel().stream().map(Object::toString).toList();
    assertEquals(2, posted.size());
    assertFalse(posted.getFirst().contains("cattleguard.resume"), posted::toString);
    assertTrue(posted.getLast().contains("cattleguard.resume"), posted::toString);
  }

  @Test
  void aKillSwitchIsAMessageOfItsOwnBesideTheIncidents() {
    OperatorCommand stop = stop();

    List<Outcome> outcomes =
        destination.deliver(
            List.of(
                new Delivery("people", new Notice.Commanded(stop), List.of()),
                Notices.alert().to("people")),
            T0);

    assertTrue(outcomes.stream().allMatch(Outcome.Delivered.class::isInstance), outcomes::toString);
    assertEquals(2, slack.topLevel().size());
    assertTrue(slack.topLevel().toString().contains("Kill switch ON"), slack::toString);
    assertFalse(slack.topLevel().toString().contains("<!channel>"));
  }

  @Test
  void theOutcomeGoesToTheThreadOfItsAlert() {
    deliver(Notices.alert().to(NAME), NOW);
    Outcome outcome =
        deliver(Notices.alert().outcomeTo(NAME, ResponseOutcome.TAKEN), NOW.plusSeconds(2));

    assertInstanceOf(Outcome.Delivered.class, outcome);
    assertEquals(1, slack.topLevel().size());
    List<FakeSlack.Posted> replies = slack.thread(slack.topLevel().getFirst());
    assertEquals(1, replies.size());
    assertTrue(replies.getFirst().arguments().toString().contains("delete-pod"));
  }

  @Test
  void anOutcomeWhoseAlertWasNotToldBringsTheAlertAlong() {
    Outcome outcome =
        deliver(Notices.alert().score(5).outcomeTo(NAME, ResponseOutcome.FAILED), NOW);

    assertInstanceOf(Outcome.Delivered.class, outcome);
    assertEquals(1, slack.topLevel().size());
    assertEquals(1, slack.thread(slack.topLevel().getFirst()).size());
  }

  @Test
  void anOutcomeWhoseReplyFailsIsRetriedWithoutPostingTheAlertAgain() {
    deliver(Notices.alert().to(NAME), NOW);
    slack.answer(new FakeServer.Scripted(503, ""));
    Delivery outcome = Notices.alert().outcomeTo(NAME, ResponseOutcome.TAKEN);

    assertInstanceOf(Outcome.TryAgain.class, deliver(outcome, NOW.plusSeconds(2)));
    assertInstanceOf(Outcome.Delivered.class, deliver(outcome, NOW.plusSeconds(60)));
    assertEquals(1, slack.topLevel().size());
    assertEquals(1, slack.thread(slack.topLevel().getFirst()).size());
  }

  @Test
  void aStormInOneBatchIsOneMessageWithTheHighestCount() {
    List<Outcome> outcomes =
        destination.deliver(
            List.of(
                Notices.alert().id("a1").to(NAME),
                Notices.alert().id("a2").outcomeTo(NAME, ResponseOutcome.TAKEN),
                Notices.alert().id("a3").repeated(10, T0.plusSeconds(3)).to(NAME),
                Notices.alert().id("a4").repeated(100, T0.plusSeconds(4)).to(NAME)),
            NOW);

    assertEquals(
        List.of("skipped", "delivered", "skipped", "delivered"),
        outcomes.stream().map(Outcome::word).toList());
    assertEquals(1, slack.topLevel().size());
    assertTrue(slack.topLevel().getFirst().arguments().toString().contains("100 times"));
  }

  @Test
  void aKnownProblemOnANewPodUpdatesItsMessage() {
    deliver(Notices.alert().to(NAME), NOW);
    Notices spread = Notices.alert().repeated(2, T0.plusSeconds(40)).acceptance(Acceptance.SPREAD);

    assertInstanceOf(
        Outcome.Delivered.class, deliver(spread.pod("web-2").to(NAME), NOW.plusSeconds(40)));
    assertEquals(1, slack.messages().size());
    assertTrue(slack.messages().getFirst().arguments().toString().contains("web-2"));
  }

  @Test
  void messagesAreASecondApart() {
    destination.deliver(
        List.of(
            Notices.alert().id("a1").fingerprint("f1").to(NAME),
            Notices.alert().id("a2").fingerprint("f2").to(NAME),
            Notices.alert().id("a3").fingerprint("f3").to(NAME)),
        NOW);

    assertEquals(List.of(Duration.ofSeconds(1), Duration.ofSeconds(1)), pauses);
  }

  @Test
  void aRestThatSlackAsksForIsKeptWithoutAskingAgain() {
    slack.answer(new FakeServer.Scripted(429, Map.of("Retry-After", "30"), ""));
    deliver(Notices.alert().id("a1").fingerprint("f1").to(NAME), NOW);

    Outcome second =
        deliver(Notices.alert().id("a2").fingerprint("f2").to(NAME), NOW.plusSeconds(10));

    assertEquals(20, assertInstanceOf(Outcome.TryAgain.class, second).after().toSeconds());
    assertEquals(1, slack.requests());
    assertInstanceOf(
        Outcome.Delivered.class,
        deliver(Notices.alert().id("a2").fingerprint("f2").to(NAME), NOW.plusSeconds(31)));
  }

  @Test
  void ratelimitedWithHttp200IsARestToo() {
    slack.answer(
        new FakeServer.Scripted(
            200, Map.of("Retry-After", "7"), "{\"ok\":false,\"error\":\"ratelimited\"}"));

    Outcome outcome = deliver(Notices.alert().to(NAME), NOW);

    assertEquals(7, assertInstanceOf(Outcome.TryAgain.class, outcome).after().toSeconds());
  }

  @Test
  void aProblemThatCouldNotBePostedCanBePostedLater() {
    slack.answer(new FakeServer.Scripted(500, ""));
    deliver(Notices.alert().to(NAME), NOW);

    assertInstanceOf(
        Outcome.Delivered.class, deliver(Notices.alert().to(NAME), NOW.plusSeconds(11)));
  }

  @Test
  void twoBatchesAtOnceDoNotBothPostTheSameProblem() {
    conversations.claim(
        new Conversation.Key(NAME, "f1"), Optional.empty(), NOW, NOW.plusSeconds(30));

    Outcome outcome = deliver(Notices.alert().to(NAME), NOW.plusSeconds(1));

    assertInstanceOf(Outcome.TryAgain.class, outcome);
    assertEquals(0, slack.requests());
    assertInstanceOf(
        Outcome.Delivered.class, deliver(Notices.alert().to(NAME), NOW.plusSeconds(30)));
  }

  @Test
  void aMessageThatSomebodyDeletedIsPostedAnew() {
    deliver(Notices.alert().to(NAME), NOW);
    slack.deleteAll();

    Delivery more = Notices.alert().repeated(10, T0.plusSeconds(5)).to(NAME);
    assertInstanceOf(Outcome.Delivered.class, deliver(more, NOW.plusSeconds(40)));
    slack.deleteAll();
    Delivery outcome = Notices.alert().outcomeTo(NAME, ResponseOutcome.TAKEN);
    assertInstanceOf(Outcome.Delivered.class, deliver(outcome, NOW.plusSeconds(50)));
    assertEquals(1, slack.thread(slack.topLevel().getFirst()).size());
  }

  @Test
  void peopleAreToldEvenWhereTheMemoryIsOutOfReach() {
    Outcome outcome =
        destination(new BrokenConversations())
            .deliver(List.of(Notices.alert().to(NAME)), NOW)
            .getFirst();

    assertInstanceOf(Outcome.Delivered.class, outcome);
    assertEquals(1, slack.messages().size());
  }

  @Test
  void anAnswerThatIsNotSlacksIsTriedAgain() {
    slack.answer(new FakeServer.Scripted(200, "<html>sign in to the guest network</html>"));

    assertInstanceOf(Outcome.TryAgain.class, deliver(Notices.alert().to(NAME), NOW));
  }

  @Test
  void aRedirectIsNotFollowedWithTheToken() {
    slack.answer(new FakeServer.Scripted(302, Map.of("Location", "http://127.0.0.1:1/"), ""));

    assertInstanceOf(Outcome.Rejected.class, deliver(Notices.alert().to(NAME), NOW));
    assertEquals(1, slack.requests());
  }

  @Test
  void nobodyListeningIsTriedAgainAndTheRestOfTheBatchDoesNotWaitForIt() {
    slack.stop();

    List<Outcome> outcomes =
        destination.deliver(
            List.of(
                Notices.alert().id("a1").fingerprint("f1").to(NAME),
                Notices.alert().id("a2").fingerprint("f2").to(NAME)),
            NOW);

    assertEquals(Set.of("try-again"), Set.copyOf(outcomes.stream().map(Outcome::word).toList()));
    assertEquals(List.of(), pauses);
  }

  private static Notices ofIncident(String id, String rule, String... steps) {
    return Notices.alert().id(id).fingerprint("f-" + rule).rule(rule).incident("i1", steps);
  }

  @Test
  void alertsOfSeveralRulesInOneIncidentAreOneMessageAndItsThread() {
    deliver(ofIncident("a1", "Shell", "Shell").to(NAME), NOW);
    Notices beacon =
        ofIncident("a2", "Beacon", "Shell", "Beacon").severity(Severity.HIGH).score(70);
    deliver(beacon.to(NAME), NOW.plusSeconds(2));
    deliver(beacon.outcomeTo(NAME, ResponseOutcome.TAKEN), NOW.plusSeconds(4));

    FakeSlack.Posted message = slack.topLevel().getFirst();
    assertEquals(1, slack.topLevel().size());
    assertEquals(2, slack.thread(message).size(), "the second rule and the outcome");
    assertTrue(
        slack.thread(message).stream()
            .noneMatch(reply -> reply.arguments().path("reply_broadcast").asBoolean()),
        "neither is graver news");
    String shown = message.arguments().toString();
    for (String text :
        List.of(
            "Contained · Critical", "falco: Shell", "falco: Beacon", "Kill chain", "delete-pod")) {
      assertTrue(shown.contains(text), () -> text + " in " + shown);
    }
  }

  @Test
  void anUpdateThatFailsIsRetriedWithoutASecondReply() {
    deliver(ofIncident("a1", "Shell", "Shell").to(NAME), NOW);
    Delivery outcome = ofIncident("a1", "Shell", "Shell").outcomeTo(NAME, ResponseOutcome.TAKEN);
    // The reply succeeds, but the update of the message fails.
    slack.answerAfter(1, new FakeServer.Scripted(503, ""));

    assertInstanceOf(Outcome.TryAgain.class, deliver(outcome, NOW.plusSeconds(2)));
    assertTrue(slack.topLevel().getFirst().arguments().toString().contains("Open · "));
    assertInstanceOf(Outcome.Delivered.class, deliver(outcome, NOW.plusSeconds(60)));

    assertTrue(slack.topLevel().getFirst().arguments().toString().contains("Contained · "));
    assertEquals(1, slack.thread(slack.topLevel().getFirst()).size());
  }

  @Test
  void whatAnotherBatchToldMeanwhileIsShownByWhicheverIsLast() {
    deliver(ofIncident("a1", "Shell", "Shell").to(NAME), NOW);
    Conversation.Key key = new Conversation.Key(NAME, "i1");
    Conversation seen = conversations.find(key).orElseThrow();
    Conversations overtaken =
        new ForwardingConversations(conversations) {
          @Override
          public Optional<Conversation> find(Conversation.Key ignored) {
            return Optional.of(seen);
          }
        };
    deliver(
        ofIncident("a2", "Beacon", "Shell", "Beacon").outcomeTo(NAME, ResponseOutcome.TAKEN),
        NOW.plusSeconds(2));

    destination(overtaken)
        .deliver(List.of(ofIncident("a3", "Miner", "Shell", "Miner").to(NAME)), NOW.plusSeconds(3));

    String shown = slack.topLevel().getFirst().arguments().toString();
    assertTrue(shown.contains("falco: Beacon") && shown.contains("falco: Miner"), shown);
    assertTrue(shown.contains("Contained · "), shown);
  }

  /** Changes one answer of conversations. */
  private abstract static class ForwardingConversations implements Conversations {
    private final Conversations all;

    ForwardingConversations(Conversations all) {
      this.all = all;
    }

    @Override
    public Set<String> delivered(Set<String> deliveryIds) {
      return all.delivered(deliveryIds);
    }

    @Override
    public void remember(String deliveryId, Instant now) {
      all.remember(deliveryId, now);
    }

    @Override
    public boolean claim(
        Conversation.Key key, Optional<Conversation> seen, Instant now, Instant until) {
      return all.claim(key, seen, now, until);
    }

    @Override
    public Conversation save(Conversation.Key key, Conversation conversation) {
      return all.save(key, conversation);
    }

    @Override
    public void release(Conversation.Key key) {
      all.release(key);
    }
  }
}
