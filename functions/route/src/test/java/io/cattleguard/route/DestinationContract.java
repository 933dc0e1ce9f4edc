package io.cattleguard.route;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ResponseOutcome;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests that every destination must pass. */
public abstract class DestinationContract {
  protected static final String NAME = "under-test";
  static final Instant NOW = T0.plusSeconds(60);

  /** One that works. */
  protected abstract Destination working();

  /** An overloaded destination, which asks for a pause of half a minute. */
  protected abstract Destination busy();

  /** A destination that rejects every delivery for good. */
  protected abstract Destination refusing();

  /** A destination whose settings are incomplete. */
  protected abstract Destination notConfigured();

  /** The number of notices that the working destination has accepted. */
  protected abstract int told();

  static List<Delivery> two() {
    return List.of(
        Notices.alert().id("a1").fingerprint("f1").to(NAME),
        Notices.alert().id("a2").fingerprint("f2").to(NAME));
  }

  static List<String> words(List<Outcome> outcomes) {
    return outcomes.stream().map(Outcome::word).toList();
  }

  @Test
  void whatItTakesIsDelivered() {
    List<Outcome> outcomes = working().deliver(two(), NOW);

    assertEquals(List.of("delivered", "delivered"), words(outcomes));
    assertEquals(2, told());
  }

  @Test
  void anOutcomeOfAResponseIsDeliveredToo() {
    List<Outcome> outcomes =
        working()
            .deliver(
                List.of(
                    Notices.alert()
                        .outcomeTo(NAME, ResponseOutcome.REFUSED, "it is the last ready pod")),
                NOW);

    assertEquals(List.of("delivered"), words(outcomes));
    assertTrue(told() >= 1);
  }

  @Test
  void nothingToDeliverIsNoOutcome() {
    assertEquals(List.of(), working().deliver(List.of(), NOW));
    assertEquals(0, told());
  }

  @Test
  void whenItIsBusyEveryDeliveryIsToBeTriedAgainLater() {
    List<Outcome> outcomes = busy().deliver(two(), NOW);

    assertEquals(2, outcomes.size());
    for (Outcome outcome : outcomes) {
      Outcome.TryAgain tryAgain = assertInstanceOf(Outcome.TryAgain.class, outcome);
      assertEquals(30, tryAgain.after().toSeconds());
    }
  }

  @Test
  void aDestinationThatRefusesEverythingIsBlockedWithAReason() {
    List<Outcome> outcomes = refusing().deliver(two(), NOW);

    assertEquals(2, outcomes.size());
    for (Outcome outcome : outcomes) {
      assertTrue(!assertInstanceOf(Outcome.Blocked.class, outcome).reason().isEmpty());
    }
  }

  @Test
  void whatIsNotConfiguredSaysWhatIsMissing() {
    List<Outcome> outcomes = notConfigured().deliver(two(), NOW);

    assertEquals(2, outcomes.size());
    for (Outcome outcome : outcomes) {
      String reason = assertInstanceOf(Outcome.NotConfigured.class, outcome).reason();
      assertTrue(reason.startsWith("not configured: "), reason);
    }
  }
}
