package io.cattleguard.operate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorCommand.About;
import io.cattleguard.events.operator.OperatorCommand.Verb;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tests how often people are notified of refused attempts. */
final class ReportLimitTest {
  private static final Instant AT = TestSlack.NOW;
  private final ReportLimit limit = new ReportLimit();

  private static Report attempt(String user, Verb verb, Instant at) {
    return new Report(
        OperatorCommand.of(
            verb,
            new OperatorCommand.Who("slack:" + user, Optional.empty()),
            "why",
            at,
            Optional.empty(),
            About.DEPLOYMENT),
        "it may not");
  }

  private Optional<OperatorCommand> admit(String user, Verb verb, Instant at) {
    return limit.admit(attempt(user, verb, at), at);
  }

  @Test
  void whoTriesTheSameAgainIsToldOnceInTenMinutesWithTheirNumber() {
    OperatorCommand first = admit("U1", Verb.STOP, AT).orElseThrow();
    assertEquals(Optional.of("it may not"), first.ignored());
    assertFalse(first.isOpen());
    for (int i = 1; i < 600; i++) {
      assertTrue(admit("U1", Verb.STOP, AT.plusSeconds(i)).isEmpty());
    }

    String later =
        admit("U1", Verb.STOP, AT.plusSeconds(600)).flatMap(OperatorCommand::ignored).orElseThrow();
    assertTrue(later.contains("599 more attempts"), later);
  }

  @Test
  void anotherPersonAndAnotherCommandAreToldToo() {
    assertTrue(admit("U1", Verb.STOP, AT).isPresent());
    assertTrue(admit("U2", Verb.STOP, AT).isPresent());
    assertTrue(admit("U1", Verb.RESUME, AT).isPresent());
  }

  @Test
  void manyPeopleTogetherDoNotFloodTheChannel() {
    int told = 0;
    for (int i = 0; i < 5_000; i++) {
      told += admit("U" + i, Verb.STOP, AT.plusMillis(i)).isPresent() ? 1 : 0;
    }
    assertEquals(ReportLimit.MOST, told);
    assertTrue(admit("U0", Verb.STOP, AT.plusSeconds(606)).isPresent());
  }
}
