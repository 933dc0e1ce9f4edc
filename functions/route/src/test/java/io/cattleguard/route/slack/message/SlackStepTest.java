package io.cattleguard.route.slack.message;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import io.cattleguard.route.Conversation;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Notices;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Told;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class SlackStepTest {
  private static final Instant NOW = T0.plusSeconds(3_600);
  private static final Conversation SHOWN = shown(Notices.alert().repeated(10, T0));

  private static Conversation shown(Notices notices) {
    Notice.About notice = new Notice.Scored(notices.scored());
    return new Conversation(
        "1.1", T0, NOW, NOW, Told.NOTHING.with(notice).replied(SlackStep.replyId(notice)), false);
  }

  private static SlackStep next(Notices notices, Conversation known, Instant now) {
    return SlackStep.next(new Notice.Scored(notices.scored()), Optional.of(known), now);
  }

  private static Told told(Conversation known, Notices notices) {
    return known.told().with(new Notice.Scored(notices.scored()));
  }

  @Test
  void anIncidentThatNobodyWasToldOfIsPosted() {
    Notice.About alert = new Notice.Scored(Notices.alert().scored());
    Notice.About outcome = new Notice.Decided(Notices.alert().decided(ResponseOutcome.TAKEN));

    assertEquals(
        new SlackStep.Post(Told.NOTHING.with(alert).replied(SlackStep.replyId(alert))),
        SlackStep.next(alert, Optional.empty(), NOW));
    assertEquals(
        new SlackStep.Post(Told.NOTHING.with(outcome)),
        SlackStep.next(outcome, Optional.empty(), NOW),
        "the outcome itself is still to be told in the thread");
  }

  @Test
  void aGraverAlertIsAReplyAtOnceAlsoIfTheMessageShowsAHigherCount() {
    Notices graver = Notices.alert().id("a9").repeated(9, T0).acceptance(Acceptance.ESCALATED);

    assertEquals(
        new SlackStep.Reply(SHOWN, told(SHOWN, graver), true),
        next(graver, SHOWN, NOW.plusSeconds(1)));
  }

  @Test
  void aCopyOfAnAlertThatWasToldIsNothing() {
    Notices graver = Notices.alert().repeated(10, T0).acceptance(Acceptance.ESCALATED);

    assertEquals(new SlackStep.Nothing(), next(graver, shown(graver), NOW.plusSeconds(1)));
  }

  @Test
  void anotherRuleOfTheIncidentIsAReplyThatNotifiesNobodyUnlessItIsGraver() {
    Conversation mild = shown(Notices.alert().severity(Severity.HIGH).score(60).incident("i"));
    Notices other = Notices.alert().id("b").fingerprint("f2").incident("i");

    for (SlackStep step :
        List.of(
            next(other.severity(Severity.HIGH).score(79), mild, NOW),
            next(other.severity(Severity.LOW).score(20), mild, NOW))) {
      assertFalse(assertInstanceOf(SlackStep.Reply.class, step).isBroadcast());
    }
    for (SlackStep step :
        List.of(
            next(other.severity(Severity.HIGH).score(80), mild, NOW),
            next(other.severity(Severity.CRITICAL).score(60), mild, NOW))) {
      assertTrue(assertInstanceOf(SlackStep.Reply.class, step).isBroadcast());
    }
  }

  @Test
  void theFirstAlertThatWasNotBlockedIsGraver() {
    Conversation blocked = shown(Notices.alert().traits("blocked").incident("i"));
    Notices free = Notices.alert().id("b").fingerprint("f2").incident("i");

    assertTrue(assertInstanceOf(SlackStep.Reply.class, next(free, blocked, NOW)).isBroadcast());
    assertFalse(
        assertInstanceOf(SlackStep.Reply.class, next(free.traits("blocked"), blocked, NOW))
            .isBroadcast());
  }

  @Test
  void aKnownProblemThatGetsMuchWorseIsAReply() {
    Conversation mild = shown(Notices.alert().score(60).incident("i"));
    Notices worse = Notices.alert().id("b").repeated(10, T0).score(80).incident("i");

    assertTrue(assertInstanceOf(SlackStep.Reply.class, next(worse, mild, NOW)).isBroadcast());
  }

  @Test
  void aHigherCountUpdatesTheMessageThirtySecondsAfterItWasLastShown() {
    Notices more = Notices.alert().repeated(100, T0.plusSeconds(60));

    assertEquals(
        new SlackStep.Update(SHOWN, told(SHOWN, more)),
        next(more, SHOWN, NOW.plus(SlackStep.BETWEEN_UPDATES)));
  }

  @Test
  void aHigherCountComesBackWhenItMayBeShown() {
    Notices more = Notices.alert().repeated(100, T0.plusSeconds(60));

    assertEquals(new SlackStep.Wait(Duration.ofSeconds(23)), next(more, SHOWN, NOW.plusSeconds(7)));
  }

  @Test
  void aCountThatIsShownAlreadyIsNotShownAgain() {
    Notices same = Notices.alert().repeated(10, T0);
    Notices less = Notices.alert().repeated(9, T0);

    assertEquals(new SlackStep.Nothing(), next(same, SHOWN, NOW.plusSeconds(60)));
    assertEquals(new SlackStep.Nothing(), next(less, SHOWN, NOW.plusSeconds(60)));
  }

  @Test
  void aMessageWhoseUpdateFailedIsUpdatedByTheNextNotice() {
    Conversation stale = new Conversation("1.1", T0, NOW, NOW, SHOWN.told(), true);

    assertInstanceOf(
        SlackStep.Update.class, next(Notices.alert().repeated(10, T0), stale, NOW.plusSeconds(60)));
  }

  @Test
  void aProblemThatOpensAgainIsANewMessageThoughItsCountIsLower() {
    Notices reopened = Notices.alert().opened(T0.plusSeconds(1));

    SlackStep.Post post = assertInstanceOf(SlackStep.Post.class, next(reopened, SHOWN, NOW));
    assertEquals(1, post.told().problems().getFirst().count());
    assertInstanceOf(
        SlackStep.Reply.class,
        next(
            Notices.alert().opened(T0.plusSeconds(1)).id("b").fingerprint("f2").incident("i"),
            shown(Notices.alert().incident("i")),
            NOW),
        "in an incident it is one more alert");
  }

  @Test
  void aLateNoticeOfAnEarlierProblemDoesNotChangeTheMessageOfTheLaterOne() {
    Notices earlier =
        Notices.alert().opened(T0.minusSeconds(90)).repeated(100, T0.minusSeconds(60));

    assertEquals(new SlackStep.Nothing(), next(earlier, SHOWN, NOW.plusSeconds(60)));
  }

  @Test
  void aMessageOfYesterdayIsNotUpdatedButPostedAnew() {
    Notices more = Notices.alert().id("b").repeated(100, T0.plusSeconds(60));

    SlackStep.Post post =
        assertInstanceOf(
            SlackStep.Post.class, next(more, SHOWN, NOW.plus(SlackStep.OLD).plusSeconds(1)));
    assertEquals(100, post.told().problems().getFirst().count());
  }

  @Test
  void updatesDoNotKeepAMessageYoung() {
    Instant posted = NOW.minus(SlackStep.OLD).minusSeconds(1);
    Conversation updated =
        new Conversation("1.1", T0, posted, NOW.minusSeconds(60), SHOWN.told(), false);

    assertInstanceOf(
        SlackStep.Post.class,
        next(Notices.alert().id("b").repeated(100, T0.plusSeconds(60)), updated, NOW));
  }

  @Test
  void aNewCriticalProblemNotifiesHoweverGraveTheMessageIsAlready() {
    Conversation grave = shown(Notices.alert().score(100).incident("i"));
    Notices other = Notices.alert().id("b").fingerprint("f2").incident("i");

    for (SlackStep step :
        List.of(
            next(other.severity(Severity.CRITICAL).score(60), grave, NOW),
            next(other.severity(Severity.HIGH).score(80), grave, NOW),
            next(other.severity(Severity.FATAL).score(100), grave, NOW))) {
      assertTrue(assertInstanceOf(SlackStep.Reply.class, step).isBroadcast());
    }
    for (SlackStep step :
        List.of(
            next(other.severity(Severity.HIGH).score(79), grave, NOW),
            next(other.severity(Severity.CRITICAL).score(100).traits("blocked"), grave, NOW))) {
      assertFalse(assertInstanceOf(SlackStep.Reply.class, step).isBroadcast());
    }
  }

  @Test
  void anOutcomeThatComesBeforeTheAlertOfANewCriticalProblemNotifies() {
    Conversation grave = shown(Notices.alert().score(100).incident("i"));
    Notices other = Notices.alert().id("b").fingerprint("f2").score(100).incident("i");
    Notice.About outcome = new Notice.Decided(other.decided(ResponseOutcome.TAKEN));

    assertTrue(
        assertInstanceOf(SlackStep.Reply.class, SlackStep.next(outcome, Optional.of(grave), NOW))
            .isBroadcast());
  }

  @Test
  void fourteenNewCriticalProblemsOfAWeekAllNotify() {
    Notices first = Notices.alert().score(100).incident("i");
    Conversation known = shown(first);
    for (int i = 1; i <= 14; i++) {
      Instant now = NOW.plus(Duration.ofHours(12L * i));
      Notices one =
          Notices.alert().id("n" + i).fingerprint("n" + i).score(100).opened(now).incident("i");
      SlackStep step = next(one, known, now);
      boolean posted = step instanceof SlackStep.Post;

      assertTrue(posted || ((SlackStep.Reply) step).isBroadcast(), "problem " + i);
      known =
          new Conversation(
              "1." + i, now, posted ? now : known.postedAt(), now, told(known, one), false);
    }
  }

  @Test
  void anOutcomeGoesToTheThreadOfItsAlertAtOnceAndAFailureNotifies() {
    Notice.About outcome = new Notice.Decided(Notices.alert().decided(ResponseOutcome.TAKEN));
    Notice.About failure = new Notice.Decided(Notices.alert().decided(ResponseOutcome.FAILED));

    assertEquals(
        new SlackStep.Reply(SHOWN, SHOWN.told().with(outcome), false),
        SlackStep.next(outcome, Optional.of(SHOWN), NOW));
    assertEquals(
        new SlackStep.Reply(SHOWN, SHOWN.told().with(failure), true),
        SlackStep.next(failure, Optional.of(SHOWN), NOW));
  }

  @Test
  void messagesToAChannelAreASecondApart() {
    SlackThrottle throttle = SlackThrottle.FREE.sent(NOW);

    assertEquals(Duration.ZERO, SlackThrottle.FREE.wait(NOW));
    assertEquals(Duration.ofSeconds(1), throttle.wait(NOW));
    assertEquals(Duration.ofMillis(400), throttle.wait(NOW.plusMillis(600)));
    assertEquals(Duration.ZERO, throttle.wait(NOW.plusSeconds(9)));
    assertEquals(Optional.empty(), throttle.refusal(NOW));
  }

  @Test
  void aChannelThatAskedForARestIsLeftAloneAndALaterShorterOneDoesNotShortenIt() {
    SlackThrottle throttle = SlackThrottle.FREE.held(NOW, Duration.ofSeconds(30)).sent(NOW);

    assertEquals(
        Optional.of(new Outcome.TryAgain(Duration.ofSeconds(30), "rate-limited by Slack")),
        throttle.refusal(NOW));
    assertEquals(Optional.empty(), throttle.refusal(NOW.plusSeconds(29)));
  }
}
