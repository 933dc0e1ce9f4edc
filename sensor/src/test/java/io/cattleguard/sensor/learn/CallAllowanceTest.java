package io.cattleguard.sensor.learn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class CallAllowanceTest {
  private static final Instant NOW = Instant.parse("2026-03-02T11:00:00Z");

  @Test
  void aQuietHourEarnsABurst() {
    CallAllowance allowance = new CallAllowance(NOW.minus(Duration.ofDays(1)));

    assertEquals(CallAllowance.BURST, calls(allowance, NOW));
  }

  @Test
  void inTheLongRunThereAreFourCallsAnHour() {
    CallAllowance allowance = new CallAllowance(NOW);
    int calls = 0;
    for (int minute = 0; minute < 24 * 60; minute++) {
      calls += calls(allowance, NOW.plus(Duration.ofMinutes(minute)));
    }

    assertEquals(24 * 4 + CallAllowance.BURST - 1, calls);
  }

  @Test
  void aSensorThatStartsHasOneCallAndOneThatCannotRememberHasNone() {
    assertEquals(1, calls(CallAllowance.ofOne(NOW), NOW));
    assertEquals(0, calls(CallAllowance.ofNone(NOW), NOW));
  }

  @Test
  void whatWasTakenIsRememberedInItsState() {
    CallAllowance before = new CallAllowance(NOW);
    int calls = calls(before, NOW);

    assertEquals(CallAllowance.BURST, calls);
    assertEquals(0, calls(new CallAllowance(before.state()), NOW));
  }

  @Test
  void aClockThatIsSetBackDelaysCallsByABurstAtMost() {
    CallAllowance allowance = new CallAllowance(NOW.plus(Duration.ofDays(365)));

    assertFalse(allowance.allows(NOW));
    CallAllowance later = new CallAllowance(NOW.plus(Duration.ofDays(365)));
    later.allows(NOW);
    assertTrue(
        new CallAllowance(NOW.plus(Duration.ofHours(1))).allows(NOW.plus(CallAllowance.INTERVAL)));
  }

  private static int calls(CallAllowance allowance, Instant now) {
    int calls = 0;
    while (allowance.allows(now)) {
      allowance.take(now);
      calls++;
    }
    return calls;
  }
}
