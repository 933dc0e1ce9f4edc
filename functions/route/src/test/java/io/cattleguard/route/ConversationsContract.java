package io.cattleguard.route;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tests that every store of conversations must pass. */
public abstract class ConversationsContract {
  private static final Conversation.Key KEY = new Conversation.Key("people", "f1");
  private static final Instant LATER = T0.plusSeconds(30);
  private static final Conversation SHOWN =
      new Conversation("1.1", T0, T0, LATER, told("f1", 10), false);

  private static Told told(String fingerprint, long count) {
    return Told.NOTHING.with(
        new Notice.Scored(
            Notices.alert()
                .fingerprint(fingerprint)
                .deviation("listener:tcp/9090")
                .repeated(count, T0)
                .scored()));
  }

  /** Empty ones. */
  protected abstract Conversations conversations();

  @Test
  void aDeliveryIsRememberedByItsIdAndNoOther() {
    Conversations conversations = conversations();
    conversations.remember("a@siem", T0);

    assertEquals(Set.of("a@siem"), conversations.delivered(Set.of("a@siem", "a@people", "b@siem")));
    assertEquals(Set.of(), conversations.delivered(Set.of("a@people")));
  }

  @Test
  void rememberingTwiceIsRememberingOnce() {
    Conversations conversations = conversations();
    conversations.remember("a@siem", T0);
    conversations.remember("a@siem", LATER);

    assertEquals(Set.of("a@siem"), conversations.delivered(Set.of("a@siem")));
  }

  @Test
  void moreDeliveriesThanOneRequestTakesAreAllKnown() {
    Conversations conversations = conversations();
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 150; i++) {
      conversations.remember("a" + i + "@siem", T0);
      ids.add("a" + i + "@siem");
    }

    assertEquals(ids, conversations.delivered(ids));
  }

  @Test
  void anIdMayBeLongAndHoldAnything() {
    Conversations conversations = conversations();
    String id = "pod shop/<!channel>\u202e".repeat(500) + "@people";
    conversations.remember(id, T0);

    assertEquals(Set.of(id), conversations.delivered(Set.of(id, id + "x")));
  }

  @Test
  void whatIsSavedIsFoundByDestinationAndIncident() {
    Conversations conversations = conversations();
    assertEquals(Optional.empty(), conversations.find(KEY));
    conversations.save(KEY, SHOWN);

    assertEquals(Optional.of(SHOWN), conversations.find(KEY));
    assertEquals(
        Optional.empty(), conversations.find(new Conversation.Key("others", KEY.incident())));
    assertEquals(
        Optional.empty(), conversations.find(new Conversation.Key(KEY.destination(), "f2")));
  }

  @Test
  void whatIsSavedLaterReplacesWhatWasSaved() {
    Conversations conversations = conversations();
    conversations.save(KEY, SHOWN);
    Conversation newer =
        new Conversation("2.2", LATER, LATER, LATER.plusMillis(1), told("f1", 1), true);
    conversations.save(KEY, newer);

    assertEquals(Optional.of(newer), conversations.find(KEY));
  }

  @Test
  void everythingThatIsToldIsFoundWhole() {
    Conversations conversations = conversations();
    Notices notices = Notices.alert().incident("i1", "shell", "miner");
    Told told =
        Told.NOTHING
            .with(new Notice.Scored(notices.scored()))
            .with(new Notice.Decided(notices.decided(ResponseOutcome.TAKEN)))
            .with(new Notice.Decided(containing(notices.decided(ResponseOutcome.TAKEN))))
            .with(new Notice.Decided(asking(notices.decided(ResponseOutcome.AWAITING_APPROVAL))))
            .with(new Notice.Scored(Notices.alert().rule(null).fingerprint("f9").scored()))
            .replied("0123456789ab");
    Conversation conversation = new Conversation("1.1", T0, T0.plusSeconds(1), LATER, told, true);

    assertEquals(conversation, conversations.save(KEY, conversation));
    assertEquals(Optional.of(conversation), conversations.find(KEY));
  }

  private static ResponseDecided containing(ResponseDecided decided) {
    return new ResponseDecided(
            decided.scored(),
            decided.playbook(),
            "isolate-pod",
            decided.target(),
            decided.outcome(),
            List.of(),
            decided.explanation(),
            decided.decidedAt(),
            T0.plusSeconds(3_600))
        .on("1111");
  }

  private static ResponseDecided asking(ResponseDecided decided) {
    return new ResponseDecided(
            decided.scored(),
            decided.playbook(),
            "pause-workload",
            decided.target(),
            decided.outcome(),
            List.of(),
            decided.explanation(),
            decided.decidedAt(),
            null)
        .answering(
            new ResponseDecided.Approval(
                "prod/pause-workload/1f8a", T0, true, List.of(), null, null, null),
            "waits");
  }

  @Test
  void whatAnotherBatchKnowsAboutTheSameMessageIsKept() {
    Conversations conversations = conversations();
    conversations.save(KEY, SHOWN);

    Conversation saved =
        conversations.save(
            KEY, new Conversation("1.1", T0.minusSeconds(1), T0, T0, told("f2", 1), false));

    assertTrue(saved.told().looksLike(told("f1", 10).merged(told("f2", 1))));
    assertEquals(2, saved.told().problems().size());
    assertEquals(T0, saved.lastAt());
    assertEquals(Optional.of(saved), conversations.find(KEY));
  }

  @Test
  void onlyOneMayPostAtATime() {
    Conversations conversations = conversations();

    assertTrue(conversations.claim(KEY, Optional.empty(), T0, LATER));
    assertFalse(conversations.claim(KEY, Optional.empty(), T0, LATER));
    assertFalse(conversations.claim(KEY, Optional.empty(), LATER.minusMillis(1), LATER));
    assertTrue(
        conversations.claim(new Conversation.Key("people", "f2"), Optional.empty(), T0, LATER));
  }

  @Test
  void ofManyAtOnceOneMayPost() {
    Conversations conversations = conversations();
    AtomicInteger claims = new AtomicInteger();

    IntStream.range(0, 16)
        .parallel()
        .forEach(
            ignored -> {
              if (conversations.claim(KEY, Optional.empty(), T0, LATER)) {
                claims.incrementAndGet();
              }
            });

    assertEquals(1, claims.get());
  }

  @Test
  void aClaimAloneIsNoConversation() {
    Conversations conversations = conversations();
    conversations.claim(KEY, Optional.empty(), T0, LATER);

    assertEquals(Optional.empty(), conversations.find(KEY));
  }

  @Test
  void aClaimWhoseHolderDiedLapses() {
    Conversations conversations = conversations();
    conversations.claim(KEY, Optional.empty(), T0, LATER);

    assertTrue(conversations.claim(KEY, Optional.empty(), LATER, LATER.plusSeconds(30)));
  }

  @Test
  void aReleasedClaimIsFree() {
    Conversations conversations = conversations();
    conversations.claim(KEY, Optional.empty(), T0, LATER);
    conversations.release(KEY);

    assertTrue(conversations.claim(KEY, Optional.empty(), T0, LATER));
  }

  @Test
  void aReleaseKeepsTheConversation() {
    Conversations conversations = conversations();
    conversations.save(KEY, SHOWN);
    conversations.claim(KEY, Optional.of(SHOWN), T0, LATER);
    conversations.release(KEY);

    assertEquals(Optional.of(SHOWN), conversations.find(KEY));
  }

  @Test
  void aCallerThatSawAnOlderStateMayNotPost() {
    Conversations conversations = conversations();
    conversations.save(KEY, SHOWN);

    assertFalse(conversations.claim(KEY, Optional.empty(), LATER, LATER.plusSeconds(30)));
    assertTrue(conversations.claim(KEY, Optional.of(SHOWN), LATER, LATER.plusSeconds(30)));
    conversations.save(KEY, new Conversation("2.2", LATER, LATER, LATER, told("f1", 1), false));
    assertFalse(conversations.claim(KEY, Optional.of(SHOWN), LATER, LATER.plusSeconds(30)));
  }
}
