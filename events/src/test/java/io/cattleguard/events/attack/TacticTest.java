package io.cattleguard.events.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class TacticTest {
  @Test
  void theIdsAreThoseOfTheMatrixAndDifferFromEachOther() {
    assertEquals(14, new HashSet<>(Tactic.ids()).size());
    for (String id : Tactic.ids()) {
      assertEquals(Optional.of(id), Tactic.of(id).map(Tactic::id));
    }
  }

  @Test
  void commandAndControlComesBeforeExfiltrationAlthoughItsIdIsHigher() {
    assertEquals(
        Tactic.ids().indexOf("TA0010"), Tactic.ids().indexOf("TA0011") + 1, "order of the matrix");
  }

  @Test
  void aTagOfARuleIsReadByItsWord() {
    assertEquals(Optional.of(Tactic.LATERAL_MOVEMENT), Tactic.ofWord("lateral_movement"));
    assertEquals(Optional.empty(), Tactic.ofWord("Lateral Movement"));
    assertEquals(Optional.empty(), Tactic.of("TA9999"));
  }
}
