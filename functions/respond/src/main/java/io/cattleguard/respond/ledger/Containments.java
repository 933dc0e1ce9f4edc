package io.cattleguard.respond.ledger;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable.State;
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
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** The stored containments, with an index of the live ones. */
final class Containments {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String CONTAINMENT = "containment/";

  /** The item that lists the live containments, each with the time at which it is due. */
  private static final String INDEX = "live-containments";

  /** The item that lists the clusters that have an index. */
  static final String CLUSTERS = "clusters-with-containments";

  /** Longer than a process takes to store what it has listed, plus the difference of two clocks. */
  private static final Duration STORING = Duration.ofMinutes(5);

  private final LedgerItems items;
  private final String prefix;

  /** The key of the claim on an object. */
  private final Function<Ledger.Key, String> claimPk;

  /**
   * In bytes, about 3,500 containments. The text is ASCII, except where a UID is not; the rest up
   * to the 400 KB of a DynamoDB item is room for that.
   */
  private static final int LARGEST_INDEX = 300_000;

  /**
   * Serialises writes to the index in this process, because many concurrent ones would mostly fail
   * with write conflicts. The table's condition still decides.
   */
  private final ReentrantLock turns = new ReentrantLock();

  /** As of the last read of the index. */
  private volatile List<String> unreadableContainments = List.of();

  Containments(LedgerItems items, String prefix, Function<Ledger.Key, String> claimPk) {
    this.items = items;
    this.prefix = prefix;
    this.claimPk = claimPk;
  }

  private Containment read(State state) {
    return LedgerJson.containment(state, state.key().substring((prefix + CONTAINMENT).length()));
  }

  void remember(Containment containment) {
    String pk = containmentPk(containment.key());
    for (int attempt = 0; attempt < LedgerItems.ATTEMPTS; attempt++) {
      Optional<State> before = items.read(pk);
      Optional<Containment> is = before.flatMap(this::readable);
      Containment next = is.map(containment::over).orElse(containment);
      if (store(before, is, next)) {
        return;
      }
    }
    throw new Unavailable("too many concurrent writes to " + pk);
  }

  /**
   * Stores a containment. The index has it first, so that none is ever missing in it, and never
   * with a later time than the stored one: a process may be killed in between.
   */
  private boolean store(Optional<State> before, Optional<Containment> is, Containment next) {
    Instant due = next.due();
    Instant first = is.map(Containment::due).filter(due::isAfter).orElse(due);
    list(next.key(), first);
    if (!items.store(containmentPk(next.key()), before, LedgerJson.write(next), Instant.MAX)) {
      return false;
    }
    if (due.isAfter(first)) {
      listLater(next.key(), first, due);
    }
    return true;
  }

  private Optional<Containment> readable(State state) {
    try {
      return isThere(state) ? Optional.of(read(state)) : Optional.empty();
    } catch (RuntimeException e) {
      // A containment that this version cannot read is replaced.
      return Optional.empty();
    }
  }

  Optional<Containment> remembered(Ledger.Key key) {
    return items.read(containmentPk(key)).filter(Containments::isThere).map(this::read);
  }

  Optional<Containment> change(Ledger.Key key, UnaryOperator<Containment> change) {
    String pk = containmentPk(key);
    for (int attempt = 0; attempt < LedgerItems.ATTEMPTS; attempt++) {
      Optional<State> before = items.read(pk).filter(Containments::isThere);
      if (before.isEmpty()) {
        return Optional.empty();
      }
      Containment is = read(before.get());
      Containment next = change.apply(is);
      if (next.equals(is)) {
        return Optional.of(is);
      }
      if (store(before, Optional.of(is), next)) {
        return Optional.of(next);
      }
    }
    throw new Unavailable("too many concurrent writes to " + pk);
  }

  /**
   * A table cannot delete on a condition, so an empty state replaces the containment. The claim is
   * freed only if it is still the same settled claim.
   */
  void forget(Containment containment) {
    Optional<State> claim =
        items
            .read(claimPk.apply(containment.key()))
            .filter(state -> LedgerJson.json(state).has("outcome"))
            .filter(state -> !LedgerJson.settlement(LedgerJson.json(state)).isOfAPerson());
    String pk = containmentPk(containment.key());
    for (int attempt = 0; attempt < LedgerItems.ATTEMPTS; attempt++) {
      Optional<State> before = items.read(pk).filter(Containments::isThere);
      if (before.isEmpty() || !read(before.get()).isForgottenAs(containment)) {
        return;
      }
      if (items.store(pk, before, JSON.createObjectNode(), containment.until())) {
        claim.ifPresent(
            state -> {
              boolean unused =
                  items.store(state.key(), claim, JSON.createObjectNode(), containment.until());
            });
        unlist(indexKey(containment.key()), read(before.get()).due());
        return;
      }
    }
    throw new Unavailable("too many concurrent writes to " + pk);
  }

  private static boolean isThere(State state) {
    return !state.text().equals("{}");
  }

  List<Containment> endedBy(Instant now) {
    List<Containment> ended = new ArrayList<>(listed(now));
    ended.removeIf(containment -> containment.due().isAfter(now));
    ended.sort(Comparator.comparing(Containment::due));
    return ended;
  }

  List<Containment> live() {
    return listed(Instant.MAX);
  }

  List<String> unreadableContainments() {
    return unreadableContainments;
  }

  private String containmentPk(Ledger.Key key) {
    return prefix + CONTAINMENT + (key.action().isEmpty() ? "" : key.action() + "/") + key.uid();
  }

  /** The index. A table of an earlier version has none, so its containments are read once. */
  private Map<String, Instant> indexed() {
    Optional<State> stored = items.read(prefix + INDEX);
    if (stored.isPresent()) {
      Map<String, Instant> index = new TreeMap<>();
      LedgerJson.json(stored.get())
          .path("due")
          .properties()
          .forEach(one -> index.put(one.getKey(), Instant.parse(one.getValue().asText())));
      return index;
    }
    Map<String, Instant> index = new TreeMap<>();
    for (State state : items.scan(prefix + CONTAINMENT)) {
      if (!isThere(state)) {
        continue;
      }
      Instant due = Instant.EPOCH;
      try {
        due = read(state).due();
      } catch (RuntimeException e) {
        // Listed as due, so that it is reported.
      }
      index.put(state.key().substring((prefix + CONTAINMENT).length()), due);
    }
    register(items, prefix);
    ObjectNode out = JSON.createObjectNode();
    ObjectNode due = out.putObject("due");
    index.forEach((key, at) -> due.put(key, at.toString()));
    return items.store(prefix + INDEX, Optional.empty(), out, Instant.MAX) ? index : indexed();
  }

  /** Adds a cluster's part of the table to the list of those that have something to sweep. */
  static void register(LedgerItems items, String prefix) {
    for (int attempt = 0; attempt < LedgerItems.ATTEMPTS; attempt++) {
      Optional<State> before = items.read(CLUSTERS);
      ObjectNode next = JSON.createObjectNode();
      ArrayNode names = next.putArray("prefixes");
      Set<String> all = prefixes(before);
      if (!all.add(prefix)) {
        return;
      }
      all.forEach(names::add);
      if (items.store(CLUSTERS, before, next, Instant.MAX)) {
        return;
      }
    }
    throw new Unavailable("too many concurrent writes to the list of clusters");
  }

  static Set<String> prefixes(Optional<State> stored) {
    Set<String> all = new TreeSet<>();
    stored.ifPresent(
        state -> LedgerJson.json(state).path("prefixes").forEach(one -> all.add(one.asText())));
    return all;
  }

  /** Adds an entry, or moves it to an earlier time. Another process may need that one. */
  private void list(Ledger.Key containment, Instant at) {
    String key = indexKey(containment);
    changeIndex(
        due -> {
          if (due.has(key) && !Instant.parse(due.path(key).asText()).isAfter(at)) {
            return;
          }
          if (!due.has(key) && due.toString().length() > LARGEST_INDEX) {
            throw new Unavailable(
                "too many live containments: their index has "
                    + due.toString().length()
                    + " bytes, and DynamoDB stores at most 400 KB; nothing is contained until some"
                    + " have ended");
          }
          due.put(key, at.toString());
        });
  }

  /** Moves an entry to a later time, unless another process has changed it since. */
  private void listLater(Ledger.Key containment, Instant from, Instant to) {
    String key = indexKey(containment);
    changeIndex(
        due -> {
          if (due.path(key).asText().equals(from.toString())) {
            due.put(key, to.toString());
          }
        });
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

  private String indexKey(Ledger.Key key) {
    return containmentPk(key).substring((prefix + CONTAINMENT).length());
  }

  private void changeIndex(Consumer<ObjectNode> change) {
    indexed();
    turns.lock();
    try {
      for (int attempt = 0; attempt < LedgerItems.ATTEMPTS; attempt++) {
        Optional<State> before = items.read(prefix + INDEX);
        ObjectNode next =
            before.isPresent() && LedgerJson.json(before.get()) instanceof ObjectNode index
                ? index.deepCopy()
                : JSON.createObjectNode();
        String stored = next.toString();
        change.accept(next.withObjectProperty("due"));
        if (next.toString().equals(stored)
            || items.store(prefix + INDEX, before, next, Instant.MAX)) {
          return;
        }
      }
    } finally {
      turns.unlock();
    }
    throw new Unavailable("too many concurrent writes to the index of containments");
  }

  /** The containments that the index lists as due at that time. */
  private List<Containment> listed(Instant dueBy) {
    List<Containment> found = new ArrayList<>();
    List<String> unreadable = new ArrayList<>();
    for (Map.Entry<String, Instant> entry : indexed().entrySet()) {
      if (entry.getValue().isAfter(dueBy)) {
        continue;
      }
      String pk = prefix + CONTAINMENT + entry.getKey();
      Optional<State> stored = items.read(pk).filter(Containments::isThere);
      if (stored.isEmpty()) {
        // A process was killed before it stored the containment, or after it deleted it. One that
        // still runs may be about to store it.
        if (!dueBy.equals(Instant.MAX) && !entry.getValue().plus(STORING).isAfter(dueBy)) {
          unlist(entry.getKey(), entry.getValue());
        }
        continue;
      }
      try {
        found.add(read(stored.get()));
      } catch (RuntimeException e) {
        // A containment that this version cannot read must not prevent the release of the others.
        unreadable.add(pk);
      }
    }
    unreadableContainments = List.copyOf(unreadable);
    return found;
  }
}
