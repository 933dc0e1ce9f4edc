package io.cattleguard.route.slack.message;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.route.Conversation;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Notices;
import io.cattleguard.route.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class SlackStepTest {
  private static final Instant NOW = T0.plusSeconds(3_600);
  private static final Conversation SHOWN = new Conversation("1.1", 10, T0, NOW);

  private static SlackStep next(ScoredAlert scored, Conversation known, Instant now) {
    return SlackStep.next(new Notice.Scored(scored), Optional.of(known), now);
  }

  @Test
  void aProblemThatNobodyWasToldOfIsPosted() {
    Notice alert = new Notice.Scored(Notices.alert().scored());
    Notice outcome = new Notice.Decided(Notices.alert().decided(ResponseOutcome.TAKEN));

    assertEquals(new SlackStep.Post(), SlackStep.next(alert, Optional.empty(), NOW));
    assertEquals(new SlackStep.Post(), SlackStep.next(outcome, Optional.empty(), NOW));
  }

  @Test
  void aGraverAlertIsAReplyAtOnceAlsoIfTheMessageShowsAHigherCount() {
    ScoredAlert graver = Notices.alert().repeated(9, T0).acceptance(Acceptance.ESCALATED).scored();
    ScoredAlert shown = Notices.alert().repeated(10, T0).acceptance(Acceptance.ESCALATED).scored();

    assertEquals(new SlackStep.Reply(SHOWN), next(graver, SHOWN, NOW.plusSeconds(1)));
    assertEquals(new SlackStep.Nothing(), next(shown, SHOWN, NOW.plusSeconds(1)));
  }

  @Test
  void aHigherCountUpdatesTheMessageThirtySecondsAfterItWasLastShown() {
    ScoredAlert more = Notices.alert().repeated(100, T0.plusSeconds(60)).scored();

    assertEquals(
        new SlackStep.Update(SHOWN), next(more, SHOWN, NOW.plus(SlackStep.BETWEEN_UPDATES)));
  }

  @Test
  void aHigherCountComesBackWhenItMayBeShown() {
    ScoredAlert more = Notices.alert().repeated(100, T0.plusSeconds(60)).scored();

    assertEquals(new SlackStep.Wait(Duration.ofSeconds(23)), next(more, SHOWN, NOW.plusSeconds(7)));
  }

  @Test
  void aCountThatIsShownAlreadyIsNotShownAgain() {
    ScoredAlert same = Notices.alert().repeated(10, T0).scored();
    ScoredAlert less = Notices.alert().repeated(9, T0).scored();

    assertEquals(new SlackStep.Nothing(), next(same, SHOWN, NOW.plusSeconds(60)));
    assertEquals(new SlackStep.Nothing(), next(less, SHOWN, NOW.plusSeconds(60)));
  }

  @Test
  void aProblemThatOpensAgainIsANewMessageThoughItsCountIsLower() {
    ScoredAlert reopened = Notices.alert().opened(T0.plusSeconds(1)).scored();

    assertEquals(new SlackStep.Post(), next(reopened, SHOWN, NOW));
  }

  @Test
  void aLateNoticeOfAnEarlierProblemDoesNotChangeTheMessageOfTheLaterOne() {
    ScoredAlert earlier =
        Notices.alert().opened(T0.minusSeconds(90)).repeated(100, T0.minusSeconds(60)).scored();

    assertEquals(new SlackStep.Nothing(), next(earlier, SHOWN, NOW.plusSeconds(60)));
  }

  @Test
  void aMessageOfYesterdayIsNotUpdatedButPostedAnew() {
    ScoredAlert more = Notices.alert().repeated(100, T0.plusSeconds(60)).scored();

    assertEquals(new SlackStep.Post(), next(more, SHOWN, NOW.plus(SlackStep.OLD).plusSeconds(1)));
  }

  @Test
  void anOutcomeGoesToTheThreadOfItsAlertAtOnce() {
    Notice outcome = new Notice.Decided(Notices.alert().decided(ResponseOutcome.TAKEN));

    assertEquals(new SlackStep.Reply(SHOWN), SlackStep.next(outcome, Optional.of(SHOWN), NOW));
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
