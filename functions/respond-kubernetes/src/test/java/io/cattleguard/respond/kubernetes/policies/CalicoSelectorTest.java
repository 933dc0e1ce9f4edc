package io.cattleguard.respond.kubernetes.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CalicoSelectorTest {
  private static final Map<String, String> LABELS =
      Map.of("app", "web", "projectcalico.org/namespace", "shop");

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "~~; true",
        "all(); true",
        "!all(); false",
        "app == 'web'; true",
        "app == \"web\"; true",
        "app == 'db'; false",
        "app != 'db'; true",
        "tier != 'front'; true",
        "has(app); true",
        "has(tier); false",
        "!has(tier); true",
        "app in {'db', 'web'}; true",
        "app in { 'db' }; false",
        "app not in {'db'}; true",
        "tier not in {'front'}; true",
        "has(tier) || app == 'web'; true",
        "has(tier) && app == 'web'; false",
        "!(has(tier) && app == 'web'); true",
        "has(tier) && has(x) || has(app); true",
        "projectcalico.org/namespace == 'shop'; true",
      })
  void aSelectorIsEvaluated(String selector, boolean matches) {
    assertEquals(Optional.of(matches), CalicoSelector.matches(selector, LABELS));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "app contains 'w'",
        "app starts with 'w'",
        "global()",
        "app == web",
        "app ==",
        "(has(app)",
        "has(app) has(tier)",
        "app == 'web",
        "projectcalico.org/serviceaccount == 'web'",
        "has(projectcalico.org/serviceaccount)",
        "pcsa.role not in {'web'}",
        "!has(pcns.team)",
        "§",
      })
  void whatIsNotEvaluatedIsSaid(String selector) {
    assertEquals(Optional.empty(), CalicoSelector.matches(selector, LABELS));
  }
}
