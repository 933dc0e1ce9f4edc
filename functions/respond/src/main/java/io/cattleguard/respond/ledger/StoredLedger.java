package io.cattleguard.respond.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.edge.port.VersionedTable.State;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** A ledger in a table. No decision uses a cached state. */
public final class StoredLedger implements Ledger {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String SWITCH = "kill-switch";

  private final LedgerItems items;
  private final Containments containments;
  private final Budgets budgets;
  private final Approvals approvals;
  private final String prefix;

  /** Uses a table. */
  public StoredLedger(VersionedTable table) {
    this(table, "");
  }

  /** One cluster's part of a shared table. All clusters share the kill switch. */
  public static StoredLedger of(VersionedTable table, String cluster) {
    return new StoredLedger(table, cluster + "/");
  }

  private StoredLedger(VersionedTable table, String prefix) {
    this.items = new LedgerItems(table);
    this.prefix = prefix;
    this.containments = new Containments(items, prefix, this::pk);
    this.budgets = new Budgets(items, prefix);
    this.approvals = new StoredApprovals(items, prefix);
  }

  @Override
  public Claim claim(Key key, String alertId, Instant now, Duration hold) {
    String pk = pk(key);
    for (int attempt = 0; attempt < LedgerItems.ATTEMPTS; attempt++) {
      Optional<State> before = items.read(pk);
      JsonNode claim = before.map(state -> LedgerJson.json(state)).orElse(JSON.createObjectNode());
      if (claim.has("outcome")) {
        Settlement settlement = LedgerJson.settlement(claim);
        if (!settlement.maybeRetriedBy(alertId)) {
          return new Claim.Settled(settlement);
        }
      } else if (claim.has("heldUntil")) {
        Instant until = Instant.parse(claim.path("heldUntil").asText());
        String holder = claim.path("alertId").asText();
        if (until.isAfter(now)) {
          return new Claim.Held(holder, until);
        }
        Optional<Answer> answer = answerOf(holder, key, claim);
        if (answer.isPresent()) {
          settle(key, answer.get().settlement());
          continue;
        }
      }
      boolean again = claim.has("heldUntil");
      ObjectNode mine = JSON.createObjectNode();
      mine.put("alertId", alertId).put("heldUntil", now.plus(hold).toString());
      mine.put("at", now.toString()).put("again", again);
      if (items.store(pk, before, mine, now)) {
        ObjectNode begun = JSON.createObjectNode().put("uid", key.uid());
        items.overwrite(answerPk(alertId, key.action()), begun, now);
        return new Claim.Granted(again);
      }
    }
    throw new Unavailable("too many concurrent writes to " + pk);
  }

  /**
   * The outcome of a holder that was killed after it had stored the answer to its own alert and
   * before it settled the claim. Its action was taken and reported, so no other attempt repeats it.
   */
  private Optional<Answer> answerOf(String holder, Key key, JsonNode claim) {
    Instant since = Instant.parse(claim.path("at").asText(Instant.EPOCH.toString()));
    return answer(holder, key.action())
        .filter(stored -> stored.has("outcome") && stored.path("uid").asText().equals(key.uid()))
        .map(stored -> new Answer(key.uid(), LedgerJson.settlement(stored)))
        .filter(one -> !one.settlement().at().isBefore(since));
  }

  /**
   * Ends every unsettled claim, and the turn of every sweep. For a ledger that only one process
   * uses, at its start: the holders have ended, so waiting for them is pointless.
   */
  public void forgetHolders(Instant now) {
    for (State state : items.scan(prefix + "claim/")) {
      // A verification that waits for a message continues when the message arrives.
      if (LedgerJson.json(state) instanceof ObjectNode claim
          && !claim.has("outcome")
          && !claim.has("unverified")) {
        ObjectNode free = claim.deepCopy().put("heldUntil", Instant.EPOCH.toString());
        items.store(state.key(), Optional.of(state), free, now);
      }
    }
    for (Containment one : live()) {
      if (one.turn().isPresent()) {
        change(one.key(), Containment::withoutTurn);
      }
    }
  }

  @Override
  public void withdraw(Key key, String alertId) {
    Optional<State> before = items.read(pk(key));
    if (before.isPresent()
        && LedgerJson.json(before.get()) instanceof ObjectNode claim
        && !claim.has("outcome")
        && claim.path("alertId").asText().equals(alertId)) {
      Instant now = Instant.parse(claim.path("heldUntil").asText());
      // An earlier attempt, which was killed, may have acted still.
      ObjectNode free =
          claim.path("again").asBoolean()
              ? claim.deepCopy().put("heldUntil", Instant.EPOCH.toString())
              : JSON.createObjectNode();
      // Another writer that came in between has the claim now.
      if (items.store(pk(key), before, free, now)) {
        items.overwrite(answerPk(alertId, key.action()), JSON.createObjectNode(), now);
      }
    }
  }

  @Override
  public void expire(Key key, String alertId, Instant now) {
    Optional<State> before = items.read(pk(key));
    if (before.isPresent()
        && LedgerJson.json(before.get()) instanceof ObjectNode claim
        && !claim.has("outcome")
        && claim.path("alertId").asText().equals(alertId)) {
      // If another writer came in between, its claim remains.
      boolean unused =
          items.store(pk(key), before, claim.deepCopy().put("heldUntil", now.toString()), now);
    }
  }

  @Override
  public void settle(Key key, Settlement settlement) {
    ObjectNode settled = LedgerJson.write(settlement);
    // First the answer for a redelivery of this alert, then the settlement for other alerts.
    ObjectNode answer = settled.deepCopy().put("uid", key.uid());
    items.overwrite(answerPk(settlement.alertId(), key.action()), answer, settlement.at());
    settleClaim(key, settlement, settled);
  }

  /**
   * If another alert has the claim or has settled it, only the answer of this late attempt is
   * stored.
   */
  private void settleClaim(Key key, Settlement settlement, ObjectNode settled) {
    String pk = pk(key);
    for (int attempt = 0; attempt < LedgerItems.ATTEMPTS; attempt++) {
      Optional<State> before = items.read(pk);
      if (before.map(LedgerJson::json).filter(claim -> isTakenOver(claim, settlement)).isPresent()
          || items.store(pk, before, settled, settlement.at())) {
        return;
      }
    }
    throw new Unavailable("too many concurrent writes to " + pk);
  }

  private static boolean isTakenOver(JsonNode claim, Settlement settlement) {
    if (claim.has("outcome")) {
      return LedgerJson.settlement(claim).staysBefore(settlement);
    }
    return claim.has("heldUntil")
        && !settlement.isOfAPerson()
        && !claim.path("alertId").asText().equals(settlement.alertId())
        && Instant.parse(claim.path("heldUntil").asText()).isAfter(settlement.at());
  }

  @Override
  public boolean isActing(Key key, Instant now) {
    return held(key, now).filter(claim -> !claim.has("unverified")).isPresent();
  }

  @Override
  public boolean isBeingVerified(Key key, Instant now) {
    return held(key, now).filter(claim -> claim.has("unverified")).isPresent();
  }

  private Optional<JsonNode> held(Key key, Instant now) {
    return items
        .read(pk(key))
        .map(LedgerJson::json)
        .filter(claim -> claim.has("heldUntil"))
        .filter(claim -> Instant.parse(claim.path("heldUntil").asText()).isAfter(now));
  }

  @Override
  public void suspend(Key key, Unverified unverified, Instant heldUntil) {
    ObjectNode mine = LedgerJson.write(unverified, heldUntil);
    String pk = pk(key);
    for (int attempt = 0; attempt < LedgerItems.ATTEMPTS; attempt++) {
      Optional<State> before = items.read(pk);
      if (before.map(LedgerJson::json).filter(claim -> isLost(claim, unverified)).isPresent()
          || items.store(pk, before, mine, heldUntil)) {
        return;
      }
    }
    throw new Unavailable("too many concurrent writes to " + pk);
  }

  private static boolean isLost(JsonNode claim, Unverified unverified) {
    return claim.has("outcome")
        || !claim.path("alertId").asText(unverified.alertId()).equals(unverified.alertId());
  }

  @Override
  public boolean beginCheck(Key key, Unverified read, Instant end, Instant heldUntil) {
    Optional<State> before = items.read(pk(key));
    return before
            .map(LedgerJson::json)
            .filter(claim -> claim.has("unverified"))
            .map(LedgerJson::unverified)
            .filter(read::equals)
            .isPresent()
        && items.store(
            pk(key), before, LedgerJson.write(read.checkedUntil(end), heldUntil), heldUntil);
  }

  @Override
  public Optional<Unverified> suspended(Key key) {
    return items
        .read(pk(key))
        .map(LedgerJson::json)
        .filter(claim -> claim.has("unverified"))
        .map(LedgerJson::unverified);
  }

  @Override
  public Optional<Settlement> settled(Key key) {
    return items
        .read(pk(key))
        .map(LedgerJson::json)
        .filter(claim -> claim.has("outcome"))
        .map(LedgerJson::settlement);
  }

  @Override
  public void reopen(Key key, Settlement settlement) {
    Optional<State> before = items.read(pk(key));
    if (before.isPresent()
        && LedgerJson.json(before.get()).has("outcome")
        && LedgerJson.settlement(LedgerJson.json(before.get())).equals(settlement)) {
      // If another writer came in between, its claim remains.
      items.store(pk(key), before, JSON.createObjectNode(), settlement.at());
    }
  }

  @Override
  public Optional<String> claimedByName(String action, String name) {
    return items
        .read(namePk(action, name))
        .map(state -> LedgerJson.json(state).path("uid").asText());
  }

  @Override
  public void nameClaim(Key key, String name, Instant now) {
    items.overwrite(namePk(key.action(), name), JSON.createObjectNode().put("uid", key.uid()), now);
  }

  @Override
  public Optional<Answer> answered(String alertId, String action) {
    Optional<Answer> answer =
        answer(alertId, action)
            .filter(stored -> stored.has("outcome"))
            .map(stored -> new Answer(stored.path("uid").asText(), LedgerJson.settlement(stored)));
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
    return items
        .read(pk(key))
        .map(LedgerJson::json)
        .filter(claim -> !claim.has("outcome") && claim.path("alertId").asText().equals(alertId))
        .isPresent();
  }

  private Optional<JsonNode> answer(String alertId, String action) {
    return items.read(answerPk(alertId, action)).map(state -> LedgerJson.json(state));
  }

  @Override
  public boolean halted() {
    return items
        .read(SWITCH)
        .map(state -> LedgerJson.json(state).path("halted").asBoolean(true))
        .orElse(false);
  }

  @Override
  public void changeSwitch(UnaryOperator<Optional<Halt>> change) {
    for (int attempt = 0; attempt < LedgerItems.ATTEMPTS; attempt++) {
      Optional<State> stored = items.read(SWITCH);
      Optional<Halt> before = stored.map(LedgerJson::halt);
      Optional<Halt> next = change.apply(before);
      if (next.isEmpty()
          || next.equals(before)
          || items.store(SWITCH, stored, LedgerJson.write(next.get()), Instant.MAX)) {
        return;
      }
    }
    throw new Unavailable("too many concurrent writes to " + SWITCH);
  }

  @Override
  public Optional<Halt> killSwitch() {
    return items.read(SWITCH).map(LedgerJson::halt);
  }

  @Override
  public Map<String, Integer> spentByOthers(Collection<Spent> asked) {
    return budgets.spentByOthers(asked);
  }

  @Override
  public List<SpentBudget> spent(int limit) {
    return budgets.spent(limit);
  }

  @Override
  public boolean spend(String budget, String spender, Instant now, Duration window, int max) {
    return budgets.spend(budget, spender, now, window, max);
  }

  @Override
  public boolean mark(String what, String by, Instant now, Duration window, int max) {
    return budgets.mark(what, by, now, window, max);
  }

  @Override
  public boolean isMarked(String what, Instant since) {
    return budgets.isMarked(what, since);
  }

  @Override
  public boolean takeSlot(String limit, Key key, Instant now, Duration window, int slots) {
    return budgets.takeSlot(limit, key, now, window, slots);
  }

  @Override
  public void giveBack(String limit, Key key) {
    budgets.giveBack(limit, key);
  }

  @Override
  public void remember(Containment containment) {
    containments.remember(containment);
  }

  @Override
  public Optional<Containment> remembered(Key key) {
    return containments.remembered(key);
  }

  @Override
  public Optional<Containment> change(Key key, UnaryOperator<Containment> change) {
    return containments.change(key, change);
  }

  @Override
  public void forget(Containment containment) {
    containments.forget(containment);
  }

  @Override
  public void noteRelease(Key key, Instant since, Instant at) {
    items.overwrite(
        releasePk(key),
        JSON.createObjectNode().put("since", since.toString()).put("at", at.toString()),
        at);
  }

  @Override
  public Optional<Release> lastRelease(Key key) {
    return items.read(releasePk(key)).map(LedgerJson::json).map(LedgerJson::release);
  }

  @Override
  public List<Containment> endedBy(Instant now) {
    return containments.endedBy(now);
  }

  @Override
  public List<Containment> live() {
    return containments.live();
  }

  @Override
  public List<String> unreadableContainments() {
    return containments.unreadableContainments();
  }

  @Override
  public Approvals approvals() {
    return approvals;
  }

  /** The parts of a shared table that have had containments, by cluster; an account's is "". */
  public static Map<String, StoredLedger> in(VersionedTable table) {
    Map<String, StoredLedger> all = new TreeMap<>();
    all.put("", new StoredLedger(table));
    for (String prefix :
        Containments.prefixes(new LedgerItems(table).read(Containments.CLUSTERS))) {
      all.put(prefix.replaceFirst("/$", ""), new StoredLedger(table, prefix));
    }
    return all;
  }

  private String pk(Key key) {
    return prefix + "claim/" + key.action() + "/" + key.uid();
  }

  private String releasePk(Key key) {
    return prefix + "release/" + key.action() + "/" + key.uid();
  }

  private String answerPk(String alertId, String action) {
    return prefix + "answer/" + alertId + "/" + action;
  }

  private String namePk(String action, String name) {
    return prefix + "name/" + action + "/" + name;
  }
}
