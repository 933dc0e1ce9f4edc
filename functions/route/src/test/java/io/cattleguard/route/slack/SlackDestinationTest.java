package io.cattleguard.route.slack;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.route.BrokenConversations;
import io.cattleguard.route.Conversation;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationContract;
import io.cattleguard.route.FakeServer;
import io.cattleguard.route.InMemoryConversations;
import io.cattleguard.route.Notices;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Setting;
import io.cattleguard.route.http.HttpPost;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SlackDestinationTest extends DestinationContract {
  private static final Instant NOW = T0.plusSeconds(60);
  private static final Outcome DELIVERED = new Outcome.Delivered();

  private final FakeSlack slack = new FakeSlack();
  private final InMemoryConversations conversations = new InMemoryConversations();
  private final List<Duration> pauses = new ArrayList<>();
  private final SlackDestination destination = destination(conversations);

  @AfterEach
  void slackHadNothingToObjectTo() {
    assertEquals(List.of(), slack.violations());
    slack.close();
  }

  private SlackDestination destination(Conversations memory) {
    return destination(
        memory, Map.of("TOKEN", FakeSlack.TOKEN, "CHANNEL", FakeSlack.CHANNEL), "/api/");
  }

  private SlackDestination destination(
      Conversations memory, Map<String, String> environment, String path) {
    return new SlackDestination(
        new SlackSettings(
            NAME,
            new Setting.From("TOKEN"),
            new Setting.From("CHANNEL"),
            slack.address().resolve(path)),
        name -> Optional.ofNullable(environment.get(name)),
        memory,
        new HttpPost(Duration.ofSeconds(2), Duration.ofMillis(500)),
        pauses::add);
  }

  @Override
  public Destination working() {
    return destination;
  }

  @Override
  public Destination busy() {
    slack.answer(new FakeServer.Scripted(429, Map.of("Retry-After", "30"), ""));
    return destination;
  }

  @Override
  public Destination refusing() {
    FakeServer.Scripted no =
        new FakeServer.Scripted(200, "{\"ok\":false,\"error\":\"channel_not_found\"}");
    slack.answer(no, no);
    return destination;
  }

  @Override
  public Destination notConfigured() {
    return destination(conversations, Map.of("CHANNEL", FakeSlack.CHANNEL), "/api");
  }

  @Override
  public int told() {
    return slack.messages().size();
  }

  private Outcome deliver(Delivery delivery, Instant now) {
    return destination.deliver(List.of(delivery), now).getFirst();
  }

  @Test
  void oneProblemIsOneMessageWhoseCountIsBroughtUpToDate() {
    deliver(Notices.alert().to(NAME), NOW);
    Outcome outcome =
        deliver(Notices.alert().repeated(100, T0.plusSeconds(50)).to(NAME), NOW.plusSeconds(31));

    assertEquals(DELIVERED, outcome);
    assertEquals(List.of("chat.postMessage", "chat.update"), slack.calls());
    assertEquals(1, slack.messages().size());
    assertTrue(slack.messages().getFirst().arguments().toString().contains("100 times"));
  }

  @Test
  void aCountThatComesTooSoonIsShownLaterAndNotLost() {
    deliver(Notices.alert().to(NAME), NOW);
    Delivery more = Notices.alert().repeated(10, T0.plusSeconds(5)).to(NAME);

    assertEquals(
        Duration.ofSeconds(25),
        assertInstanceOf(Outcome.TryAgain.class, deliver(more, NOW.plusSeconds(5))).after());
    assertEquals(DELIVERED, deliver(more, NOW.plusSeconds(30)));
    assertTrue(slack.messages().getFirst().arguments().toString().contains("10 times"));
  }

  @Test
  void theOutcomeGoesToTheThreadOfItsAlert() {
    deliver(Notices.alert().to(NAME), NOW);
    Outcome outcome =
        deliver(Notices.alert().outcomeTo(NAME, ResponseOutcome.TAKEN), NOW.plusSeconds(2));

    assertEquals(DELIVERED, outcome);
    assertEquals(1, slack.topLevel().size());
    List<FakeSlack.Posted> replies = slack.thread(slack.topLevel().getFirst());
    assertEquals(1, replies.size());
    assertTrue(replies.getFirst().arguments().toString().contains("delete-pod"));
  }

  @Test
  void anOutcomeWhoseAlertWasNotToldBringsTheAlertAlong() {
    Outcome outcome =
        deliver(Notices.alert().score(5).outcomeTo(NAME, ResponseOutcome.FAILED), NOW);

    assertEquals(DELIVERED, outcome);
    assertEquals(1, slack.topLevel().size());
    assertEquals(1, slack.thread(slack.topLevel().getFirst()).size());
  }

  @Test
  void anOutcomeWhoseReplyFailsIsRetriedWithoutPostingTheAlertAgain() {
    deliver(Notices.alert().to(NAME), NOW);
    slack.answer(new FakeServer.Scripted(503, ""));
    Delivery outcome = Notices.alert().outcomeTo(NAME, ResponseOutcome.TAKEN);

    assertInstanceOf(Outcome.TryAgain.class, deliver(outcome, NOW.plusSeconds(2)));
    assertEquals(DELIVERED, deliver(outcome, NOW.plusSeconds(60)));
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

    assertEquals(DELIVERED, deliver(spread.pod("web-2").to(NAME), NOW.plusSeconds(40)));
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
    assertEquals(
        DELIVERED,
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

    assertEquals(DELIVERED, deliver(Notices.alert().to(NAME), NOW.plusSeconds(11)));
  }

  @Test
  void twoBatchesAtOnceDoNotBothPostTheSameProblem() {
    conversations.claim(
        new Conversation.Key(NAME, "f1"), Optional.empty(), NOW, NOW.plusSeconds(30));

    Outcome outcome = deliver(Notices.alert().to(NAME), NOW.plusSeconds(1));

    assertInstanceOf(Outcome.TryAgain.class, outcome);
    assertEquals(0, slack.requests());
    assertEquals(DELIVERED, deliver(Notices.alert().to(NAME), NOW.plusSeconds(30)));
  }

  @Test
  void aMessageThatSomebodyDeletedIsPostedAnew() {
    deliver(Notices.alert().to(NAME), NOW);
    slack.deleteAll();

    Delivery more = Notices.alert().repeated(10, T0.plusSeconds(5)).to(NAME);
    assertEquals(DELIVERED, deliver(more, NOW.plusSeconds(40)));
    slack.deleteAll();
    Delivery outcome = Notices.alert().outcomeTo(NAME, ResponseOutcome.TAKEN);
    assertEquals(DELIVERED, deliver(outcome, NOW.plusSeconds(50)));
    assertEquals(1, slack.thread(slack.topLevel().getFirst()).size());
  }

  @Test
  void peopleAreToldEvenWhereTheMemoryIsOutOfReach() {
    Outcome outcome =
        destination(new BrokenConversations())
            .deliver(List.of(Notices.alert().to(NAME)), NOW)
            .getFirst();

    assertEquals(DELIVERED, outcome);
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
}
