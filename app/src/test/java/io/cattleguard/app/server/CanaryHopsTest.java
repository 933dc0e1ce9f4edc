package io.cattleguard.app.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.server.CanaryHops.Hop;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class CanaryHopsTest {
  private static final Instant SENT = TestAlerts.AT;
  private static final Instant DUE = SENT.plus(CanaryHops.PATIENCE).plusSeconds(1);
  private static final Duration INTERVAL = Duration.ofMinutes(15);

  private final CanaryHops hops = new CanaryHops(SENT.minusSeconds(60));

  private static Alert canary(Instant at) {
    return TestAlerts.alert("c", "Cattleguard canary", Severity.INFORMATIONAL)
        .target(TestAlerts.canary("c").target())
        .at(at)
        .build();
  }

  private void passAll(Instant at) {
    Arrays.stream(Hop.values()).forEach(hop -> hops.passed(hop, canary(at)));
  }

  @Test
  void nothingIsMissingBeforeTheFirstOneIsDue() {
    assertEquals(Optional.empty(), hops.missing(DUE));
    hops.sent(SENT);
    assertEquals(Optional.empty(), hops.missing(SENT.plus(CanaryHops.PATIENCE)));
  }

  @ParameterizedTest
  @EnumSource(Hop.class)
  void theFirstStepThatItDidNotPassIsNamed(Hop broken) {
    hops.sent(SENT);
    Arrays.stream(Hop.values())
        .filter(hop -> hop.compareTo(broken) < 0)
        .forEach(hop -> hops.passed(hop, canary(SENT)));

    assertEquals(Optional.of(broken), hops.missing(DUE));
    assertTrue(hops.inWords(DUE).orElseThrow().contains(" " + broken.word() + ";"));
  }

  @Test
  void theNextOneDoesNotExcuseTheOneThatIsMissing() {
    hops.sent(SENT);
    Instant next = SENT.plus(INTERVAL);
    hops.sent(next);

    assertEquals(Optional.of(Hop.DEDUPLICATE), hops.missing(next.plusSeconds(1)));
    passAll(next);
    assertEquals(Optional.empty(), hops.missing(next.plus(INTERVAL)));
  }

  @Test
  void anAlertThatLooksLikeOneIsNone() {
    hops.sent(SENT);
    passAll(SENT.minus(INTERVAL));
    hops.passed(Hop.DEDUPLICATE, TestAlerts.alert("a", "Cattleguard canary", Severity.LOW).build());

    assertEquals(Optional.of(Hop.DEDUPLICATE), hops.missing(DUE));
  }
}
