package io.cattleguard.respond.action;

import io.cattleguard.events.ResponseDecided.Effect;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The parts of a budget's key in the ledger, as {@link Allowance} builds it.
 *
 * @param playbook whose budget it is; empty for those of all playbooks together
 * @param only which actions count, in words; empty if all that contain do
 * @param per the scope of a cap; the scope of a playbook's budget is not in the key
 * @param of the group that shares the budget, such as a workload; empty for the whole cluster
 */
public record BudgetName(
    Kind kind, String playbook, String only, Optional<Budget.Per> per, String of) {
  private static final Actions ACTIONS = Actions.registered();
  private static final String THAT_LIMIT = "actions that limit";
  private static final String CLUSTER = Budget.Per.CLUSTER.word();

  /** The kind of limit. */
  public enum Kind {
    /** A playbook's own budget. */
    PLAYBOOK,
    /** A cap of all playbooks together. */
    HOURLY_CAP,
    /** A repeat offender's limit, beyond which a stronger action is taken. */
    REPEAT_OFFENDER,
    /** Failed actions, after which responders only observe. */
    CIRCUIT_BREAKER;

    /** For machines: {@code hourly-cap}. */
    public String jsonName() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Reads a key. */
  public static BudgetName read(String key) {
    String first = before(key);
    String rest = after(key);
    return switch (first) {
      case Allowance.CIRCUIT_BREAKER ->
          new BudgetName(
              Kind.CIRCUIT_BREAKER, "", rest.isEmpty() ? "" : THAT_LIMIT, Optional.empty(), "");
      case Allowance.CAP ->
          before(rest).equals(Allowance.LIMITS) ? cap(THAT_LIMIT, after(rest)) : cap("", rest);
      case Allowance.REPEATS ->
          new BudgetName(
              Kind.REPEAT_OFFENDER,
              "",
              before(rest),
              Optional.of(Budget.Per.WORKLOAD),
              after(rest));
      default ->
          rest.equals(Allowance.CAP)
              ? new BudgetName(Kind.HOURLY_CAP, "", first, Optional.of(Budget.Per.CLUSTER), "")
              : ofPlaybook(first, rest);
    };
  }

  private static BudgetName cap(String only, String scope) {
    Optional<Budget.Per> per =
        Arrays.stream(Budget.Per.values())
            .filter(one -> one.word().equals(before(scope)))
            .findFirst();
    return new BudgetName(Kind.HOURLY_CAP, "", only, per, share(after(scope)));
  }

  /** Actions that only read have a separate budget in each playbook. */
  private static BudgetName ofPlaybook(String playbook, String rest) {
    boolean reads =
        ACTIONS.named(before(rest)).filter(one -> one.effect() == Effect.NONE).isPresent();
    return new BudgetName(
        Kind.PLAYBOOK,
        playbook,
        reads ? before(rest) : "",
        Optional.empty(),
        share(reads ? after(rest) : rest));
  }

  private static String share(String text) {
    return text.equals(CLUSTER) ? "" : text;
  }

  private static String before(String text) {
    int slash = text.indexOf('/');
    return slash < 0 ? text : text.substring(0, slash);
  }

  private static String after(String text) {
    int slash = text.indexOf('/');
    return slash < 0 ? "" : text.substring(slash + 1);
  }

  /** The name for people, without the group that shares it. */
  public String inWords() {
    return switch (kind) {
      case PLAYBOOK -> "playbook " + playbook + (only.isEmpty() ? "" : ", " + only);
      case HOURLY_CAP ->
          "hourly cap of the "
              + per.map(Budget.Per::word).orElse("deployment")
              + (only.isEmpty() ? "" : " for " + only);
      case REPEAT_OFFENDER -> "repeat offender, " + only;
      case CIRCUIT_BREAKER -> "circuit breaker" + (only.isEmpty() ? "" : " of " + only);
    };
  }
}
