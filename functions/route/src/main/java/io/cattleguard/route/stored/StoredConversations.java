package io.cattleguard.route.stored;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.edge.port.VersionedTable.State;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.route.Conversation;
import io.cattleguard.route.Conversations;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * Conversations in a table: one item per delivery made, and one per incident and destination.
 *
 * <p>Throws {@link Unavailable} if the table does not answer.
 */
public final class StoredConversations implements Conversations {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int ATTEMPTS = 20;

  /** The maximum retention of SQS; no delivery is retried after it. */
  private static final Duration DELIVERY_KEPT = Duration.ofDays(14);

  private static final Duration CONVERSATION_KEPT = Duration.ofDays(30);

  private final VersionedTable table;

  /** Uses a table. */
  public StoredConversations(VersionedTable table) {
    this.table = table;
  }

  @Override
  public Set<String> delivered(Set<String> deliveryIds) {
    Map<String, String> idsByKey = new HashMap<>();
    deliveryIds.forEach(id -> idsByKey.put(deliveryKey(id), id));
    Set<String> known = new HashSet<>();
    for (State state : table.readAll(idsByKey.keySet())) {
      known.add(idsByKey.getOrDefault(state.key(), ""));
    }
    return known;
  }

  @Override
  public void remember(String deliveryId, Instant now) {
    // A conflict means that the delivery is already recorded.
    table.store(new State(deliveryKey(deliveryId), 1, "{}"), 0, now.plus(DELIVERY_KEPT));
  }

  @Override
  public Optional<Conversation> find(Conversation.Key key) {
    return table.read(conversationKey(key)).flatMap(state -> conversation(json(state)));
  }

  @Override
  public boolean claim(
      Conversation.Key key, Optional<Conversation> seen, Instant now, Instant until) {
    return change(
        key,
        now,
        before -> {
          boolean unclaimed = before.path("claimedUntil").asLong() <= now.toEpochMilli();
          boolean unchanged =
              conversation(before)
                  .map(Conversation::messageId)
                  .equals(seen.map(Conversation::messageId));
          return unclaimed && unchanged
              ? Optional.of(before.deepCopy().put("claimedUntil", until.toEpochMilli()))
              : Optional.empty();
        });
  }

  @Override
  public Conversation save(Conversation.Key key, Conversation conversation) {
    AtomicReference<Conversation> stored = new AtomicReference<>(conversation);
    change(
        key,
        conversation.shownAt(),
        before -> {
          Conversation next = conversation(before).map(conversation::merged).orElse(conversation);
          stored.set(next);
          return Optional.of(ConversationJson.write(next));
        });
    return stored.get();
  }

  @Override
  public void release(Conversation.Key key) {
    change(
        key,
        Instant.EPOCH,
        before ->
            before.has("claimedUntil")
                ? Optional.of(before.deepCopy().without("claimedUntil"))
                : Optional.empty());
  }

  /**
   * Starts from the cached state, without a read. The cache may be stale, so it alone never causes
   * a refusal.
   *
   * @param change the next state, or empty for no change
   * @return whether it was changed
   */
  private boolean change(
      Conversation.Key key, Instant now, Function<ObjectNode, Optional<ObjectNode>> change) {
    String pk = conversationKey(key);
    Optional<State> before = table.remembered(pk);
    boolean fresh = false;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      ObjectNode current = before.map(state -> json(state)).orElseGet(JSON::createObjectNode);
      long version = before.map(State::version).orElse(0L);
      Optional<ObjectNode> next = change.apply(current);
      if (next.isEmpty()) {
        if (fresh) {
          return false;
        }
        before = table.read(pk);
      } else {
        before =
            table.store(
                new State(pk, version + 1, next.get().toString()),
                version,
                expires(next.get(), now));
        if (before.isEmpty()) {
          return true;
        }
      }
      fresh = true;
    }
    throw new Unavailable("too many concurrent writes to one conversation");
  }

  private static Instant expires(ObjectNode state, Instant now) {
    Instant latest = conversation(state).map(Conversation::shownAt).orElse(now);
    return (latest.isAfter(now) ? latest : now).plus(CONVERSATION_KEPT);
  }

  /** Empty if the incident is unknown or its first message is only claimed. */
  private static Optional<Conversation> conversation(JsonNode in) {
    if (!in.has("messageId")) {
      return Optional.empty();
    }
    try {
      return Optional.of(ConversationJson.read(in));
    } catch (DateTimeException | ContractViolation e) {
      throw new Unavailable("unexpected format of a stored conversation", e);
    }
  }

  private static ObjectNode json(State state) {
    if (state.version() == 0) {
      return JSON.createObjectNode();
    }
    try {
      if (JSON.readTree(state.text()) instanceof ObjectNode object) {
        return object;
      }
    } catch (JsonProcessingException e) {
      throw new Unavailable("unexpected format of a stored conversation", e);
    }
    throw new Unavailable("unexpected format of a stored conversation");
  }

  /**
   * A hash, because a delivery's id contains names of any length and a key is limited to 2,048
   * bytes.
   */
  private static String deliveryKey(String deliveryId) {
    return "delivery#" + Fingerprint.hash(deliveryId);
  }

  private static String conversationKey(Conversation.Key key) {
    return "conversation#" + key.destination() + "#" + Fingerprint.hash(key.incident());
  }
}
