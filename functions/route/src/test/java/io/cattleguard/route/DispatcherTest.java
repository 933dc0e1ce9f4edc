package io.cattleguard.route;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class DispatcherTest {
  private static final Outcome LATER = new Outcome.TryAgain(Duration.ofSeconds(9), "busy");

  private final InMemoryDestination siem = new InMemoryDestination();
  private final InMemoryDestination people = new InMemoryDestination();
  private final InMemoryConversations conversations = new InMemoryConversations();

  private Dispatcher dispatcher() {
    return new Dispatcher(Map.of("siem", siem, "people", people), conversations);
  }

  private static List<Delivery> toBoth() {
    return List.of(Notices.alert().to("siem"), Notices.alert().to("people"));
  }

  private static String words(Dispatcher.Dispatched dispatched) {
    return dispatched.attempts().stream()
        .map(attempt -> attempt.delivery().destination() + " " + attempt.outcome().word())
        .collect(Collectors.joining(", "));
  }

  @Test
  void oneThatIsDownHoldsUpNoOtherAndOnlyItIsTriedAgain() {
    siem.answerWith(LATER);
    Dispatcher.Dispatched first = dispatcher().dispatch(toBoth(), T0);
    siem.answerWith(new Outcome.Delivered());
    Dispatcher.Dispatched second = dispatcher().dispatch(toBoth(), T0.plusSeconds(10));

    assertEquals("siem try-again, people delivered", words(first));
    assertEquals(1, first.open().size());
    assertEquals("people skipped, siem delivered", words(second));
    assertEquals(List.of(), second.open());
    assertEquals(1, people.delivered().size());
    assertEquals(1, siem.delivered().size());
  }

  @Test
  void promise4ABatchDeliveredTwiceTellsEverybodyOnce() {
    dispatcher().dispatch(toBoth(), T0);
    dispatcher().dispatch(toBoth(), T0.plusSeconds(1));

    assertEquals(1, people.delivered().size());
    assertEquals(1, siem.delivered().size());
  }

  @Test
  void promise4ACrashBetweenDeliveredAndRememberedTellsTwiceRatherThanNever() {
    Dispatcher forgetful =
        new Dispatcher(Map.of("siem", siem, "people", people), new BrokenConversations());

    Dispatcher.Dispatched first = forgetful.dispatch(toBoth(), T0);
    dispatcher().dispatch(toBoth(), T0.plusSeconds(1));

    assertEquals("siem delivered, people delivered", words(first));
    assertEquals(3, first.troubles().size());
    assertEquals(List.of(), first.open());
    assertEquals(2, people.delivered().size());
  }

  @Test
  void aDeliveryThatStandsInABatchTwiceIsMadeOnce() {
    Dispatcher.Dispatched dispatched =
        dispatcher().dispatch(List.of(Notices.alert().to("siem"), Notices.alert().to("siem")), T0);

    assertEquals("siem delivered", words(dispatched));
    assertEquals(1, siem.delivered().size());
  }

  @Test
  void aDestinationThatThrowsIsTriedAgainAndItsMessageIsNotRepeated() {
    Destination buggy =
        (deliveries, now) -> {
          throw new IllegalStateException("token s3cr3t");
        };

    Dispatcher.Dispatched dispatched =
        new Dispatcher(Map.of("siem", buggy, "people", people), conversations)
            .dispatch(toBoth(), T0);

    assertEquals("siem try-again, people delivered", words(dispatched));
    assertTrue(!dispatched.toString().contains("s3cr3t"), dispatched.toString());
  }

  @Test
  void aDestinationThatForgetsAnOutcomeIsTriedAgain() {
    Destination forgetful = (deliveries, now) -> List.of();

    Dispatcher.Dispatched dispatched =
        new Dispatcher(Map.of("siem", forgetful), conversations)
            .dispatch(List.of(Notices.alert().to("siem")), T0);

    assertEquals("siem try-again", words(dispatched));
  }

  @Test
  void aDestinationThatIsNotThereIsNotConfigured() {
    Dispatcher.Dispatched dispatched =
        new Dispatcher(Map.of("people", people), conversations).dispatch(toBoth(), T0);

    assertEquals("siem skipped, people delivered", words(dispatched));
    assertEquals(
        new Outcome.NotConfigured(
            "not configured: routes.yaml has no destination siem; add it again to send what is"
                + " kept for it"),
        dispatched.attempts().getFirst().outcome());
    assertEquals(List.of(), dispatched.open());
  }

  @Test
  void whatIsSkippedBecauseItIsNotConfiguredIsToldOnceItIs() {
    siem.answerWith(new Outcome.NotConfigured("not configured: TOKEN is not set"));
    dispatcher().dispatch(toBoth(), T0);
    siem.answerWith(new Outcome.Delivered());

    dispatcher().dispatch(toBoth(), T0.plusSeconds(1));

    assertEquals(1, siem.delivered().size());
  }

  @Test
  void aRejectedDeliveryStaysOpenAndIsNeverDroppedInSilence() {
    siem.answerWith(new Outcome.Rejected("Splunk cannot parse the event: code 6"));

    Dispatcher.Dispatched dispatched = dispatcher().dispatch(toBoth(), T0);

    assertEquals("siem rejected, people delivered", words(dispatched));
    assertEquals("siem", dispatched.open().getFirst().delivery().destination());
  }

  @Test
  void nothingToDeliverAsksNobody() {
    Dispatcher.Dispatched dispatched =
        new Dispatcher(Map.of(), new BrokenConversations()).dispatch(List.of(), T0);

    assertEquals(List.of(), dispatched.attempts());
    assertEquals(List.of(), dispatched.troubles());
  }
}
