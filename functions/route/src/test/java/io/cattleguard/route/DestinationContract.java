package io.cattleguard.route;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ResponseOutcome;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What holds for every destination; run against each. */
public abstract class DestinationContract {
  protected static final String NAME = "under-test";
  static final Instant NOW = T0.plusSeconds(60);

  /** One that works. */
  protected abstract Destination working();

  /** One that is overloaded, and asks for half a minute of rest. */
  protected abstract Destination busy();

  /** One that takes nothing, and never will. */
  protected abstract Destination refusing();

  /** One that lacks what it needs to be reached. */
  protected abstract Destination notConfigured();

  /** How many notices the working one has taken. */
  protected abstract int told();

  static List<Delivery> two() {
    return List.of(
        Notices.alert().id("a1").fingerprint("f1").to(NAME),
        Notices.alert().id("a2").fingerprint("f2").to(NAME));
  }

  @Test
  void whatItTakesIsDelivered() {
    List<Outcome> outcomes = working().deliver(two(), NOW);

    assertEquals(List.of(new Outcome.Delivered(), new Outcome.Delivered()), outcomes);
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

    assertEquals(List.of(new Outcome.Delivered()), outcomes);
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
