package io.cattleguard.route.muted;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Silenced;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Router;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The alerts that an inhibition hides from people, until it ends: otherwise people would never be
 * notified of an alert that comes once. It keeps only alerts that were meant for people, one per
 * problem, in a fixed number of items.
 */
public final class MutedAlerts {
  private static final int SLOTS = 16;
  private static final int MOST_PER_SLOT = 8;
  private static final int ATTEMPTS = 10;

  /** Maximum bytes of an alert that is kept, without its raw event; 8 of them fit into an item. */
  private static final int LONGEST = 32_768;

  /** How long sending to a destination that does not accept an alert is retried. */
  private static final Duration TRIED = Duration.ofDays(7);

  /** Longer than any inhibition and the attempts after it. */
  private static final Duration KEPT = Duration.ofDays(14);

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Router router;
  private final VersionedTable table;

  /** Keeps alerts in route's table. */
  public MutedAlerts(Router router, VersionedTable table) {
    this.router = router;
    this.table = table;
  }

  /** An alert of which people are notified now, with its deliveries. */
  public record Due(String key, ScoredAlert scored, List<Delivery> deliveries) {
    /** Copies the list. */
    public Due {
      deliveries = List.copyOf(deliveries);
    }

    /** Whether it was retried for the maximum time. */
    public boolean isGivenUp(Instant now) {
      return until(scored).filter(until -> now.isAfter(until.plus(TRIED))).isPresent();
    }
  }

  /** When people are notified of an alert that is hidden from them; empty if it is not hidden. */
  private static Optional<Instant> until(ScoredAlert scored) {
    return Optional.ofNullable(scored.accepted().silenced())
        .filter(mark -> mark.hides(scored.score()))
        .map(Silenced::until);
  }

  /**
   * Keeps an alert that is hidden until a time. Returns the alerts that it cannot keep, for
   * immediate notification: notifications fail open.
   *
   * @throws Unavailable if the table does not answer; the alert's event is delivered again
   */
  public List<Delivery> add(ScoredAlert scored, Instant now) {
    if (until(scored).isEmpty() || !scored.alert().isReal()) {
      return List.of();
    }
    List<Delivery> late = router.routeLate(scored);
    if (late.isEmpty()) {
      return List.of();
    }
    ObjectNode stored = AlertJson.write(scored);
    stored.withObject("alert").put("raw", "{}");
    boolean isKept =
        stored.toString().getBytes(StandardCharsets.UTF_8).length <= LONGEST
            && change(slot(scored), kept -> with(kept, stored), now);
    return isKept ? List.of() : late;
  }

  /**
   * The alerts that nothing hides any more, with their deliveries to people. An alert that another
   * version stored and this one cannot read does not delay the others.
   */
  public List<Due> due(Instant now) {
    List<Due> due = new ArrayList<>();
    for (VersionedTable.State state :
        table.readAll(IntStream.range(0, SLOTS).mapToObj(MutedAlerts::key).toList())) {
      read(Optional.of(state)).stream()
          .flatMap(JsonNode::valueStream)
          .flatMap(stored -> scored(stored).stream())
          .filter(scored -> until(scored).filter(now::isBefore).isEmpty())
          .map(scored -> new Due(state.key(), scored, router.routeLate(scored)))
          .forEach(due::add);
    }
    return due;
  }

  /** Removes an alert that was sent. An alert of the same problem that came meanwhile stays. */
  public void remove(Due told, Instant now) {
    boolean unused =
        change(
            told.key,
            kept -> {
              ArrayNode rest = JsonNodeFactory.instance.arrayNode();
              for (JsonNode one : kept) {
                if (!one.path("id").asText().equals(told.scored.id())) {
                  rest.add(one);
                }
              }
              return rest;
            },
            now);
  }

  private static Optional<ScoredAlert> scored(JsonNode stored) {
    try {
      return Optional.of(AlertJson.readStored(stored));
    } catch (ContractViolation e) {
      return Optional.empty();
    }
  }

  /** With one more, in place of an earlier one of its problem. */
  private static ArrayNode with(ArrayNode kept, ObjectNode alert) {
    ArrayNode next = JsonNodeFactory.instance.arrayNode();
    String problem = alert.path("fingerprint").asText();
    for (JsonNode one : kept) {
      if (!one.path("fingerprint").asText().equals(problem)) {
        next.add(one);
      }
    }
    return next.add(alert);
  }

  /** Changes an item; false if it would have too many alerts, or is unreadable. */
  private boolean change(String key, UnaryOperator<ArrayNode> change, Instant now) {
    Optional<VersionedTable.State> state = table.read(key);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<ArrayNode> kept = read(state);
      if (kept.isEmpty()) {
        return false;
      }
      ArrayNode before = kept.get();
      ArrayNode next = change.apply(before);
      if (next.size() > MOST_PER_SLOT) {
        return false;
      }
      long version = state.map(VersionedTable.State::version).orElse(0L);
      if (next.equals(before)) {
        return true;
      }
      Optional<VersionedTable.State> conflict =
          table.store(
              new VersionedTable.State(key, version + 1, next.toString()), version, now.plus(KEPT));
      if (conflict.isEmpty()) {
        return true;
      }
      state = conflict.filter(current -> current.version() != 0);
    }
    throw new Unavailable("too many concurrent changes of the item of muted alerts");
  }

  /** The alerts of an item; empty if it is unreadable. */
  private static Optional<ArrayNode> read(Optional<VersionedTable.State> state) {
    try {
      return JSON.readTree(state.map(VersionedTable.State::text).orElse("[]"))
              instanceof ArrayNode array
          ? Optional.of(array)
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static String slot(ScoredAlert scored) {
    return key(Math.floorMod(scored.accepted().fingerprint().hashCode(), SLOTS));
  }

  private static String key(int number) {
    return "muted/" + number;
  }
}
