package io.cattleguard.respond.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.edge.port.VersionedTable.State;
import io.cattleguard.events.ResponseOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * A ledger in a table. Every write is conditional on the version that was read; no decision uses a
 * cached state.
 */
public final class StoredLedger implements Ledger {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int ATTEMPTS = 20;
  private static final Duration KEPT = Duration.ofDays(30);
  private static final String CONTAINMENT = "containment/";
  private static final String SWITCH = "kill-switch";

  /** The item that lists the live containments, each with the time at which it is due. */
  private static final String INDEX = "live-containments";

  /** The item that lists the clusters that have an index. */
  private static final String CLUSTERS = "clusters-with-containments";

  private final VersionedTable table;
  private final String prefix;

  /**
   * Serialises budget writes in this process, because many concurrent ones would mostly fail with
   * write conflicts. The table's condition still decides.
   */
  private final ReentrantLock turns = new ReentrantLock();

  /** Uses a table. */
  public StoredLedger(VersionedTable table) {
    this(table, "");
  }

  /** One cluster's part of a shared table. All clusters share the kill switch. */
  public static StoredLedger of(VersionedTable table, String cluster) {
    return new StoredLedger(table, cluster + "/");
  }

  /** As of the last look at the index. */
  private volatile List<String> unreadableContainments = List.of();

  private StoredLedger(VersionedTable table, String prefix) {
    this.table = table;
    this.prefix = prefix;
  }

  @Override
  public Claim claim(Key key, String alertId, Instant now, Duration hold) {
    String pk = pk(key);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<State> before = asking(() -> table.read(pk));
      JsonNode claim = before.map(state -> json(state)).orElse(JSON.createObjectNode());
      if (claim.has("outcome")) {
        Settlement settlement = settlement(claim);
        if (!settlement.maybeRetriedBy(alertId)) {
          return new Claim.Settled(settlement);
        }
      } else if (claim.has("heldUntil")) {
        Instant until = Instant.parse(claim.path("heldUntil").asText());
        if (until.isAfter(now)) {
          return new Claim.Held(claim.path("alertId").asText(), until);
        }
      }
      ObjectNode mine = JSON.createObjectNode();
      mine.put("alertId", alertId).put("heldUntil", now.plus(hold).toString());
      if (store(pk, before, mine, now)) {
        ObjectNode begun = JSON.createObjectNode().put("uid", key.uid());
        overwrite(answerPk(alertId, key.action()), begun, now);
        return new Claim.Granted(claim.has("heldUntil"));
      }
    }
    throw new Unavailable("too many concurrent writes to " + pk);
  }

  /**
   * Ends every unsettled claim. For a ledger that only one process uses, at its start: the holders
   * have ended, so waiting for them is pointless.
   */
  public void forgetHolders(Instant now) {
    for (State state : asking(() -> table.scan(prefix + "claim/"))) {
      if (json(state) instanceof ObjectNode claim && !claim.has("outcome")) {
        ObjectNode free = claim.deepCopy().put("heldUntil", Instant.EPOCH.toString());
        store(state.key(), Optional.of(state), free, now);
      }
    }
  }

  @Override
  public void withdraw(Key key, String alertId) {
    Optional<State> before = asking(() -> table.read(pk(key)));
    if (before.isPresent()
        && json(before.get()) instanceof ObjectNode claim
        && !claim.has("outcome")
        && claim.path("alertId").asText().equals(alertId)) {
      Instant now = Instant.parse(claim.path("heldUntil").asText());
      ObjectNode free = claim.deepCopy().put("heldUntil", Instant.EPOCH.toString());
      // Someone else who wrote in between has the claim now.
      if (store(pk(key), before, free, now)) {
        overwrite(answerPk(alertId, key.action()), JSON.createObjectNode(), now);
      }
    }
  }

  @Override
  public void expire(Key key, String alertId, Instant now) {
    Optional<State> before = asking(() -> table.read(pk(key)));
    if (before.isPresent()
        && json(before.get()) instanceof ObjectNode claim
        && !claim.has("outcome")
        && claim.path("alertId").asText().equals(alertId)) {
      // If someone else wrote in between, that claim stands.
      boolean unused =
          store(pk(key), before, claim.deepCopy().put("heldUntil", now.toString()), now);
    }
  }

  @Override
  public void settle(Key key, Settlement settlement) {
    ObjectNode settled = JSON.createObjectNode();
    settled.put("alertId", settlement.alertId());
    settled.put("outcome", settlement.outcome().jsonName());
    settled.put("explanation", settlement.explanation());
    settled.put("at", settlement.at().toString());
    settlement.leaseUntil().ifPresent(until -> settled.put("leaseUntil", until.toString()));
    // First the answer for a redelivery of this alert, then the settlement for other alerts.
    ObjectNode answer = settled.deepCopy().put("uid", key.uid());
    overwrite(answerPk(settlement.alertId(), key.action()), answer, settlement.at());
    overwrite(pk(key), settled, settlement.at());
  }

  @Override
  public boolean isActing(Key key, Instant now) {
    return asking(() -> table.read(pk(key)))
        .map(StoredLedger::json)
        .filter(claim -> claim.has("heldUntil") && !claim.has("unverified"))
        .filter(claim -> Instant.parse(claim.path("heldUntil").asText()).isAfter(now))
        .isPresent();
  }

  @Override
  public void suspend(Key key, Unverified unverified, Instant heldUntil) {
    ObjectNode mine = JSON.createObjectNode();
    mine.put("alertId", unverified.alertId()).put("heldUntil", heldUntil.toString());
    ObjectNode out = mine.putObject("unverified");
    out.put("playbook", unverified.playbook());
    out.put("since", unverified.since().toString());
    out.put("until", unverified.until().toString());
    out.put("taken", unverified.taken().toString());
    out.set("state", unverified.state());
    unverified.rooms().forEach(out.putArray("rooms")::add);
    out.put("scored", unverified.scoredJson());
    overwrite(pk(key), mine, heldUntil);
  }

  @Override
  public Optional<Unverified> suspended(Key key) {
    return asking(() -> table.read(pk(key)))
        .map(StoredLedger::json)
        .filter(claim -> claim.has("unverified"))
        .map(StoredLedger::unverified);
  }

  private static Unverified unverified(JsonNode claim) {
    JsonNode in = claim.path("unverified");
    List<String> rooms = new ArrayList<>();
    in.path("rooms").forEach(room -> rooms.add(room.asText()));
    return new Unverified(
        claim.path("alertId").asText(),
        in.path("playbook").asText(),
        Instant.parse(in.path("since").asText()),
        Instant.parse(in.path("until").asText()),
        Instant.parse(in.path("taken").asText()),
        in.path("state") instanceof ObjectNode state ? state : JSON.createObjectNode(),
        rooms,
        in.path("scored").asText());
  }

  @Override
  public Optional<Settlement> settled(Key key) {
    return asking(() -> table.read(pk(key)))
        .map(StoredLedger::json)
        .filter(claim -> claim.has("outcome"))
        .map(StoredLedger::settlement);
  }

  @Override
  public void reopen(Key key, Settlement settlement) {
    Optional<State> before = asking(() -> table.read(pk(key)));
    if (before.isPresent()
        && json(before.get()).has("outcome")
        && settlement(json(before.get())).equals(settlement)) {
      // If someone else wrote in between, that claim stands.
      store(pk(key), before, JSON.createObjectNode(), settlement.at());
    }
  }

  @Override
  public Optional<String> claimedByName(String action, String name) {
    return asking(() -> table.read(namePk(action, name)))
        .map(state -> json(state).path("uid").asText());
  }

  @Override
  public void nameClaim(Key key, String name, Instant now) {
    overwrite(namePk(key.action(), name), JSON.createObjectNode().put("uid", key.uid()), now);
  }

  @Override
  public Optional<Answer> answered(String alertId, String action) {
    Optional<Answer> answer =
        answer(alertId, action)
            .filter(stored -> stored.has("outcome"))
            .map(stored -> new Answer(stored.path("uid").asText(), settlement(stored)));
    answer
        .filter(one -> isClaimedBy(alertId, new Key(action, one.uid())))
        .ifPresent(one -> settle(new Key(action, one.uid()), one.settlement()));
    return answer;
  }

  @Override
  public Optional<String> begun(String alertId, String action) {
    return answer(alertId, action)
        .filter(answer -> answer.has("uid") && !answer.has("outcome"))
        .map(answer -> answer.path("uid").asText())
        .filter(uid -> isClaimedBy(alertId, new Key(action, uid)));
  }

  /** An attempt that was killed may have lost its claim to another alert since. */
  private boolean isClaimedBy(String alertId, Key key) {
    return asking(() -> table.read(pk(key)))
        .map(StoredLedger::json)
        .filter(claim -> !claim.has("outcome") && claim.path("alertId").asText().equals(alertId))
        .isPresent();
  }

  private Optional<JsonNode> answer(String alertId, String action) {
    return asking(() -> table.read(answerPk(alertId, action))).map(state -> json(state));
  }

  @Override
  public int spentByOthers(String budget, String spender, Instant since) {
    return (int)
        spends(asking(() -> table.read(budgetPk(budget)))).stream()
            .filter(spend -> at(spend).isAfter(since) && !isBy(spender, spend))
            .count();
  }

  private static boolean isBy(String spender, JsonNode spend) {
    return spend.path("spender").asText().equals(spender);
  }

  @Override
  public boolean spend(String budget, String spender, Instant now, Duration window, int max) {
    turns.lock();
    try {
      return spendInTurn(budget, spender, now, window, max);
    } finally {
      turns.unlock();
    }
  }

  private boolean spendInTurn(
      String budget, String spender, Instant now, Duration window, int max) {
    String pk = budgetPk(budget);
    Instant since = now.minus(window);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<State> before = asking(() -> table.read(pk));
      List<JsonNode> live =
          spends(before).stream().filter(spend -> at(spend).isAfter(since)).toList();
      if (live.stream().anyMatch(spend -> isBy(spender, spend))) {
        return true;
      }
      if (live.size() >= max) {
        return false;
      }
      ObjectNode next = JSON.createObjectNode();
      ArrayNode array = next.putArray("spends");
      live.forEach(array::add);
      array.addObject().put("spender", spender).put("at", now.toString());
      if (store(pk, before, next, now)) {
        return true;
      }
    }
    throw new Unavailable("too many concurrent writes to budget " + budget);
  }

  @Override
  public void giveBack(String budget, String spender) {
    turns.lock();
    try {
      giveBackInTurn(budget, spender);
    } finally {
      turns.unlock();
    }
  }

  private void giveBackInTurn(String budget, String spender) {
    String pk = budgetPk(budget);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<State> before = asking(() -> table.read(pk));
      List<JsonNode> spends = spends(before);
      ObjectNode next = JSON.createObjectNode();
      ArrayNode array = next.putArray("spends");
      spends.stream().filter(spend -> !isBy(spender, spend)).forEach(array::add);
      if (array.size() == spends.size() || store(pk, before, next, at(spends.get(0)))) {
        return;
      }
    }
    throw new Unavailable("too many concurrent writes to budget " + budget);
  }

  @Override
  public boolean halted() {
    return asking(() -> table.read(SWITCH))
        .map(state -> json(state).path("halted").asBoolean(true))
        .orElse(false);
  }

  @Override
  public void halt(Halt halt) {
    ObjectNode out = JSON.createObjectNode();
    out.put("halted", halt.on()).put("by", halt.by()).put("reason", halt.reason());
    out.put("at", halt.at().toString());
    overwrite(SWITCH, out, Instant.MAX);
  }

  /** An item that was written by hand may have nothing but the switch. */
  @Override
  public Optional<Halt> killSwitch() {
    return asking(() -> table.read(SWITCH))
        .map(StoredLedger::json)
        .map(
            in ->
                new Halt(
                    in.path("halted").asBoolean(true),
                    in.path("by").asText("unknown"),
                    in.path("reason").asText(""),
                    in.has("at") ? Instant.parse(in.path("at").asText()) : Instant.EPOCH));
  }

  /** The index comes first, so that no containment is ever missing in it. */
  @Override
  public void remember(Containment containment) {
    list(containment);
    overwrite(containmentPk(containment.key()), write(containment), Instant.MAX);
  }

  private static ObjectNode write(Containment containment) {
    ObjectNode out = JSON.createObjectNode();
    out.put("action", containment.action());
    out.put("uid", containment.uid());
    containment
        .failing()
        .ifPresent(
            failing ->
                out.put("failingSince", failing.since().toString())
                    .put("failures", failing.times())
                    .put("retryAt", failing.retryAt().toString()));
    containment
        .undo()
        .ifPresent(undo -> out.put("undoneBy", undo.by()).put("undoReason", undo.reason()));
    out.set("subject", containment.subject());
    out.put("playbook", containment.playbook());
    out.put("since", containment.since().toString());
    out.put("until", containment.until().toString());
    out.put("alertAt", containment.alertAt().toString());
    out.put("scored", containment.scoredJson());
    return out;
  }

  @Override
  public Optional<Containment> remembered(Key key) {
    return asking(() -> table.read(containmentPk(key)))
        .filter(StoredLedger::isThere)
        .map(this::containment);
  }

  @Override
  public Optional<Containment> change(Key key, UnaryOperator<Containment> change) {
    String pk = containmentPk(key);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<State> before = asking(() -> table.read(pk)).filter(StoredLedger::isThere);
      if (before.isEmpty()) {
        return Optional.empty();
      }
      Containment next = change.apply(containment(before.get()));
      list(next);
      if (store(pk, before, write(next), Instant.MAX)) {
        return Optional.of(next);
      }
    }
    throw new Unavailable("too many concurrent writes to " + pk);
  }

  /**
   * A table deletes without a condition, so an empty state takes the place of what is deleted. The
   * claim is freed only if it is the settled one of before.
   */
  @Override
  public void forget(Containment containment) {
    Optional<State> claim =
        asking(() -> table.read(pk(containment.key()))).filter(state -> json(state).has("outcome"));
    String pk = containmentPk(containment.key());
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<State> before = asking(() -> table.read(pk)).filter(StoredLedger::isThere);
      if (before.isEmpty() || !containment(before.get()).since().equals(containment.since())) {
        return;
      }
      if (store(pk, before, JSON.createObjectNode(), containment.until())) {
        claim.ifPresent(
            state -> {
              boolean unused =
                  store(state.key(), claim, JSON.createObjectNode(), containment.until());
            });
        unlist(indexKey(containment.key()), containment(before.get()).due());
        return;
      }
    }
    throw new Unavailable("too many concurrent writes to " + pk);
  }

  private static boolean isThere(State state) {
    return !state.text().equals("{}");
  }

  @Override
  public List<Containment> endedBy(Instant now) {
    List<Containment> ended = new ArrayList<>(listed(now));
    ended.removeIf(containment -> containment.due().isAfter(now));
    ended.sort(Comparator.comparing(Containment::due));
    return ended;
  }

  @Override
  public List<Containment> live() {
    return listed(Instant.MAX);
  }

  /** The containments that the index lists as due by then. */
  private List<Containment> listed(Instant dueBy) {
    List<Containment> found = new ArrayList<>();
    List<String> unreadable = new ArrayList<>();
    for (Map.Entry<String, Instant> entry : indexed().entrySet()) {
      if (entry.getValue().isAfter(dueBy)) {
        continue;
      }
      String pk = prefix + CONTAINMENT + entry.getKey();
      Optional<State> stored = asking(() -> table.read(pk)).filter(StoredLedger::isThere);
      if (stored.isEmpty()) {
        // A process was killed before it stored the containment, or after it deleted it.
        if (!dueBy.equals(Instant.MAX)) {
          unlist(entry.getKey(), entry.getValue());
        }
        continue;
      }
      try {
        found.add(containment(stored.get()));
      } catch (RuntimeException e) {
        // One of another version must not keep the others contained.
        unreadable.add(pk);
      }
    }
    unreadableContainments = List.copyOf(unreadable);
    return found;
  }

  /** The index. A table of an earlier version has none, so its containments are read once. */
  private Map<String, Instant> indexed() {
    Optional<State> stored = asking(() -> table.read(prefix + INDEX));
    if (stored.isPresent()) {
      Map<String, Instant> index = new TreeMap<>();
      json(stored.get())
          .path("due")
          .properties()
          .forEach(one -> index.put(one.getKey(), Instant.parse(one.getValue().asText())));
      return index;
    }
    Map<String, Instant> index = new TreeMap<>();
    for (State state : asking(() -> table.scan(prefix + CONTAINMENT))) {
      if (!isThere(state)) {
        continue;
      }
      Instant due = Instant.EPOCH;
      try {
        due = containment(state).due();
      } catch (RuntimeException e) {
        // Listed as due, so that it is reported.
      }
      index.put(state.key().substring((prefix + CONTAINMENT).length()), due);
    }
    register();
    ObjectNode out = JSON.createObjectNode();
    ObjectNode due = out.putObject("due");
    index.forEach((key, at) -> due.put(key, at.toString()));
    return store(prefix + INDEX, Optional.empty(), out, Instant.MAX) ? index : indexed();
  }

  private void register() {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<State> before = asking(() -> table.read(CLUSTERS));
      ObjectNode next = JSON.createObjectNode();
      ArrayNode names = next.putArray("prefixes");
      Set<String> all = prefixes(before);
      if (!all.add(prefix)) {
        return;
      }
      all.forEach(names::add);
      if (store(CLUSTERS, before, next, Instant.MAX)) {
        return;
      }
    }
    throw new Unavailable("too many concurrent writes to the list of clusters");
  }

  private static Set<String> prefixes(Optional<State> stored) {
    Set<String> all = new TreeSet<>();
    stored.ifPresent(state -> json(state).path("prefixes").forEach(one -> all.add(one.asText())));
    return all;
  }

  /** The parts of a shared table that have had containments, by cluster; an account's is "". */
  public static Map<String, StoredLedger> in(VersionedTable table) {
    Map<String, StoredLedger> all = new TreeMap<>();
    all.put("", new StoredLedger(table));
    for (String prefix : prefixes(asking(() -> table.read(CLUSTERS)))) {
      all.put(prefix.replaceFirst("/$", ""), new StoredLedger(table, prefix));
    }
    return all;
  }

  private void list(Containment containment) {
    String key = indexKey(containment.key());
    changeIndex(due -> due.put(key, containment.due().toString()));
  }

  /** Removes an entry, unless the object was contained again and is due at another time. */
  private void unlist(String key, Instant was) {
    changeIndex(
        due -> {
          if (due.path(key).asText().equals(was.toString())) {
            due.remove(key);
          }
        });
  }

  private String indexKey(Key key) {
    return containmentPk(key).substring((prefix + CONTAINMENT).length());
  }

  private void changeIndex(Consumer<ObjectNode> change) {
    indexed();
    turns.lock();
    try {
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        Optional<State> before = asking(() -> table.read(prefix + INDEX));
        ObjectNode next =
            before.isPresent() && json(before.get()) instanceof ObjectNode index
                ? index.deepCopy()
                : JSON.createObjectNode();
        String stored = next.toString();
        change.accept(next.withObjectProperty("due"));
        if (next.toString().equals(stored) || store(prefix + INDEX, before, next, Instant.MAX)) {
          return;
        }
      }
    } finally {
      turns.unlock();
    }
    throw new Unavailable("too many concurrent writes to the index of containments");
  }

  @Override
  public List<String> unreadableContainments() {
    return unreadableContainments;
  }

  private void overwrite(String pk, ObjectNode next, Instant at) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<State> before = asking(() -> table.read(pk));
      if (store(pk, before, next, at)) {
        return;
      }
    }
    throw new Unavailable("too many concurrent writes to " + pk);
  }

  private boolean store(String pk, Optional<State> before, ObjectNode next, Instant at) {
    long version = before.map(State::version).orElse(0L);
    Instant expires =
        at.equals(Instant.MAX) ? Instant.parse("2100-01-01T00:00:00Z") : at.plus(KEPT);
    return asking(
        () -> table.store(new State(pk, version + 1, next.toString()), version, expires).isEmpty());
  }

  private static List<JsonNode> spends(Optional<State> state) {
    List<JsonNode> spends = new ArrayList<>();
    state.ifPresent(one -> json(one).path("spends").forEach(spends::add));
    return spends;
  }

  private static Instant at(JsonNode spend) {
    return Instant.parse(spend.path("at").asText());
  }

  private static Settlement settlement(JsonNode in) {
    return new Settlement(
        in.path("alertId").asText(),
        ResponseOutcome.named(in.path("outcome").asText())
            .orElseThrow(() -> new Unavailable("unknown outcome in a stored claim: " + in)),
        in.path("explanation").asText(),
        Instant.parse(in.path("at").asText()),
        in.has("leaseUntil")
            ? Optional.of(Instant.parse(in.path("leaseUntil").asText()))
            : Optional.empty());
  }

  /**
   * Reads a containment. The first version wrote the subject's fields at the top level, and action
   * and UID in the key.
   */
  private Containment containment(State state) {
    JsonNode in = json(state);
    String named = state.key().substring((prefix + CONTAINMENT).length());
    int slash = named.indexOf('/');
    return new Containment(
        in.has("action") ? in.path("action").asText() : named.substring(0, Math.max(0, slash)),
        in.has("uid") && in.has("action") ? in.path("uid").asText() : named.substring(slash + 1),
        in.has("subject") ? in.path("subject") : in,
        in.path("playbook").asText(),
        Instant.parse(in.path("since").asText()),
        Instant.parse(in.path("until").asText()),
        Instant.parse(in.path(in.has("alertAt") ? "alertAt" : "since").asText()),
        failing(in),
        in.has("undoneBy")
            ? Optional.of(new Order(in.path("undoneBy").asText(), in.path("undoReason").asText()))
            : Optional.empty(),
        in.path("scored").asText());
  }

  private static Optional<Containment.Failing> failing(JsonNode in) {
    if (!in.has("failingSince")) {
      return Optional.empty();
    }
    Instant since = Instant.parse(in.path("failingSince").asText());
    return Optional.of(
        new Containment.Failing(
            since,
            in.path("failures").asInt(1),
            in.has("retryAt") ? Instant.parse(in.path("retryAt").asText()) : since));
  }

  private static JsonNode json(State state) {
    try {
      return JSON.readTree(state.text());
    } catch (JsonProcessingException e) {
      throw new Unavailable("ledger item " + state.key() + " is not JSON", e);
    }
  }

  private String containmentPk(Key key) {
    return prefix + CONTAINMENT + (key.action().isEmpty() ? "" : key.action() + "/") + key.uid();
  }

  private String pk(Key key) {
    return prefix + "claim/" + key.action() + "/" + key.uid();
  }

  private String answerPk(String alertId, String action) {
    return prefix + "answer/" + alertId + "/" + action;
  }

  private String namePk(String action, String name) {
    return prefix + "name/" + action + "/" + name;
  }

  private String budgetPk(String budget) {
    return prefix + "budget/" + budget;
  }

  private static <T> T asking(Supplier<T> question) {
    try {
      return question.get();
    } catch (Unavailable e) {
      throw new Unavailable("ledger unavailable: " + e.getMessage(), e);
    }
  }
}
