package io.cattleguard.respond.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/** Budgets, slots of concurrency limits, and marks: what took one, and when. */
final class Budgets {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final String MAX = "max";
  private static final String WINDOW = "windowMillis";

  /** The actions that need the slot of a concurrency limit. */
  private static final String ACTIONS = "actions";

  /** What takes from a budget or a limit, and for which action. */
  private record Spender(String name, Optional<String> action) {}

  private final LedgerItems items;
  private final String prefix;

  /**
   * Serialises budget writes in this process, because many concurrent ones would mostly fail with
   * write conflicts. The table's condition still decides.
   */
  private final ReentrantLock turns = new ReentrantLock();

  Budgets(LedgerItems items, String prefix) {
    this.items = items;
    this.prefix = prefix;
  }

  Map<String, Integer> spentByOthers(Collection<Ledger.Spent> asked) {
    Map<String, State> stored = new HashMap<>();
    items
        .readAll(asked.stream().map(spent -> budgetPk(spent.budget())).toList())
        .forEach(state -> stored.put(state.key(), state));
    Map<String, Integer> counts = new HashMap<>();
    for (Ledger.Spent spent : asked) {
      Optional<State> state = Optional.ofNullable(stored.get(budgetPk(spent.budget())));
      long others =
          spends(state).stream()
              .filter(spend -> at(spend).isAfter(spent.since()) && !isBy(spent.spender(), spend))
              .count();
      counts.put(spent.budget(), (int) others);
    }
    return counts;
  }

  private static boolean isBy(String spender, JsonNode spend) {
    return spend.path("spender").asText().equals(spender);
  }

  /** The most recent ones first. */
  List<SpentBudget> spent(int limit) {
    return items.listed(budgetPk(""), limit).stream()
        .map(this::spent)
        .filter(one -> !one.at().isEmpty())
        .toList();
  }

  private SpentBudget spent(State state) {
    JsonNode stored = LedgerJson.json(state);
    return new SpentBudget(
        state.key().substring(budgetPk("").length()),
        stored.path(MAX).asInt(),
        Duration.ofMillis(stored.path(WINDOW).asLong()),
        spends(Optional.of(state)).stream().map(Budgets::at).sorted().toList());
  }

  boolean spend(String budget, String spender, Instant now, Duration window, int max) {
    return spend(budgetPk(budget), new Spender(spender, Optional.empty()), now, window, max);
  }

  boolean takeSlot(String limit, Ledger.Key key, Instant now, Duration window, int slots) {
    Spender spender = new Spender(key.uid(), Optional.of(key.action()));
    return spend(slotPk(limit), spender, now, window, slots);
  }

  boolean mark(String what, String by, Instant now, Duration window, int max) {
    return spend(markPk(what), new Spender(by, Optional.empty()), now, window, max);
  }

  boolean isMarked(String what, Instant since) {
    return spends(items.read(markPk(what))).stream().anyMatch(mark -> at(mark).isAfter(since));
  }

  private boolean spend(String pk, Spender spender, Instant now, Duration window, int max) {
    turns.lock();
    try {
      return spendInTurn(pk, spender, now, window, max);
    } finally {
      turns.unlock();
    }
  }

  private boolean spendInTurn(String pk, Spender spender, Instant now, Duration window, int max) {
    Instant since = now.minus(window);
    for (int attempt = 0; attempt < LedgerItems.ATTEMPTS; attempt++) {
      Optional<State> before = items.read(pk);
      List<JsonNode> live =
          spends(before).stream().filter(spend -> at(spend).isAfter(since)).toList();
      List<JsonNode> others = live.stream().filter(spend -> !isBy(spender.name(), spend)).toList();
      if (others.size() >= max) {
        return false;
      }
      List<JsonNode> own = live.stream().filter(spend -> isBy(spender.name(), spend)).toList();
      Set<String> actions = new TreeSet<>();
      own.forEach(spend -> actions.addAll(actions(spend)));
      boolean isNew = spender.action().filter(actions::add).isPresent();
      Instant last = own.stream().map(Budgets::at).reduce(now, Budgets::later);
      if (!isNew && own.stream().anyMatch(spend -> !at(spend).isBefore(now))) {
        return true;
      }
      ObjectNode next = JSON.createObjectNode().put(MAX, max).put(WINDOW, window.toMillis());
      ArrayNode array = next.putArray("spends");
      others.forEach(array::add);
      ObjectNode mine = array.addObject().put("spender", spender.name()).put("at", last.toString());
      if (!actions.isEmpty()) {
        ArrayNode names = mine.putArray(ACTIONS);
        actions.forEach(names::add);
      }
      Instant kept = needed(now, window);
      if (pk.startsWith(budgetPk(""))
          ? items.store(pk, before, next, kept, budgetPk(""))
          : items.store(pk, before, next, kept)) {
        return true;
      }
    }
    throw new Unavailable("too many concurrent writes to " + pk);
  }

  void giveBack(String limit, Ledger.Key key) {
    turns.lock();
    try {
      giveBackInTurn(slotPk(limit), key.uid(), key.action());
    } finally {
      turns.unlock();
    }
  }

  private void giveBackInTurn(String pk, String spender, String action) {
    for (int attempt = 0; attempt < LedgerItems.ATTEMPTS; attempt++) {
      Optional<State> before = items.read(pk);
      List<JsonNode> spends = spends(before);
      ObjectNode next = JSON.createObjectNode();
      before.map(LedgerJson::json).filter(one -> one.has(MAX)).ifPresent(one -> copy(one, next));
      List<JsonNode> left =
          spends.stream()
              .flatMap(
                  spend ->
                      isBy(spender, spend) ? without(action, spend).stream() : Stream.of(spend))
              .toList();
      if (left.equals(spends)) {
        return;
      }
      next.putArray("spends").addAll(left);
      Instant latest =
          spends.stream().map(Budgets::at).max(Comparator.naturalOrder()).orElseThrow();
      Duration window = Duration.ofMillis(next.path(WINDOW).asLong());
      if (items.store(pk, before, next, needed(latest, window))) {
        return;
      }
    }
    throw new Unavailable("too many concurrent writes to " + pk);
  }

  /** The slot, if another action on the object needs it. */
  private static Optional<JsonNode> without(String action, JsonNode spend) {
    Set<String> actions = actions(spend);
    boolean wasNeeded = actions.remove(action);
    if (actions.isEmpty()) {
      return Optional.empty();
    }
    if (!wasNeeded) {
      return Optional.of(spend);
    }
    ObjectNode left = spend.deepCopy();
    ArrayNode names = left.putArray(ACTIONS);
    actions.forEach(names::add);
    return Optional.of(left);
  }

  private static Set<String> actions(JsonNode spend) {
    Set<String> actions = new TreeSet<>();
    spend.path(ACTIONS).forEach(name -> actions.add(name.asText()));
    return actions;
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  /**
   * Until when the table must keep it. Budgets are listed in this order, so most count from now.
   */
  private static Instant needed(Instant latest, Duration window) {
    return window.compareTo(LedgerItems.KEPT) > 0 ? latest.plus(window) : latest;
  }

  private static void copy(JsonNode from, ObjectNode to) {
    to.set(MAX, from.path(MAX));
    to.set(WINDOW, from.path(WINDOW));
  }

  private static List<JsonNode> spends(Optional<State> state) {
    List<JsonNode> spends = new ArrayList<>();
    state.ifPresent(one -> LedgerJson.json(one).path("spends").forEach(spends::add));
    return spends;
  }

  private static Instant at(JsonNode spend) {
    return Instant.parse(spend.path("at").asText());
  }

  private String budgetPk(String budget) {
    return prefix + "budget/" + budget;
  }

  /** Not below budgets: people would read that no action is allowed. */
  private String slotPk(String limit) {
    return prefix + "slot/" + limit;
  }

  private String markPk(String what) {
    return prefix + "mark/" + what;
  }
}
