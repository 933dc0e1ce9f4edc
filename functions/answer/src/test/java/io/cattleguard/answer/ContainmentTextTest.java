package io.cattleguard.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class ContainmentTextTest {
  private static final Instant SINCE = Instant.parse("2026-03-02T09:15:00Z");
  private static final Instant UNTIL = Instant.parse("2026-03-02T13:15:00Z");

  private final Containment held =
      new Containment(
          "isolate-pod",
          "uid-1",
          JsonNodeFactory.instance.objectNode(),
          "escape",
          SINCE,
          UNTIL,
          "{}");

  @Test
  void aLineSaysUntilWhenAndWhatBecameOfTheRelease() {
    assertEquals(
        "isolate-pod/uid-1  since 2026-03-02T09:15:00Z, until 2026-03-02T13:15:00Z, playbook"
            + " escape",
        line(held));
    assertEquals(
        "isolate-pod/uid-1  since 2026-03-02T09:15:00Z, its release was accepted at"
            + " 2026-03-02T13:15:02Z and its effect is not visible yet, playbook escape",
        line(held.acceptedAt(UNTIL.plusSeconds(2)).acceptedAt(UNTIL.plusSeconds(12))));
    assertEquals(
        "isolate-pod/uid-1  since 2026-03-02T09:15:00Z, its release has failed since"
            + " 2026-03-02T13:15:02Z, next attempt at 2026-03-02T13:16:02Z, playbook escape",
        line(held.failedAt(UNTIL.plusSeconds(2))));
    assertEquals(
        "isolate-pod/uid-1  since 2026-03-02T09:15:00Z, until 2026-03-02T09:16:00Z; undo requested"
            + " by ann@example.com, playbook escape",
        line(held.undoneBy(new OperatorOrder("ann@example.com", "ours"), SINCE.plusSeconds(60))));
  }

  @Test
  void onlyAReleaseThatWasAcceptedAndDoesNotShowIsSaidToBe() {
    assertEquals(
        "2026-03-02T13:15:02Z",
        ContainmentText.json(live(held.acceptedAt(UNTIL.plusSeconds(2))))
            .path("releaseAcceptedAt")
            .asText());
    assertFalse(
        ContainmentText.json(live(held.failedAt(UNTIL.plusSeconds(2)))).has("releaseAcceptedAt"));
  }

  private static String line(Containment containment) {
    return ContainmentText.line(live(containment));
  }

  private static Operations.Live live(Containment containment) {
    return new Operations.Live("isolate-pod/uid-1", "", containment);
  }
}
