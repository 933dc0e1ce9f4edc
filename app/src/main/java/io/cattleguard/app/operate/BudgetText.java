package io.cattleguard.app.operate;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.BudgetName;
import io.cattleguard.respond.action.InWords;
import io.cattleguard.respond.ledger.SpentBudget;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The usage of a budget, as a line and as JSON. */
final class BudgetText {
  private BudgetText() {}

  static String line(Operations.Spent spent, Instant now) {
    SpentBudget budget = spent.budget();
    BudgetName name = BudgetName.read(budget.budget());
    return (budget.isUsedUp(now) ? "USED UP  " : "")
        + budget.used(now)
        + (budget.max() == 0 ? "" : " of " + budget.max())
        + (name.kind() == BudgetName.Kind.CIRCUIT_BREAKER ? " failed actions" : " objects")
        + (budget.window().isZero() ? "" : " in " + InWords.of(budget.window()))
        + "  "
        + name.inWords()
        + (name.of().isEmpty() ? "" : ", " + name.of())
        + (spent.cluster().isEmpty() ? "" : ", cluster " + spent.cluster())
        + budget
            .freeAt(now)
            .map(
                at ->
                    (budget.isUsedUp(now)
                            ? "; the next action is allowed at "
                            : "; the next one stops counting at ")
                        + at.truncatedTo(ChronoUnit.SECONDS))
            .orElse("");
  }

  static ObjectNode json(Operations.Spent spent, Instant now) {
    SpentBudget budget = spent.budget();
    BudgetName name = BudgetName.read(budget.budget());
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("budget", budget.budget()).put("kind", name.kind().jsonName());
    if (!name.playbook().isEmpty()) {
      out.put("playbook", name.playbook());
    }
    if (!name.only().isEmpty()) {
      out.put("only", name.only());
    }
    name.per().map(Budget.Per::word).ifPresent(per -> out.put("per", per));
    out.put("of", name.of()).put("cluster", spent.cluster()).put("used", budget.used(now));
    if (budget.max() > 0) {
      out.put("max", budget.max()).put("window", budget.window().toString());
    }
    out.put("usedUp", budget.isUsedUp(now)).put("lastAt", budget.at().getLast().toString());
    budget.freeAt(now).ifPresent(at -> out.put("freeAt", at.toString()));
    return out;
  }
}
